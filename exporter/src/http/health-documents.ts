/** The five health documents from what is on show. Pure; rows are added by whoever may read them. */
import { consistencyRate, worst } from '../core/status.ts';
import type { RunResult } from '../core/run.ts';
import type { CheckState } from '../runner/board.ts';
import { isHeld, isoOrNull, requiresAttention, statusNow } from './check-documents.ts';
import type { HealthMetrics, HealthReport, HealthStatus, HealthViolations } from './health-schemas.ts';

/** A check that has been looked at. */
export type ReportedState = CheckState & {
  readonly conclusive: { readonly finishedAt: number; readonly result: RunResult };
};

export function hasReport(state: CheckState): state is ReportedState {
  return state.conclusive !== null && state.conclusive.result !== null;
}

/** The check that speaks for all: the worst status, and among equals the lowest rate. */
export function leader<S extends CheckState>(states: readonly S[]): S | undefined {
  const status = worst(states.map(statusNow));
  const rate = (state: S) => rateOf(state) ?? 101;
  const worstStates = states.filter((state) => statusNow(state) === status);
  return worstStates.reduce<S | undefined>((a, b) => (a && rate(a) <= rate(b) ? a : b), undefined);
}

function rateOf({ conclusive }: CheckState): number | null {
  const result = conclusive?.result;
  return result ? consistencyRate(result.checked, result.consistent) : null;
}

function healthFields(state: CheckState | undefined) {
  return {
    check: state?.check.name ?? null,
    status: state ? statusNow(state) : ('unknown' as const),
    held: state ? isHeld(state) : false,
    last_check: isoOrNull(state?.conclusive?.finishedAt),
    consistency_rate: state ? rateOf(state) : null,
    requires_attention: state ? requiresAttention(state) : false,
  };
}

export function statusEntry(state: CheckState | undefined): HealthStatus['checks'][number] {
  const result = state?.conclusive?.result;
  return {
    ...healthFields(state),
    total_violations: result?.inconsistent ?? null,
    capped: result?.capped ?? false,
  };
}

export function metricsEntry(state: CheckState | undefined): HealthMetrics['checks'][number] {
  const result = state?.conclusive?.result;
  return {
    ...healthFields(state),
    violations_count: result?.inconsistent ?? null,
    consistent: result?.consistent ?? null,
    inconsistent: result?.inconsistent ?? null,
    total_users: result?.checked ?? null,
    total_users_monitored: result?.checked ?? null,
  };
}

export function violationsEntry(state: CheckState | undefined): HealthViolations['checks'][number] {
  const result = state?.conclusive?.result;
  return {
    check: state?.check.name ?? null,
    timestamp: isoOrNull(state?.conclusive?.finishedAt),
    total_violations: result?.inconsistent ?? null,
    capped: result?.capped ?? false,
  };
}

export function reportEntry(state: ReportedState): HealthReport['checks'][number] {
  const { finishedAt, result } = state.conclusive;
  return {
    check: state.check.name,
    timestamp: new Date(finishedAt).toISOString(),
    status: statusNow(state),
    held: isHeld(state),
    total_checked: result.checked,
    consistent: result.consistent,
    inconsistent: result.inconsistent,
    consistency_rate: rateOf(state),
    capped: result.capped,
  };
}
