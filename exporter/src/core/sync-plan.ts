/** A sync plan: what would be written to mend chosen violations. It is applied as it was shown, or not at all. */
import { createHash } from 'node:crypto';
import type { Value } from './value.ts';

/** Which side is right. A missing row is copied from the other side; nothing is ever deleted, but to undo a copy. */
export type Direction = 'left_to_right' | 'right_to_left' | 'to_higher' | 'to_lower' | 'skip';

/** Whether a sync may write anything for a violation of this kind. */
export function mendable(kind: string, directions: Readonly<Record<string, Direction>>): boolean {
  const deletes: Direction | null =
    kind === 'missing_left' ? 'left_to_right' : kind === 'missing_right' ? 'right_to_left' : null;
  return ![deletes, 'skip'].includes(directions[kind] ?? 'skip');
}

export type SideName = 'left' | 'right';

/** Column → text as the database writes it. */
export type RowText = Readonly<Record<string, string | null>>;

/** One statement and its parameters, as they are sent. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | null)[];
}

export interface PlannedWrite {
  readonly action: 'update' | 'create' | 'delete';
  readonly side: SideName;
  readonly table: string;
  /** the key as the engine finds it again, one text per key column */
  readonly keyText: readonly string[];
  /** what must still be there, column by column, for the write to happen; null: there must be no row */
  readonly before: RowText | null;
  /** the same of the other side; null: it does not matter */
  readonly other: RowText | null;
  /** what the row will hold; an expression such as now() as it was at the time of the plan; null: no row */
  readonly after: RowText | null;
  /** of the whole row, which a delete must find unchanged; null otherwise */
  readonly fingerprint: string | null;
  /** the first one writes the row, a second one the journal */
  readonly statements: readonly Statement[];
}

/** One violation of a plan: what will be written, or why nothing will. */
export interface PlanRow {
  readonly violationId: string;
  readonly key: readonly Value[];
  /** violation kind, as the rows are now */
  readonly kind: string;
  readonly write: PlannedWrite | null;
  /** why nothing will be written; null when `write` is not */
  readonly skipped: string | null;
}

/** Times are epoch milliseconds. */
export interface SyncPlan {
  /** {@link planId}: whoever applies a plan names all of it */
  readonly id: string;
  readonly check: string;
  /** the plan whose writes this one takes back */
  readonly undoOf: string | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  /** {@link ruleHash} of what the configuration allowed when the plan was made */
  readonly rule: string;
  readonly rows: readonly PlanRow[];
}

/** `writing`: sent, and not yet known to be committed. */
export type RowOutcome = 'planned' | 'writing' | 'written' | 'skipped' | 'failed';

/** What became of one row of a plan. */
export interface RowResult {
  /** place in `rows` */
  readonly nth: number;
  readonly outcome: Exclude<RowOutcome, 'planned' | 'writing'>;
  /** why it was skipped or failed; never a value of a row */
  readonly reason: string | null;
  /** what the row holds now; null unless written */
  readonly after: RowText | null;
  /** what takes the write back; null unless written */
  readonly inverse: PlannedWrite | null;
}

export type PlanState = 'planned' | 'applying' | 'applied' | 'interrupted';

/** A plan with what became of it. */
export interface PlanRecord {
  readonly plan: SyncPlan;
  readonly state: PlanState;
  readonly appliedAt: number | null;
  readonly appliedBy: string | null;
  readonly reason: string | null;
  /** one for each row of the plan, in order */
  readonly results: readonly PlanRowRecord[];
}

export interface PlanRowRecord {
  readonly outcome: RowOutcome;
  readonly reason: string | null;
  readonly after: RowText | null;
  readonly inverse: PlannedWrite | null;
}

export type PlanCounts = Readonly<Record<RowOutcome, number>>;

export function planCounts(outcomes: Iterable<RowOutcome>): PlanCounts {
  const counts = { planned: 0, writing: 0, written: 0, skipped: 0, failed: 0 };
  for (const outcome of outcomes) counts[outcome] += 1;
  return counts;
}

/** SHA-256 of everything in the plan, 64 hex digits. */
export function planId(plan: Omit<SyncPlan, 'id'>): string {
  const { check, undoOf, createdAt, createdBy, expiresAt, rule, rows } = plan;
  const head = [check, undoOf, createdAt, createdBy, expiresAt, rule];
  return sha256(canonical([head, rows]));
}

/** A fingerprint of what the configuration lets a sync write; `rule` holds no secret. */
export function ruleHash(rule: unknown): string {
  return sha256(canonical(rule));
}

/**
 * Why the plan may not be applied; null when it may.
 * @param by who asks
 * @param rule what the configuration allows now
 */
export function refusal(
  { plan, state }: Pick<PlanRecord, 'plan' | 'state'>,
  { by, rule, now }: { readonly by: string; readonly rule: string; readonly now: number },
): { readonly kind: 'foreign' | 'expired' | 'used' | 'stale' | 'altered'; readonly message: string } | null {
  if (planId(plan) !== plan.id) {
    return { kind: 'altered', message: 'The plan was altered after it was shown. Preview again.' };
  }
  if (plan.createdBy !== by) {
    return { kind: 'foreign', message: `The plan is ${plan.createdBy}'s. Preview one of your own.` };
  }
  if (state !== 'planned') {
    const message =
      state === 'applying' ? 'The plan is being applied.' : 'The plan was applied already. Preview again.';
    return { kind: 'used', message };
  }
  if (now >= plan.expiresAt) {
    return { kind: 'expired', message: 'The plan has expired: rows may have changed since. Preview again.' };
  }
  if (plan.rule !== rule) {
    return { kind: 'stale', message: 'What a sync may write was configured anew since. Preview again.' };
  }
  return null;
}

/** JSON with the members of every object in one order: a store may give them back in another. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
