import type { Transaction } from 'kysely';
import type { Run } from '../core/run.ts';
import type { Observed, Reconciliation } from '../core/violation.ts';
import { lockCheck } from './check-lock.ts';
import { IDS_PER_STATEMENT, inChunks, ROWS_PER_STATEMENT } from './chunks.ts';
import { applyConfigMarks, endAdminsMarks } from './known.ts';
import { eventRow, jobRow, NOT_KNOWN, runRow, violationRow } from './rows.ts';
import type { JobState, RunToSave } from './store.ts';
import type { Backend, Tables } from './tables.ts';
import { insertEvents } from './violation-events.ts';

type Trx = Transaction<Tables>;

/** Whole or not at all. Saving the same run again changes nothing, so a caller that heard no answer may repeat it. */
export async function saveRun(
  backend: Backend,
  { run, changes, configMarks, job }: RunToSave,
): Promise<void> {
  if (run.outcome === 'error' && changes !== null) {
    throw new TypeError(`run ${run.id} could not look, so it must not open or resolve violations`);
  }
  await backend.write.transaction().execute(async (trx) => {
    await lockCheck(backend, trx, run.check);
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('run')
      .values(runRow(run))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) return;
    if (changes) {
      await saveChanges(trx, run, changes);
      await applyConfigMarks(trx, run.check, configMarks, run.finishedAt);
    }
    await upsertJob(trx, job);
  });
}

export async function upsertJob(trx: Trx, job: JobState): Promise<void> {
  const { job: name, ...state } = jobRow(job);
  await trx
    .insertInto('job')
    .values({ job: name, ...state })
    .onConflict((conflict) => conflict.column('job').doUpdateSet(state))
    .execute();
}

async function saveChanges(trx: Trx, run: Run, changes: Reconciliation): Promise<void> {
  const at = run.finishedAt;
  const unchanged = new Set(changes.unchanged);
  const seen = new Map<
    string,
    { readonly event: 'opened' | 'reopened' | 'changed'; readonly row: Observed }
  >();
  for (const event of ['opened', 'reopened', 'changed'] as const) {
    // Several rows may share one key (NULLs, duplicates) and with it one id; one statement may touch a row only once.
    for (const row of changes[event]) {
      if (!seen.has(row.id) && !unchanged.has(row.id)) seen.set(row.id, { event, row });
    }
  }
  await inChunks([...seen.values()], ROWS_PER_STATEMENT, async (chunk) => {
    await upsertSeen(trx, run.check, chunk.map(({ row }) => row), at); // prettier-ignore
    await insertEvents(trx, chunk.map(({ event, row }) => eventRow(event, row, run.id, at))); // prettier-ignore
  });
  const accepted = changes.accepted.filter(({ id }) => !seen.has(id) && !unchanged.has(id));
  for (const row of [...changes.remeasured, ...accepted]) {
    const { kind, left_json, right_json, sort_left, sort_right } = violationRow(run.check, row, at);
    await trx
      .updateTable('violation')
      .set((eb) => ({
        ...{ kind, left_json, right_json, sort_left, sort_right, last_seen_at: at },
        times_seen: eb('times_seen', '+', 1),
      }))
      .where('id', '=', row.id)
      .execute();
  }
  await inChunks(accepted, ROWS_PER_STATEMENT, async (chunk) => {
    await insertEvents(trx, chunk.map((row) => eventRow('changed', row, run.id, at))); // prettier-ignore
  });
  await endAdminsMarks(trx, accepted.map(({ id }) => id), at); // prettier-ignore
  await inChunks([...unchanged], IDS_PER_STATEMENT, async (ids) => {
    await trx
      .updateTable('violation')
      .set((eb) => ({ last_seen_at: at, times_seen: eb('times_seen', '+', 1) }))
      .where('id', 'in', ids)
      .execute();
  });
  await inChunks(changes.resolved, IDS_PER_STATEMENT, async (chunk) => {
    await trx
      .updateTable('violation')
      .set({ state: 'resolved', resolved_at: at, ...NOT_KNOWN })
      .where(
        'id',
        'in',
        chunk.map(({ id }) => id),
      ) // prettier-ignore
      .where('state', '!=', 'resolved')
      .execute();
    await insertEvents(trx, chunk.map((row) => eventRow('resolved', row, run.id, at))); // prettier-ignore
  });
}

/** What the store holds decides between new, changed and reopened, so a violation keeps its past whatever is asked. */
async function upsertSeen(trx: Trx, check: string, rows: readonly Observed[], at: number): Promise<void> {
  await trx
    .insertInto('violation')
    .values(rows.map((row) => violationRow(check, row, at)))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        kind: eb.ref('excluded.kind'),
        state: 'open',
        ...NOT_KNOWN,
        left_json: eb.ref('excluded.left_json'),
        right_json: eb.ref('excluded.right_json'),
        sort_left: eb.ref('excluded.sort_left'),
        sort_right: eb.ref('excluded.sort_right'),
        last_seen_at: eb.ref('excluded.last_seen_at'),
        resolved_at: null,
        reopened_at: eb
          .case()
          .when('violation.state', '!=', 'open')
          .then(eb.ref('excluded.last_seen_at'))
          .else(eb.ref('violation.reopened_at'))
          .end(),
        times_seen: eb('violation.times_seen', '+', 1),
        times_reopened: eb(
          'violation.times_reopened',
          '+',
          eb.case().when('violation.state', '!=', 'open').then(eb.lit(1)).else(eb.lit(0)).end(),
        ),
      })),
    )
    .execute();
}
