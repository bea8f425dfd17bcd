/** What happened in a window of time, check by check, as numbers; `report-decision.ts` says what follows. Pure. */
import type { Baseline } from './baseline.ts';
import { decide, type Decision, type Reason, worstDecision } from './report-decision.ts';
import {
  bucketsOf,
  bucketSize,
  ratiosOf,
  type Bucket,
  type Ratios,
  type ReportPoint,
} from './report-trend.ts';
import { consistencyRatio, type Status, type Thresholds } from './status.ts';

export const REPORT_KINDS = ['daily', 'weekly', 'stabilization'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export const REPORT_FORMATS = ['json', 'markdown', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const HOUR_MS = 3_600_000;
export const DEFAULT_WINDOWS_MS: Readonly<Record<ReportKind, number>> = {
  daily: 24 * HOUR_MS,
  weekly: 7 * 24 * HOUR_MS,
  stabilization: 72 * HOUR_MS,
};
/** Milliseconds. Longer ones cost more to count than a page is worth. */
export const WINDOW_LIMITS_MS = { least: 60_000, most: 31 * 24 * HOUR_MS } as const;

const MOST_BUCKETS = 96;
const MOST_PERIODS = 14;

/** Times are epoch milliseconds. */
export interface RunFact {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly trigger: 'start' | 'schedule' | 'manual';
  readonly outcome: 'pass' | 'fail' | 'error';
}

/** How the schedule was kept between `since` and `until`, which leave out what may still be going on. */
export interface ScheduleFacts {
  readonly since: number;
  readonly until: number;
  /** ticks of the schedule that is in force now */
  readonly expected: number;
  /** scheduled runs, and those of them that could not look */
  readonly ran: number;
  readonly failed: number;
}

/** What the store and the board know of a check. */
export interface CheckFacts {
  readonly name: string;
  readonly description: string | null;
  readonly enabled: boolean;
  readonly thresholds: Thresholds;
  readonly status: Status;
  /** the newest run could not look: numbers are those of `lookedAt` */
  readonly held: boolean;
  readonly attemptedAt: number | null;
  readonly lookedAt: number | null;
  /** when the oldest run that is still remembered ended; null without any */
  readonly watchedSince: number | null;
  /** of the window, oldest first */
  readonly points: readonly ReportPoint[];
  /** of the newest run that could look */
  readonly result: {
    readonly checked: number;
    readonly consistent: number;
    readonly inconsistent: number;
    readonly counts: Readonly<Record<string, number>>;
    readonly capped: boolean;
    readonly empty: boolean;
  } | null;
  /** violations that are followed and open, or known, now */
  readonly open: number;
  readonly known: number;
  readonly knownByKind: Readonly<Record<string, number>>;
  readonly oldestOpenAt: number | null;
  /** of the violations resolved in the window, milliseconds from opened or reopened until resolved */
  readonly resolutions: { readonly ms: readonly number[]; readonly capped: boolean };
  readonly slowest: readonly RunFact[];
  readonly intervalMs: number | null;
  /** null when the check has no schedule, or nothing of it can be counted */
  readonly schedule: ScheduleFacts | null;
  readonly baseline: Baseline | null;
}

export interface ScheduleReport extends ScheduleFacts {
  /** ticks without a run: the run before was still going on, it came too late, or nobody was there */
  readonly missed: number;
  /** scheduled runs that could look ÷ expected ones, 0 to 1; null when none was due */
  readonly successRatio: number | null;
}

export interface CheckReport extends Omit<CheckFacts, 'schedule' | 'resolutions'> {
  readonly ratio: number | null;
  /** null when no run of the window could look */
  readonly ratios: Ratios | null;
  readonly baselineRatio: number | null;
  readonly runs: number;
  readonly errors: number;
  /** violations opened or reopened, and resolved, in the window */
  readonly opened: number;
  readonly resolved: number;
  readonly resolution: Resolution | null;
  readonly schedule: ScheduleReport | null;
  /** for charts, at most 97 */
  readonly trend: readonly Bucket[];
  /** for tables, at most 15 */
  readonly periods: readonly Bucket[];
  readonly decision: Decision;
  readonly reasons: readonly Reason[];
}

/** Milliseconds. */
export interface Resolution {
  readonly measured: number;
  /** there were more; the newest are measured */
  readonly capped: boolean;
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
}

export interface Report {
  readonly kind: ReportKind;
  readonly from: number;
  readonly to: number;
  /** of the checks that are enabled */
  readonly decision: Decision;
  readonly checks: readonly CheckReport[];
}

export function reportOf(
  kind: ReportKind,
  window: { readonly from: number; readonly to: number },
  facts: readonly CheckFacts[],
): Report {
  const checks = facts.map((one) => checkReport(one, window));
  const decision = worstDecision(checks.filter(({ enabled }) => enabled).map((one) => one.decision));
  return { kind, ...window, decision, checks };
}

function checkReport(facts: CheckFacts, window: { readonly from: number; readonly to: number }): CheckReport {
  const { points, result, baseline } = facts;
  const size = (most: number): number =>
    bucketSize(window.to - window.from, most, facts.intervalMs, points.some(({ span }) => span === 'day')); // prettier-ignore
  const numbers = {
    ...facts,
    ratio: result && consistencyRatio(result.checked, result.consistent),
    ratios: ratiosOf(points),
    baselineRatio: baseline && consistencyRatio(baseline.checked, baseline.consistent),
    runs: sum(points, ({ runs }) => runs),
    errors: sum(points, ({ errors }) => errors),
    opened: sum(points, ({ opened }) => opened),
    resolved: sum(points, ({ resolved }) => resolved),
    resolution: resolutionOf(facts.resolutions),
    schedule: scheduleReport(facts.schedule),
    trend: bucketsOf(points, window, size(MOST_BUCKETS)),
    periods: bucketsOf(points, window, size(MOST_PERIODS)),
  };
  const reasons = decide(numbers, window);
  return { ...numbers, reasons, decision: worstDecision(reasons.map((reason) => reason.decision)) };
}

export function scheduleReport(facts: ScheduleFacts | null): ScheduleReport | null {
  if (!facts) return null;
  const { expected, ran, failed } = facts;
  const due = Math.max(expected, ran);
  const successRatio = due === 0 ? null : (ran - failed) / due;
  return { ...facts, missed: Math.max(0, expected - ran), successRatio };
}

function resolutionOf({ ms, capped }: CheckFacts['resolutions']): Resolution | null {
  const sorted = [...ms].sort((a, b) => a - b);
  const worst = sorted.at(-1);
  if (worst === undefined) return null;
  return {
    measured: sorted.length,
    capped,
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    worst,
  };
}

/** The smallest that at least this part of them does not exceed: always one that was measured. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
