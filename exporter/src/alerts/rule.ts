/** What the catalogue is made of, before anybody renders it for Prometheus or Grafana. */
import type { MetricName } from '../metric-definitions.ts';
import type { Severity } from './thresholds.ts';

/** Where the cause lies; a cause silences the layers that follow from it. */
export type Layer = 'exporter' | 'source' | 'job' | 'data' | 'api' | 'host' | 'canary' | 'meta';

export interface Recording {
  /** `level:metric:operation`, see https://prometheus.io/docs/practices/rules/ */
  readonly record: string;
  readonly expr: string;
}

export interface Alert {
  /** several severities share a name, so that one rule of inhibition serves all */
  readonly alert: string;
  readonly severity: Severity;
  readonly layer: Layer;
  readonly expr: string;
  /** how long it must hold before somebody hears of it */
  readonly for?: string;
  /** how long it goes on firing after the last time that it held: one good sample resolves nothing */
  readonly keepFiringFor?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

export interface Group {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (Recording | Alert)[];
}

/** A metric by a name that the exporter has; a name that it lacks does not compile. */
export function metric(name: MetricName, suffix = '', selector = ''): string {
  return `${name}${suffix}${selector === '' ? '' : `{${selector}}`}`;
}

/** Labels that change with a redeploy: kept, every `for` would begin again and every alert be told again. */
export const WITHOUT_INSTANCE = 'without (instance, pod)';
/** What tells one check from another; `track` is a target label that tells a canary. */
export const BY_CHECK = 'on (job, check, track)';

/** Longer than `for` of LockstepExporterDown: an exporter that dies takes its series with it, and no page may be resolved by that. */
export const KEEP = '10m';

/** One alert per severity and threshold. */
export function bySeverity(
  thresholds: Readonly<Partial<Record<Severity, number>>>,
  alertOf: (threshold: number, severity: Severity) => Omit<Alert, 'severity'>,
): Alert[] {
  return (Object.entries(thresholds) as [Severity, number][]).map(([severity, threshold]) => ({
    ...alertOf(threshold, severity),
    severity,
  }));
}
