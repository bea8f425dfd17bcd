/** One check: a single row for stats and gauges, and the whole document for the violations panel. */
import { createDataFrame, type DataFrame } from '@grafana/data';
import type { Check } from '../api';
import { checkFields } from './checks';

/** What the violations panel finds in `frame.meta.custom`. */
export interface StatusMeta {
  readonly lockstep: { readonly check: Check };
}

export function statusFrame(refId: string, check: Check): DataFrame {
  const custom: StatusMeta = { lockstep: { check } };
  const notices = check.held
    ? [
        {
          severity: 'warning' as const,
          text: 'The source cannot be looked at: these are the numbers of the last check.',
        },
      ]
    : [];
  return createDataFrame({
    refId,
    name: check.name,
    fields: checkFields([check]),
    meta: { custom: { ...custom }, notices },
  });
}

export function statusMetaOf(frame: DataFrame): StatusMeta | null {
  const custom: Partial<StatusMeta> | undefined = frame.meta?.custom;
  return custom?.lockstep ? { lockstep: custom.lockstep } : null;
}

const WORST_FIRST = ['critical', 'degraded', 'unknown', 'healthy'];

/** Without a name it is the check that needs looking at first; undefined when there is none. */
export function leadingCheck(checks: readonly Check[]): Check | undefined {
  const rank = ({ status }: Check) => WORST_FIRST.indexOf(status);
  const ratio = ({ result }: Check) => result?.consistency_ratio ?? 1;
  return [...checks].sort((a, b) => rank(a) - rank(b) || ratio(a) - ratio(b))[0];
}
