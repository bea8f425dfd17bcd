import type { Thresholds } from './status.ts';

/** The names under which keys and values leave Lockstep. */
export interface Fields {
  readonly key: readonly string[];
  readonly left: readonly string[];
  readonly right: readonly string[];
}

export type Severity = 'critical' | 'warning' | 'info';

/** What every check has, whatever its kind; defaults applied, durations in milliseconds. */
export interface Check {
  readonly name: string;
  readonly kind: string;
  readonly description: string | null;
  readonly enabled: boolean;
  readonly severity: Severity;
  readonly owner: string | null;
  readonly runbook: string | null;
  /** node-cron expression and IANA time zone */
  readonly schedule: string;
  readonly timezone: string;
  readonly timeoutMs: number;
  readonly misfireGraceMs: number;
  readonly settleMs: number;
  readonly maxViolations: number;
  readonly onEmpty: 'unknown' | 'pass';
  readonly thresholds: Thresholds;
  readonly fields: Fields;
  readonly violationKinds: readonly string[];
  /** violation kind → what the user calls its remedy */
  readonly recommendedActions: Readonly<Record<string, string>>;
  /** names of the sources it looks at, sorted, each once */
  readonly sources: readonly string[];
  /** what the kind itself was configured with; only `checks/` looks inside */
  readonly spec: unknown;
}
