/** Sync plans and what became of them. A write is remembered before it is committed, so that none is without a record. */
import type { Selectable, Transaction } from 'kysely';
import {
  planCounts,
  type PlannedWrite,
  type PlanRecord,
  type PlanRowRecord,
  type PlanState,
  type RowOutcome,
  type RowResult,
  type RowText,
  type SyncPlan,
} from '../core/sync-plan.ts';
import type { Value } from '../core/value.ts';
import { insertAudit } from './audit-trail.ts';
import { inChunks, ROWS_PER_STATEMENT } from './chunks.ts';
import { storable } from './sort-key.ts';
import type { PlanSummary, SyncBatch, UnfinishedPlan } from './store.ts';
import type { Backend, SyncPlanRow, SyncRowRow, Tables } from './tables.ts';

type Trx = Transaction<Tables>;

const PLANS_PER_TRANSACTION = 20;

export async function savePlan(backend: Backend, plan: SyncPlan): Promise<void> {
  await backend.write.transaction().execute(async (trx) => {
    await trx
      .insertInto('sync_plan')
      .values({
        ...{ id: plan.id, check_name: plan.check, undo_of: plan.undoOf, created_at: plan.createdAt },
        ...{ created_by: storable(plan.createdBy), expires_at: plan.expiresAt, rule: plan.rule },
        ...{ state: 'planned', applied_at: null, applied_by: null, reason: null },
      })
      .execute();
    const rows = plan.rows.map((row, nth): SyncRowRow => ({
      ...{ plan_id: plan.id, nth, violation_id: row.violationId, kind: row.kind },
      ...{ key_json: JSON.stringify(row.key), write_json: row.write && JSON.stringify(row.write) },
      ...{ outcome: row.write ? 'planned' : 'skipped', reason: row.skipped, skipped: row.skipped },
      ...{ after_json: null, inverse_json: null, batch_id: null },
    }));
    await inChunks(rows, ROWS_PER_STATEMENT, async (chunk) => {
      await trx.insertInto('sync_row').values([...chunk]).execute(); // prettier-ignore
    });
  });
}

/** Newest first. */
export async function planSummaries(backend: Backend, check: string, limit: number): Promise<PlanSummary[]> {
  const plans = await backend.read
    .selectFrom('sync_plan')
    .selectAll()
    .where('check_name', '=', check)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  if (plans.length === 0) return [];
  const counted = await backend.read
    .selectFrom('sync_row')
    .select(({ fn }) => ['plan_id', 'outcome', fn.countAll<number>().as('rows')])
    .where(
      'plan_id',
      'in',
      plans.map(({ id }) => id),
    ) // prettier-ignore
    .groupBy(['plan_id', 'outcome'])
    .execute();
  return plans.map((row) => {
    const counts = { ...planCounts([]) };
    for (const { plan_id: plan, outcome, rows } of counted) if (plan === row.id) counts[outcome] = rows;
    return { ...readHead(row), counts };
  });
}

/** null when there is no such plan. */
export async function planRecord(backend: Backend, id: string): Promise<PlanRecord | null> {
  const head = await backend.read.selectFrom('sync_plan').selectAll().where('id', '=', id).executeTakeFirst();
  if (!head) return null;
  const rows = await backend.read
    .selectFrom('sync_row')
    .selectAll()
    .where('plan_id', '=', id)
    .orderBy('nth')
    .execute();
  const { plan, ...fate } = readHead(head);
  const planned = rows.map((row) => ({
    violationId: row.violation_id,
    key: JSON.parse(row.key_json) as Value[],
    kind: row.kind,
    write: parsed(row.write_json) as PlannedWrite | null,
    skipped: row.skipped,
  }));
  return { plan: { ...plan, rows: planned }, ...fate, results: rows.map(readResult) };
}

/** Whether the plan was still to be applied; from now on nobody else can. */
export async function claimPlan(
  backend: Backend,
  id: string,
  { by, reason, at }: { readonly by: string; readonly reason: string; readonly at: number },
): Promise<boolean> {
  return backend.write.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('sync_plan')
      .set({ state: 'applying', applied_at: at, applied_by: storable(by), reason: storable(reason) })
      .where('id', '=', id)
      .where('state', '=', 'planned')
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  });
}

/** What is about to be committed. */
export async function saveBatch(
  backend: Backend,
  batch: SyncBatch,
  results: readonly RowResult[],
): Promise<void> {
  await backend.write.transaction().execute(async (trx) => {
    const { id, plan: plan_id, transaction: txid, at: written_at } = batch;
    await trx.insertInto('sync_batch').values({ id, plan_id, txid, written_at, state: 'pending' }).execute();
    for (const result of results.filter(({ outcome }) => outcome === 'written')) {
      await saveResult(trx, plan_id, result, 'writing', id);
    }
  });
}

