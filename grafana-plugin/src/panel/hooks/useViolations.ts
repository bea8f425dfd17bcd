import { useCallback, useEffect, useRef, useState } from 'react';
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
 * @param version another value reads the same page again
 */
export function useViolations(
  api: ExporterApi | null,
  filter: ViolationFilter,
  order: Order,
  pageSize: number,
  version: unknown
): Violations {
  const list = JSON.stringify([filter, order, pageSize]);
  const [cursors, setCursors] = useState<{ list: string; of: ReadonlyArray<string | undefined> }>({
    list,
    of: [undefined],
  });
  const path = cursors.list === list ? cursors.of : [undefined];
  const cursor = path.at(-1);
  const [answer, setAnswer] = useState<{ page: ViolationPage | null; failure: unknown; of: string }>({
    ...{ page: null, failure: null, of: '' },
  });
  const wanted = JSON.stringify([list, cursor]);
  const asked = useRef({ filter, order });
  asked.current = { filter, order };

  useEffect(() => {
    if (api === null) {
      return;
    }
    let current = true;
    const { filter: by, order: as } = asked.current;
    api.violations(by, { ...as, limit: pageSize, cursor }).then(
      (page) => current && setAnswer({ page, failure: null, of: wanted }),
      (failure: unknown) => current && setAnswer((before) => ({ ...before, failure, of: wanted }))
    );
    return () => {
      current = false;
    };
  }, [api, wanted, pageSize, cursor, version]);

  const nextCursor = answer.of === wanted ? answer.page?.next_cursor : null;
  const next = useCallback(() => {
    if (nextCursor) {
      setCursors({ list, of: [...path, nextCursor] });
    }
  }, [list, path, nextCursor]);
  const previous = useCallback(
    () => setCursors({ list, of: path.length > 1 ? path.slice(0, -1) : path }),
    [list, path]
  );
  const first = useCallback(() => setCursors({ list, of: [undefined] }), [list]);
  return {
    ...{ page: answer.page, failure: answer.failure, loading: answer.of !== wanted, at: path.length - 1 },
    ...{ first, next, previous },
  };
}
