/** A new version that is tried beside the old one: targets labelled `track="canary"` by the scrape configuration. */
import { requests } from './exporter.ts';
import { OF_CHECKS } from './jobs.ts';
import { INTERVAL, RATIO, RUN_AGE } from './recording.ts';
import { BY_CHECK, type Group, KEEP, metric } from './rule.ts';
import { THRESHOLDS } from './thresholds.ts';

const { canary } = THRESHOLDS;
const CANARY = 'track="canary"';
const ROLLBACK = { action: 'rollback' };

const busy = `sum by (job, track) (rate(${requests('_count', CANARY)}[5m])) > ${String(THRESHOLDS.requestsPerSecond)}`;

const ofLastHour = (counter: string): string => `sum by (job, track) (increase(${counter}[1h]))`;
const runs = (...matchers: string[]): string =>
  ofLastHour(metric('lockstep_job_runs_total', '', [CANARY, ...matchers, OF_CHECKS].join(',')));
/** As the gate has it: ticks without a run count, too. A schedule that stands still has neither, and is known by its age. */
const SCHEDULE = `
  ${runs('outcome!="error"')}
/
  (${runs()} + ${ofLastHour(metric('lockstep_job_skipped_total', '', `${CANARY},${OF_CHECKS}`))})
< ${String(canary.runs)}
or
min by (job, track) (
  ${RUN_AGE}{${CANARY}} <= bool ${BY_CHECK} ${String(THRESHOLDS.notRunningIntervals)} * ${INTERVAL}
  and ${BY_CHECK} ${metric('lockstep_check_enabled')} == 1
) == 0`;

export const CANARY_RULES: Group = {
  name: 'lockstep.canary',
  rules: [
    {
      alert: 'LockstepCanaryConsistencyLow',
      severity: 'critical',
      layer: 'canary',
      expr: `${RATIO}{${CANARY}} < ${String(canary.consistency)}`,
      for: '5m',
      keepFiringFor: KEEP,
      labels: ROLLBACK,
      summary: 'The canary finds too much apart: roll back',
      description: 'Check {{ $labels.check }}: {{ $value | humanizePercentage }}.',
    },
    {
      alert: 'LockstepCanaryErrors',
      severity: 'critical',
      layer: 'canary',
      expr: `
  sum by (job, track) (rate(${requests('_count', CANARY, 'status=~"5.."')}[5m]))
/
  sum by (job, track) (rate(${requests('_count', CANARY)}[5m]))
> ${String(canary.requestErrors)}
and (${busy})`,
      for: '2m',
      keepFiringFor: KEEP,
      labels: ROLLBACK,
      summary: 'The canary answers with errors: roll back',
      description: '{{ $value | humanizePercentage }} of its requests fail.',
    },
    {
      alert: 'LockstepCanaryScheduleUnreliable',
      severity: 'critical',
      layer: 'canary',
      expr: SCHEDULE,
      for: '2m',
      keepFiringFor: KEEP,
      labels: ROLLBACK,
      summary: 'Runs of the canary fail: roll back',
      description: 'Only {{ $value | humanizePercentage }} of the runs that were due could look.',
    },
    {
      alert: 'LockstepCanarySlow',
      severity: 'warning',
      layer: 'canary',
      expr: `
histogram_quantile(0.95, sum by (job, track, le) (rate(${requests('_bucket', CANARY)}[5m]))) > ${String(canary.requestSeconds)}
and (${busy})`,
      for: '5m',
      labels: { action: 'investigate' },
      summary: 'The canary is slow: investigate',
      description: '95 of 100 requests take up to {{ $value | humanizeDuration }}.',
    },
  ],
};
