/** Lockstep cannot look, or not as it should. */
import { AFTER_SOURCE_DOWN } from './exporter.ts';
import { INTERVAL, RATIO, RUN_AGE, SUCCESS_AGE } from './recording.ts';
import { type Alert, BY_CHECK, bySeverity, type Group, KEEP, metric, WITHOUT_INSTANCE } from './rule.ts';
import { THRESHOLDS } from './thresholds.ts';

const CHECK = 'Check {{ $labels.check }}';
const JOB = 'Job {{ $labels.job_name }}';
const ENABLED = `max ${WITHOUT_INSTANCE} (${metric('lockstep_check_enabled')}) == 1`;

/** A sync is a job named after the check whose rows it mends: docs/design.md. */
const SYNC = 'job_name=~"sync:.+"';
const NO_SYNC = 'job_name!~"sync:.+"';
/** What a check is called no other job is: config/names.ts. */
export const OF_CHECKS = 'job_name!~"sync:.+|report:.+|retention"';

const overdue = (age: string, intervals: number): string => `
${age} > ${BY_CHECK} ${String(intervals)} * ${INTERVAL}
and ${BY_CHECK} ${metric('lockstep_check_enabled')} == 1`;

const failed = (jobs: string): string =>
  `sum without (instance, pod, outcome) (increase(${metric('lockstep_job_runs_total', '', `outcome="error",${jobs}`)}[1h]))`;

/** `increase` reckons one event as 1.02, and a threshold of whole numbers would miss or double it. */
const atLeast = (events: number): string => String(events - 0.5);

/** Two intervals of an hourly check, whose alert would else end and begin every hour; of a nightly one nobody hears all day. */
const SLOW_IS_NEWS_SECONDS = 7_200;

/**
 * A job of a check with the label `check` beside its own, to be matched with what follows from it. `retention` gets one, too:
 * RE2 has no way to leave it out, and nothing has it in common with that.
 */
const asCheck = (expr: string): string => `label_replace(${expr}, "check", "$1", "job_name", "([^:]+)")`;

/** LockstepSourceDown is kept for 15 minutes; failed runs are counted for an hour, and would be told when it ends. */
const UNLESS_SOURCE_WAS_DOWN = `
unless on (job, track) max_over_time(ALERTS{alertname="LockstepSourceDown",alertstate="firing"}[1h])`;

/**
 * Over before LockstepSourceDown, in time even for a check that looks first five minutes after the source is back; and longer than
 * it takes to see that the exporter is down.
 */
const KEEP_FAILING = '8m';

/** What LockstepCheckFailing silences begins after it, though the third run may take its time, and ends with it, though read a minute later. */
export const AFTER_FAILING = { for: '10m', keepFiringFor: '7m' } as const;

/** Nobody is woken for what is over. */
const STILL_FAILING = `
and on (job, job_name, track) ${metric('lockstep_job_consecutive_failures')} > 0`;

export const JOBS: Group = {
  name: 'lockstep.jobs',
  rules: [
    {
      alert: 'LockstepCheckNotRunning',
      severity: 'critical',
      layer: 'job',
      expr: overdue(RUN_AGE, THRESHOLDS.notRunningIntervals),
      for: '2m',
      keepFiringFor: KEEP,
      summary: `${CHECK} has stopped running`,
      description:
        'The last attempt ended {{ $value | humanizeDuration }} ago: the schedule stands still, or a run hangs.',
    },
    {
      alert: 'LockstepCheckStale',
      severity: 'critical',
      layer: 'job',
      expr: overdue(SUCCESS_AGE, THRESHOLDS.staleIntervals),
      ...AFTER_FAILING,
      summary: `${CHECK} shows old numbers`,
      description:
        'No run could look for {{ $value | humanizeDuration }}; what is shown is held from before.',
    },
    {
      alert: 'LockstepCheckResultMissing',
      severity: 'warning',
      layer: 'job',
      expr: `(${ENABLED})\nunless ${BY_CHECK}\n${RATIO}`,
      for: '20m',
      summary: `${CHECK} has no result`,
      description:
        'It is enabled, and yet there is no ratio: it has never looked, or there was nothing to check.',
    },
    ...bySeverity(THRESHOLDS.failuresPerHour, (failures, severity): Omit<Alert, 'severity'> => ({
      alert: 'LockstepCheckFailing',
      layer: 'job',
      expr: `${asCheck(failed(NO_SYNC))} > ${atLeast(failures)}${severity === 'critical' ? STILL_FAILING : UNLESS_SOURCE_WAS_DOWN}`,
      for: AFTER_SOURCE_DOWN,
      ...(severity === 'critical' ? { keepFiringFor: KEEP_FAILING } : {}),
      summary: `${JOB} could not look`,
      description: '{{ $value | printf "%.0f" }} runs of the last hour ended in an error.',
    })),
    {
      alert: 'LockstepSyncFailed',
      severity: 'warning',
      layer: 'job',
      expr: `${failed(SYNC)} > ${atLeast(THRESHOLDS.syncFailuresPerHour)}${UNLESS_SOURCE_WAS_DOWN}`,
      for: AFTER_SOURCE_DOWN,
      summary: `${JOB} failed`,
      description:
        '{{ $value | printf "%.0f" }} runs of the last hour ended in an error; what it was to mend is as it was.',
    },
    ...bySeverity(THRESHOLDS.runSeconds, (seconds): Omit<Alert, 'severity'> => ({
      alert: 'LockstepCheckSlow',
      layer: 'job',
      expr: `
max ${WITHOUT_INSTANCE} (
  ${metric('lockstep_job_last_run_duration_seconds', '', OF_CHECKS)}
  and time() - ${metric('lockstep_job_last_run_timestamp_seconds')} <= ${String(SLOW_IS_NEWS_SECONDS)}
) > ${String(seconds)}`,
      for: '10m',
      keepFiringFor: KEEP_FAILING,
      summary: `${JOB} is slow`,
      description: 'Its last run took {{ $value | humanizeDuration }}.',
    })),
    {
      alert: 'LockstepCheckSkipped',
      severity: 'warning',
      layer: 'job',
      expr: `sum ${WITHOUT_INSTANCE} (increase(${metric('lockstep_job_skipped_total')}[1h])) > ${atLeast(THRESHOLDS.skipsPerHour)}${UNLESS_SOURCE_WAS_DOWN}`,
      for: AFTER_SOURCE_DOWN,
      summary: `${JOB} is skipped again and again`,
      description: '{{ $value | printf "%.0f" }} runs of the last hour were left out ({{ $labels.reason }}).',
    },
  ],
};
