/** From the numbers of a window to what should happen next, with every reason for and against. Pure. */
import { DRIFT_LIMITS } from './baseline.ts';
import type { CheckReport } from './report.ts';
import { atLeast } from './status.ts';

export type Decision = 'proceed' | 'unknown' | 'investigate' | 'fix_first';

/** Best first. */
const ORDER: readonly Decision[] = ['proceed', 'unknown', 'investigate', 'fix_first'];

/** Of nothing: unknown. */
export function worstDecision(decisions: readonly Decision[]): Decision {
  if (decisions.length === 0) return 'unknown';
  return decisions.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a));
}

export const REPORT_LIMITS = {
  /** scheduled runs that could look ÷ expected ones */
  schedule: 0.99,
  /** between the best and the worst run of the window */
  spread: 0.02,
  /** part of the window that was watched */
  coverage: 0.9,
} as const;

export type Subject =
  'disabled' | 'coverage' | 'average' | 'now' | 'held' | 'empty' | 'spread' | 'baseline' | 'schedule';

/** `value` and `limit` are ratios, 0 to 1 (a drift may be negative); null where there is no number. */
export interface Reason {
  readonly subject: Subject;
  readonly decision: Decision;
  readonly value: number | null;
  readonly limit: number | null;
}

type Numbers = Omit<CheckReport, 'decision' | 'reasons'>;
type Judge = (numbers: Numbers, window: { readonly from: number; readonly to: number }) => Reason | null;

/** 99 % and more, stable and running: proceed. 95 to 99 %: investigate. Below, or a schedule that fails: fix first. */
export function decide(numbers: Numbers, window: { readonly from: number; readonly to: number }): Reason[] {
  if (!numbers.enabled) return [reason('disabled', 'unknown', null, null)];
  return JUDGES.flatMap((judge) => judge(numbers, window) ?? []);
}

const JUDGES: readonly Judge[] = [
  ({ ratios, thresholds }) =>
    ratios
      ? reason('average', byThreshold(ratios.average, thresholds), ratios.average, thresholds.healthy)
      : reason('average', 'unknown', null, thresholds.healthy),
  ({ ratio, thresholds }) =>
    ratio === null ? null : reason('now', byThreshold(ratio, thresholds), ratio, thresholds.healthy),
  ({ held }) => (held ? reason('held', 'investigate', null, null) : null),
  ({ result, status, held }) =>
    result !== null && status === 'unknown' && !held ? reason('empty', 'investigate', null, null) : null,
  ({ ratios }) => {
    if (!ratios) return null;
    const spread = ratios.maximum - ratios.minimum;
    const { spread: limit } = REPORT_LIMITS;
    return reason('spread', atLeast(limit, spread) ? 'proceed' : 'investigate', spread, limit);
  },
  ({ ratio, baselineRatio }) => {
    if (ratio === null || baselineRatio === null) return null;
    const drift = ratio - baselineRatio;
    const { investigate: limit } = DRIFT_LIMITS;
    return reason('baseline', atLeast(drift, -limit) ? 'proceed' : 'investigate', drift, -limit);
  },
  ({ schedule }) => {
    if (!schedule) return null;
    const { successRatio: success } = schedule;
    const { schedule: limit } = REPORT_LIMITS;
    return reason(
      'schedule',
      success === null || atLeast(success, limit) ? 'proceed' : 'fix_first',
      success,
      limit,
    );
  },
  ({ watchedSince }, { from, to }) => {
    const watched = watchedSince === null ? 0 : Math.min(1, (to - watchedSince) / (to - from));
    const { coverage: limit } = REPORT_LIMITS;
    return watched < limit ? reason('coverage', 'unknown', watched, limit) : null;
  },
];

function reason(subject: Subject, decision: Decision, value: number | null, limit: number | null): Reason {
  return { subject, decision, value, limit };
}

function byThreshold(ratio: number, { healthy, degraded }: Numbers['thresholds']): Decision {
  if (atLeast(ratio, healthy)) return 'proceed';
  return atLeast(ratio, degraded) ? 'investigate' : 'fix_first';
}
