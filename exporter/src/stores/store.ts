/**
 * What Lockstep remembers. A store acknowledges a run only once it is durable, saves it whole or not at all, and
 * survives kill -9. `sqlite.ts` (one file) and `postgres.ts` (shared) share the queries in `sql-store.ts`.
 */
import type { Baseline } from '../core/baseline.ts';
import type { Deployment } from '../core/deployment.ts';
import { UserError } from '../core/errors.ts';
import type { Run, RunResult } from '../core/run.ts';
import type { PlanCounts, PlanRecord, RowResult, SyncPlan } from '../core/sync-plan.ts';
import type {
  AcceptedValues,
  Disagreement,
  KnownMark,
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

/** How long to keep what, in milliseconds; `maxRuns` per check. Deployments are kept as long as runs. */
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
  /** every mark that the configuration has for the check now; marks of an earlier configuration are taken back */
  readonly configMarks: readonly ConfigMark[];
  readonly job: JobState;
}

/** Who puts on and takes back the marks of the configuration. */
export const CONFIGURATION = 'configuration';

export interface ConfigMark extends AcceptedValues {
  readonly id: string;
  readonly mark: KnownMark;
}

/** What the violations of a check stand for between runs: marks change it, too. */
export interface Standing {
  /** violation kind → how many are known; kinds without any are absent */
  readonly known: Readonly<Record<string, number>>;
  /** first-seen time of the oldest open violation */
  readonly oldestOpenAt: number | null;
  /** distinct values of the first key field among the open violations */
  readonly entities: number;
}

/** What a mark is not for, beside what is resolved or marked by the configuration. */
export interface MarkTerms {
  /** why this one is left alone; null when it is not */
  readonly refusal?: (violation: Violation) => string | null;
  /** what has come or changed after it was not seen by whoever marks; epoch milliseconds */
  readonly asOf?: number;
}

