/** The exporter, its sources, its API and the machine it runs on. */
import { type Alert, bySeverity, type Group, metric, WITHOUT_INSTANCE } from './rule.ts';
import type { Site } from './site.ts';
import { THRESHOLDS } from './thresholds.ts';

const DISK = 'fstype!~"tmpfs|overlay|squashfs"';

export const requests = (suffix: string, selector = ''): string =>
  metric('lockstep_http_request_duration_seconds', suffix, selector);
const busy = `sum by (job) (rate(${requests('_count')}[5m])) > ${String(THRESHOLDS.requestsPerSecond)}`;

export const exporter = ({ scrapeJob }: Site): Group => ({
  name: 'lockstep.exporter',
  rules: [
    {
      alert: 'LockstepExporterDown',
      severity: 'critical',
      layer: 'exporter',
      // one of two that still answers keeps watch
      expr: `max by (job) (up{job="${scrapeJob}"}) == 0 or absent(up{job="${scrapeJob}"})`,
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
      expr: `${metric('lockstep_config_last_reload_successful')} == 0`,
      for: '5m',
      summary: 'The configuration was not taken',
      description: '{{ $labels.instance }} goes on with the configuration before.',
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
and on (job) (${busy})`,
      for: '5m',
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
and on (job) (${busy})`,
      for: '5m',
      summary: 'The API fails',
      description:
        '{{ $value | humanizePercentage }} of the requests are answered with an error of the server.',
    })),
    ...bySeverity(THRESHOLDS.residentBytes, (bytes): Omit<Alert, 'severity'> => ({
      alert: 'LockstepMemoryHigh',
      layer: 'host',
      expr: `process_resident_memory_bytes{job="${scrapeJob}"} > ${String(bytes)}`,
      for: '15m',
      summary: 'The exporter takes much memory',
      description: '{{ $labels.instance }} holds {{ $value | humanize1024 }}B.',
    })),
    ...bySeverity(THRESHOLDS.diskUsed, (used): Omit<Alert, 'severity'> => ({
      alert: 'LockstepDiskFilling',
      layer: 'host',
      expr: `1 - node_filesystem_avail_bytes{${DISK}} / node_filesystem_size_bytes{${DISK}} > ${String(used)}`,
      for: '15m',
      summary: 'A disk is filling up',
      description:
        '{{ $labels.mountpoint }} of {{ $labels.instance }} is {{ $value | humanizePercentage }} full.',
    })),
  ],
});
