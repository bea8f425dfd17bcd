import type { Thresholds } from './status.ts';
import type { Direction } from './sync-plan.ts';
import type { Value } from './value.ts';

/** The names under which keys and values leave Lockstep. */
export interface Fields {
  readonly key: readonly string[];
  readonly left: readonly string[];
  readonly right: readonly string[];
}

/** A violation that the configuration accepts, by its key. */
export interface KnownEntry {
  readonly key: readonly Value[];
  /** accepted only with these values; null: whatever they are */
  readonly left: readonly Value[] | null;
  readonly right: readonly Value[] | null;
  readonly reason: string;
  readonly ticket: string | null;
  /** epoch milliseconds; null: for as long as it is in the file */
  readonly expiresAt: number | null;
}

/** What a sync may write to mend violations of a check. */
export interface SyncTerms {
  /** violation kind → which side is right */
  readonly directions: Readonly<Record<string, Direction>>;
  /** of one plan */
  readonly maxRows: number;
  /** null: only when somebody asks */
  readonly schedule: string | null;
  /** whether a scheduled sync is rolled back */
  readonly dryRun: boolean;
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
  /** in how many runs in a row a key must be found wrong before it is a violation */
  readonly consecutiveFailures: number;
  readonly maxViolations: number;
  readonly onEmpty: 'unknown' | 'pass';
  readonly thresholds: Thresholds;
  readonly fields: Fields;
  readonly violationKinds: readonly string[];
  /** violations that the configuration accepts */
  readonly known: readonly KnownEntry[];
  /** violation kind → what the user calls its remedy */
  readonly recommendedActions: Readonly<Record<string, string>>;
  /** names of the sources it looks at, sorted, each once */
  readonly sources: readonly string[];
  /** null: nothing may be written */
  readonly sync: SyncTerms | null;
  /** what the kind itself was configured with; only `checks/` looks inside */
  readonly spec: unknown;
}