/** Violations that a mark was put on or taken off, and why the others were left alone. */
export interface Marked {
  readonly done: readonly { readonly id: string; readonly check: string }[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

export interface BaselineToMake {
  readonly check: string;
  readonly name: string;
  readonly note: string | null;
  readonly by: string;
  /** epoch milliseconds */
  readonly at: number;
}

/** A violation as a baseline remembers it. */
export type FollowedRow = Disagreement & { readonly id: string };

/** A window of a check; times are epoch milliseconds, both ends included. */
export interface WindowQuery {
  readonly check: string;
  /** by the end of a run or the moment of a resolution */
  readonly from: number;
  readonly to: number;
  /** by the start of a run: which scheduled runs are counted */
  readonly startedFrom: number;
  readonly startedTo: number;
  /** how many of each at most */
  readonly slowest: number;
  readonly resolutions: number;
}

export interface WindowFacts {
  /** scheduled runs, and those of them that could not look; daily rollups hold no triggers and do not count */
  readonly scheduled: { readonly ran: number; readonly failed: number };
  /** slowest first */
  readonly slowest: readonly Run[];
  /** milliseconds from opened or reopened until resolved, newest first; `capped`: there were more */
  readonly resolutions: { readonly ms: readonly number[]; readonly capped: boolean };
}

/** A plan with what became of it, without its rows. */
export interface PlanSummary extends Omit<PlanRecord, 'plan' | 'results'> {
  readonly plan: Omit<SyncPlan, 'rows'>;
  readonly counts: PlanCounts;
}

/** A transaction of a sync, by its name in the database that it writes to. */
export interface SyncBatch {
  readonly id: string;
  readonly plan: string;
  readonly transaction: string;
  /** epoch milliseconds */
  readonly at: number;
}

/** A plan that somebody began to apply and nobody has seen the end of. */
export interface UnfinishedPlan {
  readonly plan: string;
  readonly check: string;
  /** those of which it is not known whether they were committed */
  readonly batches: readonly SyncBatch[];
}

export interface Store {
  readonly engine: string;
  /** Whole or not at all, and durable when it resolves. Saving the same run again changes nothing. */
  saveRun(save: RunToSave): Promise<void>;
  saveJob(job: JobState): Promise<void>;
  jobs(): Promise<readonly JobState[]>;

  /** Open and known violations of a check, with those of `ids` that are resolved: what `reconcile` needs. */
  remembered(check: string, ids: readonly string[]): Promise<ReadonlyMap<string, Remembered>>;
  violations(query: ViolationQuery): Promise<Page<Violation>>;
  countViolations(query: Omit<ViolationQuery, 'sort' | 'descending' | 'limit' | 'cursor'>): Promise<number>;
  /** With the newest 1,000 steps of its life, oldest first. */
  violation(id: string): Promise<{ violation: Violation; life: readonly ViolationEvent[] } | null>;
  standing(check: string): Promise<Standing>;
  /** Pinned to the values that are remembered now; a mark that is there already is replaced, unless it is the configuration's. */
  markKnown(ids: readonly string[], mark: KnownMark, terms?: MarkTerms): Promise<Marked>;
  /** Open again at once. Marks of the configuration stay. */
  unmark(ids: readonly string[], by: string, at: number): Promise<Marked>;
  /** Opens again what is known no longer at `now`, and returns how many that were. */
  expireMarks(check: string, now: number): Promise<number>;

  /** Newest first. */
  runs(check: string, limit: number, cursor?: string): Promise<Page<Run>>;
  run(id: string): Promise<Run | null>;
  lastRun(check: string): Promise<Run | null>;
  /** The newest run that could look: outcome `pass` or `fail`. */
  lastConclusiveRun(check: string): Promise<Run | null>;
  /** Oldest first, both ends included: runs where they are still kept and daily rollups before; no run twice. */
  history(check: string, sinceMs: number, untilMs: number): Promise<readonly HistoryPoint[]>;

  /** When the oldest run ended that is remembered, or the day of the oldest rollup began; null without any. */
  watchedSince(check: string): Promise<number | null>;
  windowFacts(query: WindowQuery): Promise<WindowFacts>;

  /** Of the newest run that could look, and current from now on; null when there is no such run. */
  makeBaseline(made: BaselineToMake): Promise<Baseline | null>;
  /** Newest first; of every check when `check` is null. Retention leaves them alone. */
  baselines(check: string | null): Promise<readonly Baseline[]>;
  /** Makes it the current one of its check; null when there is no such baseline. */
  chooseBaseline(id: string): Promise<Baseline | null>;
  /** Whether there was one. */
  removeBaseline(id: string): Promise<boolean>;
  /** The violations that were open or known then. */
  baselineRows(id: string): Promise<readonly FollowedRow[]>;

  savePlan(plan: SyncPlan): Promise<void>;
  /** Newest first. */
  plans(check: string, limit: number): Promise<readonly PlanSummary[]>;
  plan(id: string): Promise<PlanRecord | null>;
  /** Whether the plan was still to be applied; nobody else can from then on. */
  claimPlan(
    id: string,
    claim: { readonly by: string; readonly reason: string; readonly at: number },
  ): Promise<boolean>;
  /** Before the commit: what it is about to make true. */
  saveBatch(batch: SyncBatch, results: readonly RowResult[]): Promise<void>;
  /** After it. Committed writes go into the audit trail; those of an aborted transaction were none. Once only. */
  settleBatch(batch: SyncBatch, committed: boolean): Promise<void>;
  /** Rows that were skipped or have failed. */
  settleRows(plan: string, results: readonly RowResult[]): Promise<void>;
  finishPlan(id: string, state: 'applied' | 'interrupted'): Promise<void>;
  unfinishedPlans(): Promise<readonly UnfinishedPlan[]>;
  /** Violation → when a plan was last applied in vain for it; as far back as the newest 50 applied plans. */
  refusedRows(check: string): Promise<ReadonlyMap<string, number>>;
  addDeployment(deployment: Omit<Deployment, 'id'>): Promise<Deployment>;
  /** Newest first, both ends included. */
  deployments(from: number, to: number, limit: number): Promise<readonly Deployment[]>;

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
