/** What several alerts and dashboards ask for, computed once. */
import { BY_CHECK, type Group, metric, type Recording, WITHOUT_INSTANCE } from './rule.ts';
import { only, scopes, type Site } from './site.ts';
import { BURN, budget, THRESHOLDS } from './thresholds.ts';

export const INTERVAL = 'check:lockstep_interval_seconds:max';
export const SUCCESS_AGE = 'check:lockstep_success_age:seconds';
export const RUN_AGE = 'check:lockstep_run_age:seconds';
/** of the exporter that looked last; held while the source is down */
export const RATIO = 'check:lockstep_consistency:ratio';
/** the same, absent once it is too old to be true */
export const FRESH_RATIO = 'check:lockstep_consistency_fresh:ratio';
export const MEAN_RATIO = 'check:lockstep_consistency_fresh:avg7d';
export const BUDGET_LEFT = 'check:lockstep_error_budget_remaining:ratio';
export const inconsistentRate = (window: string): string =>
  `check:lockstep_rows_inconsistent_per_evaluated:ratio_rate${window}`;

const INSTANCE_SUCCESS = 'instance_check:lockstep_last_success_timestamp:seconds';
const INSTANCE_RUN = 'instance_check:lockstep_last_run_timestamp:seconds';
const WINDOWS = [...new Set(BURN.flatMap(({ short, long }) => [short, long]))];
const SLOW_WINDOW = '30d';

/** A job of a check bears its name; without the other label the two join. */
const asCheck = (series: string): string =>
  `max without (job_name) (label_replace(${series}, "check", "$1", "job_name", "(.+)"))`;

/** Since the newest of all exporters; a check that has never run ages from the start of its exporter. */
const ageOf = (timestamp: string): string => `
time() - (
    max ${WITHOUT_INSTANCE} (${timestamp})
  or
    max ${WITHOUT_INSTANCE} (${metric('lockstep_check_enabled')} * 0 + on (job, instance) group_left () process_start_time_seconds)
)`;

const errorRate = (window: string): Recording => ({
  record: inconsistentRate(window),
  expr: `
  sum ${WITHOUT_INSTANCE} (rate(${metric('lockstep_check_rows_inconsistent_total')}[${window}]))
/
  sum ${WITHOUT_INSTANCE} (rate(${metric('lockstep_check_rows_evaluated_total')}[${window}]))`,
});

export const recording = (site: Site): Group[] => [
  {
    name: 'lockstep.recording',
    rules: [
      { record: INTERVAL, expr: `max ${WITHOUT_INSTANCE} (${metric('lockstep_check_interval_seconds')})` },
      { record: INSTANCE_SUCCESS, expr: asCheck(metric('lockstep_job_last_success_timestamp_seconds')) },
      { record: INSTANCE_RUN, expr: asCheck(metric('lockstep_job_last_run_timestamp_seconds')) },
      { record: SUCCESS_AGE, expr: ageOf(INSTANCE_SUCCESS) },
      { record: RUN_AGE, expr: ageOf(INSTANCE_RUN) },
      {
        record: RATIO,
        expr: `
min ${WITHOUT_INSTANCE} (
  ${metric('lockstep_check_consistency_ratio')}
  and on (job, instance, check, track)
  (${INSTANCE_SUCCESS} == ${BY_CHECK} group_left () max ${WITHOUT_INSTANCE} (${INSTANCE_SUCCESS}))
)`,
      },
      {
        record: FRESH_RATIO,
        expr: `${RATIO} and ${BY_CHECK} (${SUCCESS_AGE} <= ${BY_CHECK} ${String(THRESHOLDS.staleIntervals)} * ${INTERVAL})`,
      },
      ...WINDOWS.map(errorRate),
    ],
  },
  {
    // less than the 5 minutes that a query looks back, or the series would have gaps
    name: 'lockstep.recording.slow',
    interval: '2m',
    rules: [
      // an hour off, so that a drop does not pull its own baseline down
      { record: MEAN_RATIO, expr: `avg_over_time(${FRESH_RATIO}[7d] offset 1h)` },
      errorRate(SLOW_WINDOW),
      {
        record: BUDGET_LEFT,
        expr: scopes(site, 'info')
          .map(
            ({ matchers, thresholds }) =>
              `1 - ${only(inconsistentRate(SLOW_WINDOW), matchers)} / ${String(budget(thresholds))}`,
          )
          .join('\nor\n'),
      },
    ],
  },
];
