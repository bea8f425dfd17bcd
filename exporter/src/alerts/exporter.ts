/** The exporter, its sources, its API and the machine it runs on. */
import { type Alert, bySeverity, type Group, KEEP, metric, WITHOUT_INSTANCE } from './rule.ts';
import type { Site } from './site.ts';
import { THRESHOLDS } from './thresholds.ts';

/** Of node_exporter, under the name that its scrape job usually has; what cannot be written to cannot fill up. */
const DISK = 'job="node",fstype!~"tmpfs|overlay|squashfs"';

/** Asked by machines, every few seconds: neither their number nor their speed says how users fare. A look on demand takes as long as it takes. */
const MACHINES = 'route!~"/metrics|/healthz|/readyz|/api/v1/health/check-now"';

export const requests = (suffix: string, ...matchers: string[]): string =>
  metric('lockstep_http_request_duration_seconds', suffix, [...matchers, MACHINES].join(','));
const busy = `sum by (job) (rate(${requests('_count')}[5m])) > ${String(THRESHOLDS.requestsPerSecond)}`;

/** `for` of LockstepSourceDown, two scrapes and a turn of the evaluation: what it silences must not be told before it. */
export const AFTER_SOURCE_DOWN = '7m';

export const exporter = ({ scrapeJob }: Site): Group => ({
  name: 'lockstep.exporter',
  rules: [
    {
      alert: 'LockstepExporterDown',
      severity: 'critical',
      layer: 'exporter',
      // one of two that still answers keeps watch, but a canary does not for the others
      expr: `max by (job, track) (up{job="${scrapeJob}"}) == 0 or absent(up{job="${scrapeJob}"})`,
      for: '5m',
      summary: 'No Lockstep exporter answers',
      description: 'Nothing is known of any check until one answers again.',
    },
    {
      alert: 'LockstepExporterRestarting',
      severity: 'warning',
      layer: 'exporter',
      expr: `changes(process_start_time_seconds{job="${scrapeJob}"}[1h]) > ${String(THRESHOLDS.restartsPerHour)}`,
      summary: 'The exporter starts again and again',
      description: '{{ $labels.instance }} has started {{ $value }} times within an hour.',
    },
    {
      alert: 'LockstepConfigReloadFailed',
      severity: 'warning',
      layer: 'exporter',
      expr: `min ${WITHOUT_INSTANCE} (${metric('lockstep_config_last_reload_successful')}) == 0`,
      for: '5m',
      summary: 'The configuration was not taken',
      description: 'An exporter goes on with the configuration before.',
    },
    {
      alert: 'LockstepSourceDown',
      severity: 'critical',
      layer: 'source',
      expr: `max ${WITHOUT_INSTANCE} (${metric('lockstep_source_up')}) == 0`,
      for: '5m',
      // longer than what it silences is kept, or that would be told as it ends
      keepFiringFor: '15m',
      summary: 'Source {{ $labels.source }} cannot be looked at',
      description: 'Its checks show what was true before.',
    },
    {
      alert: 'LockstepViolationLogFailing',
      severity: 'warning',
      layer: 'exporter',
      expr: `increase(${metric('lockstep_violation_log_write_failures_total')}[1h]) > 0.5`,
      summary: 'Violation files are not written',
      description:
        '{{ $value | printf "%.0f" }} files of the last hour are missing; the violations themselves are safe in the store.',
    },
    ...bySeverity(THRESHOLDS.requestSeconds, (seconds): Omit<Alert, 'severity'> => ({
      alert: 'LockstepApiSlow',
      layer: 'api',
      expr: `
histogram_quantile(0.95, sum by (job, le) (rate(${requests('_bucket')}[5m]))) > ${String(seconds)}
and (${busy})`,
      for: '5m',
      keepFiringFor: KEEP,
      summary: 'The API is slow',
      description: '95 of 100 requests take up to {{ $value | humanizeDuration }}.',
    })),
    ...bySeverity(THRESHOLDS.requestErrors, (errors): Omit<Alert, 'severity'> => ({
      alert: 'LockstepApiErrors',
      layer: 'api',
      expr: `
  sum by (job) (rate(${requests('_count', 'status=~"5.."')}[5m]))
/
  sum by (job) (rate(${requests('_count')}[5m]))
> ${String(errors)}
and (${busy})`,
      for: '5m',
      keepFiringFor: KEEP,
      summary: 'The API fails',
      description:
        '{{ $value | humanizePercentage }} of the requests are answered with an error of the server.',
    })),
    ...bySeverity(THRESHOLDS.residentBytes, (bytes): Omit<Alert, 'severity'> => ({
      alert: 'LockstepMemoryHigh',
      layer: 'host',
      expr: `process_resident_memory_bytes{job="${scrapeJob}"} > ${String(bytes)}`,
      for: '15m',
      // what takes too much is killed, and then this says why
      keepFiringFor: KEEP,
      summary: 'The exporter takes much memory',
      description: '{{ $labels.instance }} holds {{ $value | humanize1024 }}B.',
    })),
    ...bySeverity(THRESHOLDS.diskUsed, (used): Omit<Alert, 'severity'> => ({
      alert: 'LockstepDiskFilling',
      layer: 'host',
      expr: `
1 - node_filesystem_avail_bytes{${DISK}} / node_filesystem_size_bytes{${DISK}} > ${String(used)}
and node_filesystem_readonly{${DISK}} == 0`,
      for: '15m',
      summary: 'A disk is filling up',
      description:
        '{{ $labels.mountpoint }} of {{ $labels.instance }} is {{ $value | humanizePercentage }} full.',
    })),
  ],
});
