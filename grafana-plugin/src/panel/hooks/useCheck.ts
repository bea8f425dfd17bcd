import { LoadingState, type PanelData } from '@grafana/data';
import { useEffect, useState } from 'react';
import type { Check, ExporterApi } from '../../datasource/api';
import { leadingCheck, statusMetaOf } from '../../datasource/frames/status';
import { maySeeRows } from '../../datasource/role';

export interface CheckState {
  /** the newest document there is, also while a failure lasts */
  readonly check: Check | null;
  /** why there is nothing newer */
  readonly failure: unknown;
}

/**
 * The check of the panel's query, or another by its name.
 * @param named the check wanted; empty: whatever the query told
 * @param refreshes read again whenever it changes
 */
export function useCheck(api: ExporterApi | null, data: PanelData, named: string, refreshes: number): CheckState {
  const told = data.series.map(statusMetaOf).find((meta) => meta !== null)?.lockstep.check ?? null;
  const [queried, setQueried] = useState(told);
  // a query that fails brings no frame: what the one before told stays
  if (told !== null && told !== queried) {
    setQueried(told);
  }
  const queryFailed = (data.errors?.length ?? 0) > 0;
  const name = named || queried?.name || null;
  const loaded = data.state !== LoadingState.Loading;
  const ownRead = refreshes > 0 || queryFailed || (loaded && named !== '' && queried?.name !== named);
  const [read, setRead] = useState<(CheckState & { name: string | null }) | null>(null);

  useEffect(() => {
    if (api === null || !ownRead) {
      return;
    }
    let current = true;
    const kept = (before: CheckState | null) => before?.check ?? null;
    readCheck(api, name).then(
      (check) => current && setRead({ name, check, failure: null }),
      (failure: unknown) =>
        current && setRead((before) => ({ name, check: before?.name === name ? kept(before) : null, failure }))
    );
    return () => {
      current = false;
    };
    // a refresh of the dashboard brings new data and counts as a reason to read again
  }, [api, name, ownRead, refreshes, data]);

  const own = read !== null && read.name === name ? read : null;
  const fitting = queried !== null && (named === '' || queried.name === named) ? queried : null;
  if (!ownRead || own === null) {
    return { check: fitting, failure: null };
  }
  return { check: newest(own.check, fitting), failure: own.failure };
}

/** What the query told after a run of our own is newer than what we read after it. */
function newest(own: Check | null, queried: Check | null): Check | null {
  if (own === null || queried === null || own.name !== queried.name) {
    return own ?? queried;
  }
  return Date.parse(queried.last_attempt ?? '') > Date.parse(own.last_attempt ?? '') ? queried : own;
}

function readCheck(api: ExporterApi, name: string | null): Promise<Check> {
  if (name !== null) {
    return maySeeRows() ? api.checkWithReason(name) : api.check(name);
  }
  // none is named, and the query failed before it told of any: asking for all of them tells why
  return api.checks().then(({ checks }) => {
    const leading = leadingCheck(checks);
    if (leading === undefined) {
      throw new Error('The exporter has no check configured.');
    }
    return leading;
  });
}
