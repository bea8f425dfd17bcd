/** When an alert fires. What the exporter itself decides by (`healthy`, `degraded`, the gate) is its own; the rest is said here once. */
import { DRIFT_LIMITS } from '../core/baseline.ts';
import { GATE_LIMITS, STALE_INTERVALS } from '../core/gate.ts';
import type { Thresholds } from '../core/status.ts';

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number] | 'none';

type BySeverity = Readonly<Partial<Record<Severity, number>>>;

/** Ratios from 0 to 1, times in seconds, sizes in bytes. */
export const THRESHOLDS = {
  entitiesViolating: 10,
  /** against the mean of the last seven days; not percent of it, but points */
  drop: { warning: DRIFT_LIMITS.investigate, critical: DRIFT_LIMITS.escalate },
  forecastSeconds: 4 * 3_600,
  population: 0.5,
  oldestViolationSeconds: { warning: 86_400 },
  /** how many intervals without an attempt, and without one that could look */
  notRunningIntervals: 2,
  staleIntervals: STALE_INTERVALS,
  failuresPerHour: { warning: 1, critical: 3 },
  runSeconds: { info: 15, warning: 20, critical: 30 },
  skipsPerHour: 3,
  restartsPerHour: 3,
  requestSeconds: { warning: 0.2, critical: 0.5 },
  requestErrors: { warning: 0.005, critical: 0.02 },
  /** below this, one slow or failed request is a percentage */
  requestsPerSecond: 0.1,
  diskUsed: { warning: 0.8, critical: 0.9 },
  residentBytes: { warning: 4e9, critical: 6e9 },
  syncFailuresPerHour: 1,
  canary: {
    consistency: GATE_LIMITS.consistency.rollback,
    requestErrors: GATE_LIMITS.errors.rollback,
    runs: GATE_LIMITS.schedule.rollback,
    requestSeconds: GATE_LIMITS.latency.investigate,
  },
  /** the second system: roles behind an HTTP API */
  roles: {
    apiSeconds: 5,
    querySeconds: 0.5,
    lookupSeconds: 1,
    failuresInARow: 3,
    uptime: 0.99,
  },
  roleErrors: { warning: 0.02, critical: 0.05 },
} as const satisfies Readonly<Record<string, number | BySeverity | Readonly<Record<string, number>>>>;

/** Of all evaluations in 30 days, the part that may find a pair apart. */
export const budget = ({ healthy }: Thresholds): number => Number((1 - healthy).toFixed(6));

/**
 * Windows and factors of the SRE workbook, chapter 5; its 5 minutes are 15 here, because a rate needs three runs in its
 * window and a check often runs every five minutes.
 */
export const BURN = [
  { long: '1h', short: '15m', factor: 14.4, severity: 'critical' },
  { long: '6h', short: '30m', factor: 6, severity: 'critical' },
  { long: '1d', short: '2h', factor: 3, severity: 'warning' },
  { long: '3d', short: '6h', factor: 1, severity: 'warning' },
] as const satisfies readonly { long: string; short: string; factor: number; severity: Severity }[];
