/** Lockstep cannot look, or not as it should. */
import { INTERVAL, RATIO, RUN_AGE, SUCCESS_AGE } from './recording.ts';
import { type Alert, BY_CHECK, bySeverity, type Group, KEEP, metric, WITHOUT_INSTANCE } from './rule.ts';
import { THRESHOLDS } from './thresholds.ts';

const CHECK = 'Check {{ $labels.check }}';
const JOB = 'Job {{ $labels.job_name }}';
const ENABLED = `max ${WITHOUT_INSTANCE} (${metric('lockstep_check_enabled')}) == 1`;

/** A sync is a job named after the check whose rows it mends: docs/design.md. */
const SYNC = 'job_name=~"sync:.+"';
const NO_SYNC = 'job_name!~"sync:.+"';

const overdue = (age: string, intervals: number): string => `
${age} > ${BY_CHECK} ${String(intervals)} * ${INTERVAL}
and ${BY_CHECK} (${ENABLED})`;

/** `increase` reckons one event as 1.02, and a threshold of whole numbers would miss or double it. */
const atLeast = (events: number): string => String(events - 0.5);

/** Nobody is woken for what is over. */
const STILL_FAILING = `
and on (job, job_name, track) (max ${WITHOUT_INSTANCE} (${metric('lockstep_job_consecutive_failures')}) > 0)`;

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
      for: '2m',
      keepFiringFor: KEEP,
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
      expr: `sum without (instance, pod, outcome) (increase(${metric('lockstep_job_runs_total', '', `outcome="error",${NO_SYNC}`)}[1h])) > ${atLeast(failures)}${severity === 'critical' ? STILL_FAILING : ''}`,
      summary: `${JOB} could not look`,
      description: '{{ $value | printf "%.0f" }} runs of the last hour ended in an error.',
    })),
    {
      alert: 'LockstepSyncFailed',
      severity: 'warning',
      layer: 'job',
      expr: `sum without (instance, pod, outcome) (increase(${metric('lockstep_job_runs_total', '', `outcome="error",${SYNC}`)}[1h])) > ${atLeast(THRESHOLDS.syncFailuresPerHour)}`,
      summary: `${JOB} failed`,
      description:
        '{{ $value | printf "%.0f" }} runs of the last hour ended in an error; what it was to mend is as it was.',
    },
    ...bySeverity(THRESHOLDS.runSeconds, (seconds): Omit<Alert, 'severity'> => ({
      alert: 'LockstepCheckSlow',
      layer: 'job',
      expr: `max ${WITHOUT_INSTANCE} (${metric('lockstep_job_last_run_duration_seconds')}) > ${String(seconds)}`,
      for: '10m',
      summary: `${JOB} is slow`,
      description: 'Its last run took {{ $value | humanizeDuration }}.',
    })),
    {
      alert: 'LockstepCheckSkipped',
      severity: 'warning',
      layer: 'job',
      expr: `sum ${WITHOUT_INSTANCE} (increase(${metric('lockstep_job_skipped_total')}[1h])) > ${atLeast(THRESHOLDS.skipsPerHour)}`,
      summary: `${JOB} is skipped again and again`,
      description: '{{ $value | printf "%.0f" }} runs of the last hour were left out ({{ $labels.reason }}).',
    },
  ],
};