/** The transaction of a batch is over. Its writes are in the audit trail from now on, or were none. */
export async function settleBatch(backend: Backend, batch: SyncBatch, committed: boolean): Promise<void> {
  await backend.write.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('sync_batch')
      .set({ state: committed ? 'committed' : 'aborted' })
      .where('id', '=', batch.id)
      .where('state', '=', 'pending')
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    const rows = await trx
      .selectFrom('sync_row')
      .selectAll()
      .where('plan_id', '=', batch.plan)
      .where('batch_id', '=', batch.id)
      .orderBy('nth')
      .execute();
    await trx
      .updateTable('sync_row')
      .set(
        committed
          ? { outcome: 'written' }
          : { outcome: 'planned', after_json: null, inverse_json: null, batch_id: null },
      )
      .where('plan_id', '=', batch.plan)
      .where('batch_id', '=', batch.id)
      .execute();
    if (committed) await auditWrites(trx, batch, rows);
  });
}

async function auditWrites(
  trx: Trx,
  batch: SyncBatch,
  rows: readonly Selectable<SyncRowRow>[],
): Promise<void> {
  const plan = await trx
    .selectFrom('sync_plan')
    .selectAll()
    .where('id', '=', batch.plan)
    .executeTakeFirstOrThrow();
  await insertAudit(trx, {
    at: batch.at,
    actor: plan.applied_by ?? plan.created_by,
    action: plan.undo_of === null ? 'sync.write' : 'sync.undo',
    subject: plan.check_name,
    details: {
      ...{ plan: plan.id, reason: plan.reason, transaction: batch.transaction },
      rows: rows.map((row) => {
        const { action, side, table, before } = JSON.parse(row.write_json ?? '{}') as PlannedWrite;
        const inverse = (parsed(row.inverse_json) as PlannedWrite | null)?.statements[0] ?? null;
        const key = JSON.parse(row.key_json) as Value[];
        return {
          ...{ key, action, side, table, before },
          after: parsed(row.after_json) as RowText | null,
          inverse,
        };
      }),
    },
  });
}

/** Rows that were skipped or have failed. */
export async function settleRows(
  backend: Backend,
  plan: string,
  results: readonly RowResult[],
): Promise<void> {
  if (results.length === 0) return;
  await backend.write.transaction().execute(async (trx) => {
    for (const result of results) await saveResult(trx, plan, result, result.outcome, null);
  });
}

async function saveResult(
  trx: Trx,
  plan: string,
  { nth, reason, after, inverse }: RowResult,
  outcome: RowOutcome,
  batch: string | null,
): Promise<void> {
  await trx
    .updateTable('sync_row')
    .set({
      ...{ outcome, reason: reason === null ? null : storable(reason), batch_id: batch },
      ...{ after_json: after && JSON.stringify(after), inverse_json: inverse && JSON.stringify(inverse) },
    })
    .where('plan_id', '=', plan)
    .where('nth', '=', nth)
    .execute();
}

export async function finishPlan(backend: Backend, id: string, state: PlanState): Promise<void> {
  await backend.write.transaction().execute(async (trx) => {
    await trx.updateTable('sync_plan').set({ state }).where('id', '=', id).execute();
  });
}

/** Plans that somebody began to apply, with the batches of which nobody has seen the end. */
export async function unfinishedPlans(backend: Backend): Promise<UnfinishedPlan[]> {
  const plans = await backend.read
    .selectFrom('sync_plan')
    .select(['id', 'check_name'])
    .where('state', '=', 'applying')
    .execute();
  const pending = await backend.read
    .selectFrom('sync_batch')
    .selectAll()
    .where('state', '=', 'pending')
    .execute();
  return plans.map(({ id, check_name: check }) => ({
    plan: id,
    check,
    batches: pending
      .filter(({ plan_id: plan }) => plan === id)
      .map((row) => ({ id: row.id, plan: row.plan_id, transaction: row.txid, at: row.written_at })),
  }));
}

/** Plans that nobody can apply any more, and those that were applied too long ago to be asked about. */
export async function forgetPlans(
  trx: Trx,
  { expiredBefore, madeBefore }: { readonly expiredBefore: number; readonly madeBefore: number },
): Promise<number> {
  const plans = await trx
    .selectFrom('sync_plan')
    .select('id')
    .where((eb) =>
      eb.or([
        eb.and([eb('state', '=', 'planned'), eb('expires_at', '<', expiredBefore)]),
        eb.and([eb('state', '!=', 'applying'), eb('created_at', '<', madeBefore)]),
      ]),
    )
    .limit(PLANS_PER_TRANSACTION)
    .execute();
  if (plans.length === 0) return 0;
  const ids = plans.map(({ id }) => id);
  await trx.deleteFrom('sync_row').where('plan_id', 'in', ids).execute();
  await trx.deleteFrom('sync_batch').where('plan_id', 'in', ids).execute();
  await trx.deleteFrom('sync_plan').where('id', 'in', ids).execute();
  return ids.length;
}

function readHead(row: Selectable<SyncPlanRow>): Omit<PlanSummary, 'counts'> {
  return {
    plan: {
      ...{ id: row.id, check: row.check_name, undoOf: row.undo_of, createdAt: row.created_at },
      ...{ createdBy: row.created_by, expiresAt: row.expires_at, rule: row.rule },
    },
    ...{ state: row.state, appliedAt: row.applied_at, appliedBy: row.applied_by, reason: row.reason },
  };
}

function readResult(row: Selectable<SyncRowRow>): PlanRowRecord {
  return {
    outcome: row.outcome,
    reason: row.reason,
    after: parsed(row.after_json) as RowText | null,
    inverse: parsed(row.inverse_json) as PlannedWrite | null,
  };
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}
