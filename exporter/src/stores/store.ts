/**
 * What Lockstep remembers. A store acknowledges a run only once it is durable, saves it whole or not at all, and
 * survives kill -9. `sqlite.ts` (one file) and `postgres.ts` (shared) share the queries in `sql-store.ts`.
 */
import { UserError } from '../core/errors.ts';
import type { Run, RunResult } from '../core/run.ts';
import type {
  Reconciliation,
  Remembered,
  Violation,
  ViolationEvent,
  ViolationState,
} from '../core/violation.ts';

/** A cursor that this list has not given out: altered, or of another filter or sort. */
export class CursorError extends UserError {
  override name = 'CursorError';
}

export interface ViolationQuery {
  /** an empty list matches nothing; so do empty `kinds`, whereas absent `kinds` match all */
  readonly checks: readonly string[];
  readonly kinds?: readonly string[];
  readonly state?: ViolationState;
  /** text that the key must contain, any case */
  readonly search?: string;
  readonly sort: ViolationSort;
  readonly descending: boolean;
  readonly limit: number;
  /** as given back by the page before */
  readonly cursor?: string;
}

/**
 * `key`, `left` and `right` sort part by part: numbers by value (exactly) before text, text without regard to case.
 * Rows without the value come last in both directions; ties are ordered by id.
 */
export const VIOLATION_SORTS = [
  'first_seen',
  'last_seen',
  'resolved',
  'times_seen',
  'check',
  'kind',
  'key',
  'left',
  'right',
] as const;
export type ViolationSort = (typeof VIOLATION_SORTS)[number];

export interface Page<T> {
  readonly rows: readonly T[];
  /** null on the last page */
  readonly nextCursor: string | null;
}

/** One point of a check's past: a run, or what a UTC day's runs added up to once they are gone. */
export interface HistoryPoint {
  /** when the run finished, or the day began */
  readonly at: number;
  readonly span: 'run' | 'day';
  readonly runs: number;
  readonly errors: number;
  /** of the run, or of the day's last run that could look */
  readonly checked: number | null;
  readonly inconsistent: number | null;
  /** of the day; equal to each other for a run; null when no run of the day could look */
  readonly minRatio: number | null;
  readonly maxRatio: number | null;
  readonly opened: number;
  readonly resolved: number;
}

export interface AuditEntry {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Times in epoch milliseconds; null until it happened. */
export interface JobState {
  readonly job: string;
  readonly lastStartAt: number | null;
  readonly lastRunAt: number | null;
  readonly lastSuccessAt: number | null;
  readonly lastDurationMs: number | null;
  readonly consecutiveFailures: number;
}

/** How long to keep what, in milliseconds; `maxRuns` per check. */
export interface Retention {
  readonly runsMs: number;
  readonly maxRuns: number;
  readonly rollupsMs: number;
  readonly violationsMs: number;
}

export interface RunToSave {
  /** the counts of `opened` and `resolved` are filled in by the caller; `finishedAt` is when everything was seen */
  readonly run: Run & { readonly result: RunResult | null };
  /** null when the outcome is `error`: nothing is opened or resolved */
  readonly changes: Reconciliation | null;
  readonly job: JobState;
}

export interface Store {
  readonly engine: string;
  /** Whole or not at all, and durable when it resolves. Saving the same run again changes nothing. */
  saveRun(save: RunToSave): Promise<void>;
  saveJob(job: JobState): Promise<void>;
  jobs(): Promise<readonly JobState[]>;

  /** Open violations of a check, with those of `ids` that are resolved: what `reconcile` needs. */
  remembered(check: string, ids: readonly string[]): Promise<ReadonlyMap<string, Remembered>>;
  violations(query: ViolationQuery): Promise<Page<Violation>>;
  countViolations(query: Omit<ViolationQuery, 'sort' | 'descending' | 'limit' | 'cursor'>): Promise<number>;
  /** With the newest 1,000 steps of its life, oldest first. */
  violation(id: string): Promise<{ violation: Violation; life: readonly ViolationEvent[] } | null>;
  /** First-seen time of the oldest open violation of each check that has one. */
  oldestOpen(): Promise<ReadonlyMap<string, number>>;

  /** Newest first. */
  runs(check: string, limit: number, cursor?: string): Promise<Page<Run>>;
  run(id: string): Promise<Run | null>;
  lastRun(check: string): Promise<Run | null>;
  /** The newest run that could look: outcome `pass` or `fail`. */
  lastConclusiveRun(check: string): Promise<Run | null>;
  /** Oldest first, both ends included: runs where they are still kept and daily rollups before; no run twice. */
  history(check: string, sinceMs: number, untilMs: number): Promise<readonly HistoryPoint[]>;

  audit(entry: AuditEntry): Promise<void>;
  auditTrail(limit: number, cursor?: string): Promise<Page<AuditEntry>>;

  /**
   * Deletes what is too old or too much and returns how many rows went. Runs that go are rolled up by day; the newest
   * run and the newest conclusive run of a check always stay. By age, runs go in whole UTC days.
   */
  retain(retention: Retention, now: number): Promise<number>;
  /** A cheap read that proves the store is open. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
