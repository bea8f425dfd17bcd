import type { Backend } from './tables.ts';

/** That is as far as anybody looks back. */
const PLANS = 50;

/** Violation → when a plan was last applied in vain for it, of the newest plans that were applied. */
export async function refusedRows(backend: Backend, check: string): Promise<ReadonlyMap<string, number>> {
  const plans = await backend.read
    .selectFrom('sync_plan')
    .select(['id', 'applied_at'])
    .where('check_name', '=', check)
    .where('applied_at', 'is not', null)
    .where('undo_of', 'is', null)
    .orderBy('created_at', 'desc')
    .limit(PLANS)
    .execute();
  const refused = new Map<string, number>();
  for (const { id, applied_at: at } of plans) {
    const rows = await backend.read
      .selectFrom('sync_row')
      .select('violation_id')
      .where('plan_id', '=', id)
      .where('outcome', 'in', ['skipped', 'failed'])
      .execute();
    for (const { violation_id: violation } of rows)
      refused.set(violation, Math.max(at ?? 0, refused.get(violation) ?? 0));
  }
  return refused;
}
