/** The values of every gauge, from what is on show and what the jobs last did. Pure; `metrics.ts` publishes them. */
import type { RunResult } from './core/run.ts';
import { consistencyRatio } from './core/status.ts';
import type { MetricName } from './metric-definitions.ts';
import type { CheckState } from './runner/board.ts';
import type { JobState } from './stores/store.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** a metric that has no value is absent, never 0 */
  readonly value: number | null | undefined;
}

export type Family = readonly [MetricName, () => readonly Sample[]];

/** Prometheus counts time in seconds, Lockstep in milliseconds. */
function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : ms / 1_000;
}

/**
 * @param interval check → milliseconds between two scheduled runs
 * @param latency check → milliseconds that its sources took to answer
 */
export function checkFamilies(
  states: () => readonly CheckState[],
  interval: (check: string) => number | undefined,
  latency: (check: string) => number | undefined,
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
    ['lockstep_check_violations', () => states().flatMap(violations)],
    ['lockstep_check_entities_violating', each(({ entities, conclusive }) => (conclusive ? entities : null))],
    ['lockstep_check_oldest_violation_timestamp_seconds', each(({ oldestOpenAt }) => seconds(oldestOpenAt))],
    ['lockstep_check_latency_seconds', each(({ check }) => seconds(latency(check.name)))],
    ['lockstep_check_truncated', held((result) => Number(result.capped))],
  ];
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
function violations({ check, conclusive }: CheckState): Sample[] {
  const counts = conclusive?.result?.counts;
  if (!counts) return [];
  return check.violationKinds.flatMap((kind) => [
    { labels: { check: check.name, kind, state: 'open' }, value: counts[kind] ?? 0 },
    { labels: { check: check.name, kind, state: 'known' }, value: 0 },
  ]);
}
