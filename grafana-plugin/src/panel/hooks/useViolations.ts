import { useEffect, useState } from 'react';
import type { ExporterApi, ViolationPage } from '../../datasource/api';
import type { ViolationFilter, ViolationSort } from '../../datasource/query';

export interface Order {
  readonly sort: ViolationSort;
  readonly order: 'asc' | 'desc';
}

export interface Violations {
  /** null before the first answer; the last answer stays while the next is being read */
  readonly page: ViolationPage | null;
  readonly loading: boolean;
  readonly failure: unknown;
  /** from 0 */
  readonly at: number;
  readonly first: () => void;
  readonly next: () => void;
  readonly previous: () => void;
}

/**
 * One page of violations, searched, filtered and sorted by the exporter.
 * @param filter the same object as long as nothing changes
 * @param order likewise
 * @param version another value reads the same page again
 */
export function useViolations(
  api: ExporterApi | null,
  filter: ViolationFilter,
  order: Order,
  pageSize: number,
  version: unknown
): Violations {
  // cursors belong to one list: another filter, order or page size begins at its first page
  const list = JSON.stringify([filter, order, pageSize]);
  const [cursors, setCursors] = useState<{ list: string; of: ReadonlyArray<string | undefined> }>({ list, of: START });
  const path = cursors.list === list ? cursors.of : START;
  const cursor = path.at(-1);
  const wanted = JSON.stringify([list, cursor]);
  const [answer, setAnswer] = useState<{
    readonly page: ViolationPage | null;
    readonly failure: unknown;
    readonly of: string;
    /** what the page is of, which may be another when `of` failed */
    readonly pageOf: string;
  }>({ page: null, failure: null, of: '', pageOf: '' });

  useEffect(() => {
    if (api === null) {
      return;
    }
    let current = true;
    api.violations(filter, { ...order, limit: pageSize, cursor }).then(
      (page) => current && setAnswer({ page, failure: null, of: wanted, pageOf: wanted }),
      (failure: unknown) => current && setAnswer((before) => ({ ...before, failure, of: wanted }))
    );
    return () => {
      current = false;
    };
  }, [api, filter, order, pageSize, cursor, wanted, version]);

  const nextCursor = answer.pageOf === wanted ? answer.page?.next_cursor : null;
  const go = (of: ReadonlyArray<string | undefined>) => setCursors({ list, of });
  return {
    ...{ page: answer.page, failure: answer.failure, loading: answer.of !== wanted, at: path.length - 1 },
    first: () => go(START),
    next: () => nextCursor && go([...path, nextCursor]),
    previous: () => path.length > 1 && go(path.slice(0, -1)),
  };
}

const START: ReadonlyArray<string | undefined> = [undefined];
