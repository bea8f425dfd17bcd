/** A new version that is tried beside the old one: targets labelled `track="canary"` by the scrape configuration. */
import { requests } from './exporter.ts';
import { RATIO } from './recording.ts';
import { type Group, metric } from './rule.ts';
import { THRESHOLDS } from './thresholds.ts';

const { canary } = THRESHOLDS;
const CANARY = 'track="canary"';
const ROLLBACK = { action: 'rollback' };

export const CANARY_RULES: Group = {
  name: 'lockstep.canary',
  rules: [
    {
      alert: 'LockstepCanaryConsistencyLow',
      severity: 'critical',
      layer: 'canary',
      expr: `${RATIO}{${CANARY}} < ${String(canary.consistency)}`,
      for: '5m',
      labels: ROLLBACK,
      summary: 'The canary finds too much apart: roll back',
      description: 'Check {{ $labels.check }}: {{ $value | humanizePercentage }}.',
    },
    {
      alert: 'LockstepCanaryErrors',
      severity: 'critical',
      layer: 'canary',
      expr: `
  sum by (job, track) (rate(${requests('_count', `${CANARY},status=~"5.."`)}[5m]))
/
  sum by (job, track) (rate(${requests('_count', CANARY)}[5m]))
> ${String(canary.requestErrors)}`,
      for: '2m',
      labels: ROLLBACK,
      summary: 'The canary answers with errors: roll back',
      description: '{{ $value | humanizePercentage }} of its requests fail.',
    },
    {
      alert: 'LockstepCanaryScheduleUnreliable',
      severity: 'critical',
      layer: 'canary',
      expr: `
  sum by (job, track) (increase(${metric('lockstep_job_runs_total', '', `${CANARY},outcome!="error"`)}[1h]))
/
  sum by (job, track) (increase(${metric('lockstep_job_runs_total', '', CANARY)}[1h]))
< ${String(canary.runs)}`,
      for: '2m',
      labels: ROLLBACK,
      summary: 'Runs of the canary fail: roll back',
      description: 'Only {{ $value | humanizePercentage }} of its runs could look.',
    },
    {
      alert: 'LockstepCanarySlow',
      severity: 'warning',
      layer: 'canary',
      expr: `histogram_quantile(0.95, sum by (job, track, le) (rate(${requests('_bucket', CANARY)}[5m]))) > ${String(canary.requestSeconds)}`,
      for: '5m',
      labels: { action: 'investigate' },
      summary: 'The canary is slow: investigate',
      description: '95 of 100 requests take up to {{ $value | humanizeDuration }}.',
    },
  ],
};
