/** What several alerts and dashboards ask for, computed once. */
import { BY_CHECK, type Group, metric, type Recording, WITHOUT_INSTANCE } from './rule.ts';
import { only, scopesWithBudget, type Site } from './site.ts';
import { BURN, budget, THRESHOLDS } from './thresholds.ts';

export const INTERVAL = 'check:lockstep_interval_seconds:max';
export const SUCCESS_AGE = 'check:lockstep_success_age:seconds';
export const RUN_AGE = 'check:lockstep_run_age:seconds';
/** without known violations, of the exporter that looked last; held while the source is down */
export const RATIO = 'check:lockstep_consistency:ratio';
/** the same, absent once it is too old to be true */
export const FRESH_RATIO = 'check:lockstep_consistency_fresh:ratio';
export const MEAN_RATIO = 'check:lockstep_consistency_fresh:avg7d';
/** below its current baseline, or without one below the mean of its last seven days */
export const DROP = 'check:lockstep_consistency_drop:ratio';
export const ROWS = 'check:lockstep_rows:min';
export const ENTITIES = 'check:lockstep_entities_violating:max';
export const OLDEST = 'check:lockstep_oldest_violation_timestamp_seconds:min';
export const BUDGET_LEFT = 'check:lockstep_error_budget_remaining:ratio';
export const inconsistentRate = (window: string): string =>
  `check:lockstep_rows_inconsistent_per_evaluated:ratio_rate${window}`;

/** consistency minus that of the current baseline */
const DRIFT = 'check:lockstep_baseline_drift:ratio';
const INSTANCE_SUCCESS = 'instance_check:lockstep_last_success_timestamp:seconds';
const FRESHEST = 'instance_check:lockstep_freshest_success_timestamp:seconds';
const INSTANCE_RUN = 'instance_check:lockstep_last_run_timestamp:seconds';
const WINDOWS = [...new Set(BURN.flatMap(({ short, long }) => [short, long]))];
const SLOW_WINDOW = '30d';

/** A job of a check bears its name; without the other label the two join. */
const asCheck = (series: string): string =>
  `max without (job_name) (label_replace(${series}, "check", "$1", "job_name", "(.+)"))`;

const BY_INSTANCE = 'on (job, instance, check, track)';

/** Of several exporters that which looked last: another holds what was true before. Nothing of a check that is switched off. */
export const freshest = (series: string): string => `${series} and ${BY_INSTANCE} ${FRESHEST}`;

/** Of two that looked at once the worse. */
const worst = (record: string, of: 'min' | 'max', series: string): Recording => ({
  record,
  expr: `${of} ${WITHOUT_INSTANCE} (${freshest(series)})`,
});

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
      {
        record: INSTANCE_SUCCESS,
        expr: `${asCheck(metric('lockstep_job_last_success_timestamp_seconds'))} unless ${BY_INSTANCE} ${metric('lockstep_check_enabled')} == 0`,
      },
      { record: INSTANCE_RUN, expr: asCheck(metric('lockstep_job_last_run_timestamp_seconds')) },
      { record: SUCCESS_AGE, expr: ageOf(INSTANCE_SUCCESS) },
      { record: RUN_AGE, expr: ageOf(INSTANCE_RUN) },
      {
        record: FRESHEST,
        expr: `${INSTANCE_SUCCESS} == ${BY_CHECK} group_left () max ${WITHOUT_INSTANCE} (${INSTANCE_SUCCESS})`,
      },
      worst(RATIO, 'min', metric('lockstep_check_consistency_ratio_excluding_known')),
      worst(ROWS, 'min', metric('lockstep_check_rows')),
      worst(ENTITIES, 'max', metric('lockstep_check_entities_violating')),
      worst(OLDEST, 'min', metric('lockstep_check_oldest_violation_timestamp_seconds')),
      worst(DRIFT, 'min', metric('lockstep_check_baseline_drift_ratio')),
      {
        record: FRESH_RATIO,
        // equal to itself: one NaN would make NaN of every mean that holds it
        expr: `${RATIO} == ${RATIO} and ${BY_CHECK} (${SUCCESS_AGE} <= ${BY_CHECK} ${String(THRESHOLDS.staleIntervals)} * ${INTERVAL})`,
      },
      {
        record: DROP,
        expr: `
  (-${DRIFT} and ${BY_CHECK} ${FRESH_RATIO})
or ${BY_CHECK}
  (${MEAN_RATIO} - ${BY_CHECK} ${FRESH_RATIO})`,
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
        expr: scopesWithBudget(site, 'info')
          .map(
            ({ matchers, thresholds }) =>
              `1 - ${only(inconsistentRate(SLOW_WINDOW), matchers)} / ${String(budget(thresholds))}`,
          )
          .join('\nor\n'),
      },
    ],
  },
];
