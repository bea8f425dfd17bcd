/** Baselines: made from what is remembered at one moment, compared with later, one of them current per check. */
import { randomUUID } from 'node:crypto';
import type { Selectable, Transaction } from 'kysely';
import type { Baseline } from '../core/baseline.ts';
import { lockCheck } from './check-lock.ts';
import { inChunks, ROWS_PER_STATEMENT } from './chunks.ts';
import { readRemembered, readRun, REMEMBERED_COLUMNS } from './rows.ts';
import { storable } from './sort-key.ts';
import type { BaselineToMake, FollowedRow } from './store.ts';
import type { Backend, BaselineRow, Tables } from './tables.ts';

type Trx = Transaction<Tables>;

/** Of the newest run that could look; null when there is none. Run and rows are of one moment: no run is saved meanwhile. */
export async function makeBaseline(backend: Backend, made: BaselineToMake): Promise<Baseline | null> {
  return backend.write.transaction().execute(async (trx) => {
    await lockCheck(backend, trx, made.check);
    const last = await trx
      .selectFrom('run')
      .selectAll()
      .where('check_name', '=', made.check)
      .where('outcome', '!=', 'error')
      .orderBy('finished_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    const run = last && readRun(last);
    if (!run?.result) return null;
    const { checked, consistent, inconsistent, counts, capped } = run.result;
    const row: BaselineRow = {
      id: randomUUID(),
      check_name: made.check,
      name: storable(made.name),
      note: made.note === null ? null : storable(made.note),
      created_at: made.at,
      created_by: storable(made.by),
      is_current: 0,
      run_id: run.id,
      run_at: run.finishedAt,
      ...{ checked, consistent, inconsistent },
      counts: JSON.stringify(counts),
      capped: Number(capped),
    };
    await trx.insertInto('baseline').values(row).execute();
    await keepRows(trx, row);
    await makeCurrent(trx, row);
    return readBaseline({ ...row, is_current: 1 });
  });
}

async function keepRows(trx: Trx, { id, check_name: check }: BaselineRow): Promise<void> {
  const rows = await trx
    .selectFrom('violation')
    .select(REMEMBERED_COLUMNS)
    .where('check_name', '=', check)
    .where('state', '!=', 'resolved')
    .execute();
  await inChunks(rows, ROWS_PER_STATEMENT, async (chunk) => {
    await trx
      .insertInto('baseline_violation')
      .values(
        chunk.map(({ id: violation_id, kind, key_json, left_json, right_json }) => ({
          ...{ baseline_id: id, violation_id, kind, key_json, left_json, right_json },
        })),
      )
      .execute();
  });
}

async function makeCurrent(
  trx: Trx,
  { id, check_name: check }: Pick<BaselineRow, 'id' | 'check_name'>,
): Promise<void> {
  await trx.updateTable('baseline').set({ is_current: 0 }).where('check_name', '=', check).execute();
  await trx.updateTable('baseline').set({ is_current: 1 }).where('id', '=', id).execute();
}

/** Newest first. */
export async function baselines(backend: Backend, check: string | null): Promise<Baseline[]> {
  let select = backend.read.selectFrom('baseline').selectAll();
  if (check !== null) select = select.where('check_name', '=', check);
  return (await select.orderBy('created_at', 'desc').orderBy('id').execute()).map(readBaseline);
}

/** null when there is no such baseline. */
export async function chooseBaseline(backend: Backend, id: string): Promise<Baseline | null> {
  return backend.write.transaction().execute(async (trx) => {
    const row = await trx.selectFrom('baseline').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) return null;
    await lockCheck(backend, trx, row.check_name);
    await makeCurrent(trx, row);
    return readBaseline({ ...row, is_current: 1 });
  });
}

/** Whether there was one. The check has no current baseline when that one goes. */
export async function removeBaseline(backend: Backend, id: string): Promise<boolean> {
  return backend.write.transaction().execute(async (trx) => {
    await trx.deleteFrom('baseline_violation').where('baseline_id', '=', id).execute();
    const { numDeletedRows } = await trx.deleteFrom('baseline').where('id', '=', id).executeTakeFirst();
    return numDeletedRows > 0n;
  });
}

export async function baselineRows(backend: Backend, id: string): Promise<FollowedRow[]> {
  const rows = await backend.read
    .selectFrom('baseline_violation')
    .selectAll()
    .where('baseline_id', '=', id)
    .orderBy('violation_id')
    .execute();
  return rows.map(({ violation_id, ...row }) => {
    const {
      id: violation,
      kind,
      key,
      left,
      right,
    } = readRemembered({ ...row, id: violation_id, state: 'open' });
    return { id: violation, kind, key, left, right };
  });
}

function readBaseline(row: Selectable<BaselineRow>): Baseline {
  return {
    id: row.id,
    check: row.check_name,
    name: row.name,
    note: row.note,
    createdAt: row.created_at,
    createdBy: row.created_by,
    current: row.is_current === 1,
    runId: row.run_id,
    runAt: row.run_at,
    checked: row.checked,
    consistent: row.consistent,
    inconsistent: row.inconsistent,
    counts: JSON.parse(row.counts) as Record<string, number>,
    capped: row.capped === 1,
  };
}
