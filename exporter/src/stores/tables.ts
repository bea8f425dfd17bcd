/** The tables of a store, as Kysely sees them. Times are epoch milliseconds, booleans 0 and 1, values JSON text. */
import type { Kysely, Transaction } from 'kysely';
import type { Outcome, Trigger } from '../core/run.ts';
import type { Status } from '../core/status.ts';
import type { PlanState, RowOutcome } from '../core/sync-plan.ts';
import type { KnownMark, ViolationEvent, ViolationState } from '../core/violation.ts';

export interface RunRow {
  id: string;
  check_name: string;
  trigger: Trigger;
  started_at: number;
  finished_at: number;
  outcome: Outcome;
  status: Status;
  checked: number | null;
  consistent: number | null;
  inconsistent: number | null;
  left_rows: number | null;
  right_rows: number | null;
  empty: number | null;
  counts: string | null;
  capped: number | null;
  opened: number | null;
  resolved: number | null;
  error: string | null;
}

export interface ViolationRow {
  id: string;
  check_name: string;
  kind: string;
  state: ViolationState;
  key_json: string;
  left_json: string | null;
  right_json: string | null;
  first_left_json: string | null;
  first_right_json: string | null;
  /** what a search looks through */
  key_text: string;
  sort_key: string | null;
  sort_left: string | null;
  sort_right: string | null;
  first_seen_at: number;
  last_seen_at: number;
  resolved_at: number | null;
  reopened_at: number | null;
  times_seen: number;
  times_reopened: number;
  known_reason: string | null;
  known_ticket: string | null;
  known_by: string | null;
  known_at: number | null;
  known_expires_at: number | null;
  known_from: KnownMark['from'] | null;
}

export interface ViolationEventRow {
  violation_id: string;
  /** empty where no run made the step */
  run_id: string;
  at: number;
  event: ViolationEvent['event'];
  kind: string;
  left_json: string | null;
  right_json: string | null;
  actor: string | null;
  reason: string | null;
}

export interface JobRow {
  job: string;
  last_start_at: number | null;
  last_run_at: number | null;
  last_success_at: number | null;
  last_duration_ms: number | null;
  consecutive_failures: number;
}

/** The runs of one UTC day that are kept no longer, added up. */
export interface RollupRow {
  check_name: string;
  /** when the day began */
  day: number;
  /** when the run finished that `checked` and `inconsistent` come from */
  last_at: number | null;
  runs: number;
  errors: number;
  checked: number | null;
  inconsistent: number | null;
  min_ratio: number | null;
  max_ratio: number | null;
  opened: number;
  resolved: number;
}

export interface AuditRow {
  id: string;
  at: number;
  actor: string;
  action: string;
  subject: string;
  details: string;
}

export interface BaselineRow {
  id: string;
  check_name: string;
  name: string;
  note: string | null;
  created_at: number;
  created_by: string;
  is_current: number;
  run_id: string;
  run_at: number;
  checked: number;
  consistent: number;
  inconsistent: number;
  counts: string;
  capped: number;
}

export interface BaselineViolationRow {
  baseline_id: string;
  violation_id: string;
  kind: string;
  key_json: string;
  left_json: string | null;
  right_json: string | null;
}

export interface SyncPlanRow {
  id: string;
  check_name: string;
  undo_of: string | null;
  created_at: number;
  created_by: string;
  expires_at: number;
  rule: string;
  state: PlanState;
  applied_at: number | null;
  applied_by: string | null;
  reason: string | null;
}

export interface SyncRowRow {
  plan_id: string;
  nth: number;
  violation_id: string;
  kind: string;
  key_json: string;
  write_json: string | null;
  outcome: RowOutcome;
  /** why it was skipped or failed */
  reason: string | null;
  /** of the plan itself: why nothing was to be written */
  skipped: string | null;
  after_json: string | null;
  inverse_json: string | null;
  batch_id: string | null;
}

/** One transaction of a sync in the database that is mended; `txid` is its name there. */
export interface SyncBatchRow {
  id: string;
  plan_id: string;
  txid: string;
  written_at: number;
  state: 'pending' | 'committed' | 'aborted';
}

export interface DeploymentRow {
  id: string;
  at: number;
  name: string;
  version: string | null;
  stage: string | null;
  note: string | null;
  announced_by: string;
}

export interface Tables {
  run: RunRow;
  violation: ViolationRow;
  violation_event: ViolationEventRow;
  job: JobRow;
  rollup: RollupRow;
  audit: AuditRow;
  baseline: BaselineRow;
  baseline_violation: BaselineViolationRow;
  sync_plan: SyncPlanRow;
  sync_row: SyncRowRow;
  sync_batch: SyncBatchRow;
  deployment: DeploymentRow;
  schema_version: { version: number };
}

/** What the shared queries need of the database below them. */
export interface Backend {
  readonly engine: string;
  /** for reading: does not wait while a run is being saved */
  readonly read: Kysely<Tables>;
  readonly write: Kysely<Tables>;
  /** Until the transaction ends, others that lock the same subject wait. */
  lock(trx: Transaction<Tables>, subject: string): Promise<void>;
  /** Turns what the driver threw into a `UserError` when somebody outside has to act. */
  explain(error: unknown): unknown;
  close(): Promise<void>;
}
