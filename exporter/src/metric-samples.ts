/** The values of every gauge, from what is on show and what the jobs last did. Pure; `metrics.ts` publishes them. */
import { drift } from './core/baseline.ts';
import type { RunResult } from './core/run.ts';
import { consistencyRatio, ratioExcludingKnown } from './core/status.ts';
import { totalOf } from './core/tally.ts';
import type { MetricName } from './metric-definitions.ts';
import type { CheckState } from './runner/board.ts';
import type { JobState } from './stores/store.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** a metric that has no value is absent, never 0 */
  readonly value: number | null | undefined;
}

/** What a run that could look tells, and no store remembers. */
export interface LookFacts {
  /** how long the sources of the check took to answer */
  readonly latencyMs: number;
  /** by the name of what was measured */
  readonly measuredMs: Readonly<Record<string, number>>;
  /** keys that were found wrong in fewer runs in a row than the check asks for */
  readonly waiting: number;
}

export type Family = readonly [MetricName, () => readonly Sample[]];

/** Prometheus counts time in seconds, Lockstep in milliseconds. */
function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / 1_000;
}

/**
 * @param interval check → most milliseconds between two scheduled runs
 * @param facts check → what its last run that could look tells
 */
export function checkFamilies(
  states: () => readonly CheckState[],
  interval: (check: string) => number | undefined,
  facts: (check: string) => LookFacts | undefined,
): readonly Family[] {
  const each = (value: (state: CheckState) => number | null) => (): Sample[] =>
    states().map((state) => ({ labels: { check: state.check.name }, value: value(state) }));
  const held = (value: (result: RunResult) => number | null) =>
    each(({ conclusive }) => (conclusive?.result ? value(conclusive.result) : null));
  return [
    ['lockstep_check_info', () => states().map(info)],
    ['lockstep_check_up', each(({ latest }) => Number(latest !== null && latest.outcome !== 'error'))],
    ['lockstep_check_enabled', each(({ check }) => Number(check.enabled))],
    ['lockstep_check_interval_seconds', each(({ check }) => seconds(interval(check.name)))],
    ['lockstep_check_rows', held((result) => result.checked)],
    ['lockstep_check_consistent_rows', held((result) => result.consistent)],
    [
      'lockstep_check_consistency_ratio',
      held((result) => consistencyRatio(result.checked, result.consistent)),
    ],
    [
      'lockstep_check_consistency_ratio_excluding_known',
      each(({ conclusive, known }) =>
        conclusive?.result ? ratioExcludingKnown(conclusive.result, totalOf(known)) : null,
      ),
    ],
    [
      'lockstep_check_baseline_consistency_ratio',
      each(({ baseline }) => baseline && consistencyRatio(baseline.checked, baseline.consistent)),
    ],
    [
      'lockstep_check_baseline_drift_ratio',
      each(({ baseline, conclusive }) =>
        baseline && conclusive?.result ? drift(baseline, conclusive.result) : null,
      ),
    ],
    ['lockstep_check_violations', () => states().flatMap(violations)],
    ['lockstep_check_entities_violating', each(({ entities, conclusive }) => (conclusive ? entities : null))],
    ['lockstep_check_oldest_violation_timestamp_seconds', each(({ oldestOpenAt }) => seconds(oldestOpenAt))],
    ['lockstep_check_latency_seconds', each(({ check }) => seconds(facts(check.name)?.latencyMs))],
    [
      'lockstep_check_measured_seconds',
      () => states().flatMap(({ check: { name } }) => measured(name, facts(name))),
    ],
    ['lockstep_check_waiting_rows', each(({ check }) => facts(check.name)?.waiting ?? null)],
    ['lockstep_check_truncated', held((result) => Number(result.capped))],
  ];
}

function measured(check: string, facts: LookFacts | undefined): Sample[] {
  return Object.entries(facts?.measuredMs ?? {}).map(([measure, ms]) => ({
    labels: { check, measure },
    value: seconds(ms),
  }));
}

/** @param due job → epoch milliseconds of its next run */
export function jobFamilies(
  jobs: () => readonly JobState[],
  due: (job: string) => number | null | undefined,
): readonly Family[] {
  const each = (value: (job: JobState) => number | null) => (): Sample[] =>
    jobs().map((job) => ({ labels: { job_name: job.job }, value: value(job) }));
  return [
    ['lockstep_job_last_run_duration_seconds', each((job) => seconds(job.lastDurationMs))],
    ['lockstep_job_last_start_timestamp_seconds', each((job) => seconds(job.lastStartAt))],
    ['lockstep_job_last_run_timestamp_seconds', each((job) => seconds(job.lastRunAt))],
    ['lockstep_job_last_success_timestamp_seconds', each((job) => seconds(job.lastSuccessAt))],
    ['lockstep_job_next_run_timestamp_seconds', each(({ job }) => seconds(due(job)))],
    ['lockstep_job_consecutive_failures', each((job) => job.consecutiveFailures)],
  ];
}

function info({ check }: CheckState): Sample {
  return { labels: { check: check.name, kind: check.kind, severity: check.severity }, value: 1 };
}

/** Every kind the check knows, at 0 if need be, so that an alert never waits for a series to be born. */
function violations({ check, conclusive, known }: CheckState): Sample[] {
  const counts = conclusive?.result?.counts;
  if (!counts) return [];
  return check.violationKinds.flatMap((kind) => [
    { labels: { check: check.name, kind, state: 'open' }, value: openOf(counts, known, kind) },
    { labels: { check: check.name, kind, state: 'known' }, value: known[kind] ?? 0 },
  ]);
}

/** Never below 0: a mark may be younger than the run that counted. */
function openOf(
  counts: Readonly<Record<string, number>>,
  known: Readonly<Record<string, number>>,
  kind: string,
): number {
  return Math.max(0, (counts[kind] ?? 0) - (known[kind] ?? 0));
}
