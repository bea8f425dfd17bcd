/** Every metric of Lockstep's own: what it is called, what it counts, by which labels. docs/metrics.md is generated from this. */

export interface MetricDefinition {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  readonly buckets?: readonly number[];
}

const HELD = 'Value of the last run that could look, not of the scrape.';

/** 15, 20 and 30 s are the limits that service agreements name; a run is rarely quicker than 10 ms. */
const RUN_SECONDS = [0.05, 0.25, 1, 2.5, 5, 10, 15, 20, 30, 60, 120, 300];
/** 200 and 500 ms are what alerts and the gate ask for: a quantile is only exact at a bound. */
const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.2, 0.25, 0.5, 1, 2.5, 10];

/*
 * Prometheus attaches a label `job` of its own to whatever it scrapes and would rename ours to `exported_job`; hence
 * `job_name`.
 */
const JOB = ['job_name'] as const;
const CHECK = ['check'] as const;

function gauge(labels: readonly string[], help: string): MetricDefinition {
  return { type: 'gauge', labels, help };
}

function counter(labels: readonly string[], help: string): MetricDefinition {
  return { type: 'counter', labels, help };
}

export const METRICS = {
  lockstep_check_info: gauge(
    ['check', 'kind', 'severity'],
    'Always 1; what a check is, to join with its other metrics.',
  ),
  lockstep_check_up: gauge(
    CHECK,
    '1 when the last run of the check could look; 0 when it could not, or none has run. While it is 0 the other values of the check are held.',
  ),
  lockstep_check_enabled: gauge(CHECK, '1 when the configuration lets the check run on its schedule.'),
  lockstep_check_interval_seconds: gauge(
    CHECK,
    'Longest time between two scheduled runs within a week, nights and weekends without a run included.',
  ),
  lockstep_check_rows: gauge(CHECK, `Keys that were checked. ${HELD}`),
  lockstep_check_consistent_rows: gauge(CHECK, `Checked keys that agree. ${HELD}`),
  lockstep_check_consistency_ratio: gauge(
    CHECK,
    `Consistent keys / checked keys, 0 to 1; absent when nothing was checked. ${HELD}`,
  ),
  lockstep_check_consistency_ratio_excluding_known: gauge(
    CHECK,
    `Consistent keys / checked keys that are not known violations, 0 to 1; absent when there are none. ${HELD}`,
  ),
  lockstep_check_baseline_consistency_ratio: gauge(
    CHECK,
    'Consistent keys / checked keys of the run that is the current baseline; absent without one.',
  ),
  lockstep_check_baseline_drift_ratio: gauge(
    CHECK,
    `Consistency ratio minus that of the current baseline, -1 to 1; absent without one. ${HELD}`,
  ),
  lockstep_check_violations: gauge(
    ['check', 'kind', 'state'],
    `Exact number of violations by kind; known ones were accepted on purpose. ${HELD}`,
  ),
  lockstep_check_entities_violating: gauge(
    CHECK,
    `Distinct values of the first key field among the open violations that are followed. ${HELD}`,
  ),
  lockstep_check_oldest_violation_timestamp_seconds: gauge(
    CHECK,
    'When the oldest open violation was first seen; absent when there is none.',
  ),
  lockstep_check_truncated: gauge(
    CHECK,
    `1 when more violations were counted than are followed row by row. ${HELD}`,
  ),
  lockstep_check_latency_seconds: gauge(
    CHECK,
    `How long the sources of the check took to answer, without the wait for their turn and the settle window; a kind that measures says what it means. ${HELD}`,
  ),
  lockstep_check_measured_seconds: gauge(
    ['check', 'measure'],
    `What a check measured, by names from its configuration; absent where its kind measures nothing. ${HELD}`,
  ),
  lockstep_check_waiting_rows: gauge(
    CHECK,
    `Keys that were found wrong in fewer runs in a row than consecutiveFailures asks for; they count as consistent. ${HELD}`,
  ),
  lockstep_check_rows_evaluated_total: counter(CHECK, 'Keys checked by all runs together.'),
  lockstep_check_rows_inconsistent_total: counter(
    CHECK,
    'Keys found wrong by all runs together, those that wait for another run too, but for known ones.',
  ),
  lockstep_job_runs_total: counter(
    ['job_name', 'outcome'],
    'Finished runs: pass (nothing wrong), fail (violations) or error (could not look).',
  ),
  lockstep_job_skipped_total: counter(
    ['job_name', 'reason'],
    'Ticks that started no run: overlap (the run before was still going on) or misfire (too late).',
  ),
  lockstep_job_duration_seconds: {
    type: 'histogram',
    labels: JOB,
    help: 'How long runs took.',
    buckets: RUN_SECONDS,
  },
  lockstep_job_last_run_duration_seconds: gauge(JOB, 'How long the last run took.'),
  lockstep_job_last_start_timestamp_seconds: gauge(
    JOB,
    'When the last run started; absent before the first.',
  ),
  lockstep_job_last_run_timestamp_seconds: gauge(
    JOB,
    'When the last run finished, whatever its outcome; absent before the first.',
  ),
  lockstep_job_last_success_timestamp_seconds: gauge(
    JOB,
    'When the last run finished that could look, with or without violations; absent before the first.',
  ),
  lockstep_job_next_run_timestamp_seconds: gauge(
    JOB,
    'When the job is due next; absent when it is not scheduled.',
  ),
  lockstep_job_consecutive_failures: gauge(JOB, 'Runs in a row, up to the last one, that ended in error.'),
  lockstep_sync_rows_total: counter(
    ['check', 'outcome'],
    'Rows of applied sync plans: written, skipped (changed meanwhile, or nothing to do) or failed. Dry runs do not count.',
  ),
  lockstep_source_up: gauge(
    ['source'],
    '1 when the last attempt to look at the source succeeded; 0 when it failed, and then it is asked again every minute. Absent before the first attempt, and where no enabled check reads it.',
  ),
  lockstep_http_request_duration_seconds: {
    type: 'histogram',
    labels: ['route', 'method', 'status'],
    help: 'How long HTTP requests took.',
    buckets: REQUEST_SECONDS,
  },
  lockstep_config_last_reload_successful: gauge(
    [],
    '1 when the configuration was last loaded without a problem; while 0 the one before is in force.',
  ),
  lockstep_violation_log_write_failures_total: counter([], 'Violation files that could not be written.'),
  lockstep_heartbeats_total: counter(
    ['outcome'],
    'Pings of the address that waits for a sign of life: sent or failed.',
  ),
  lockstep_build_info: gauge(['version', 'node_version'], 'Always 1; which exporter this is.'),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;
