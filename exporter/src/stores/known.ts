/** Marks of known violations: put on, taken off, run out, and those of the configuration. */
import type { Transaction } from 'kysely';
import { accepts, type KnownMark, type ViolationEvent } from '../core/violation.ts';
import { lockCheck } from './check-lock.ts';
import { IDS_PER_STATEMENT, inChunks, ROWS_PER_STATEMENT } from './chunks.ts';
import { eventRow, markColumns, NOT_KNOWN, readRemembered, readViolation } from './rows.ts';
import { CONFIGURATION, type ConfigMark, type Marked, type MarkTerms } from './store.ts';
import type { Backend, Tables, ViolationRow } from './tables.ts';
import { insertEvents } from './violation-events.ts';

type Trx = Transaction<Tables>;

const OF_CONFIGURATION = 'the mark comes from the configuration file; change it there';

export function markKnown(
  backend: Backend,
  ids: readonly string[],
  mark: KnownMark,
  { refusal, asOf }: MarkTerms,
): Promise<Marked> {
  const refused = (row: ViolationRow) => refusalToMark(row) ?? refusal?.(readViolation(row)) ?? null;
  const work = (trx: Trx, rows: readonly ViolationRow[]): Promise<void> => put(trx, rows, mark);
  const unseen = (trx: Trx): Promise<ReadonlySet<string>> => changedAfter(trx, ids, asOf ?? Infinity);
  return change(backend, ids, refused, work, unseen);
}

function refusalToMark({ state, known_from: from }: ViolationRow): string | null {
  if (state === 'resolved') return 'it is resolved';
  return from === 'config' ? OF_CONFIGURATION : null;
}

export function unmark(backend: Backend, ids: readonly string[], by: string, at: number): Promise<Marked> {
  return change(backend, ids, refusalToUnmark, async (trx, rows) => {
    await takeOff(trx, rows, 'unmarked', by, at);
  });
}

function refusalToUnmark({ state, known_from: from }: ViolationRow): string | null {
  if (state !== 'known') return 'it is not known';
  return from === 'config' ? OF_CONFIGURATION : null;
}

export async function expireMarks(backend: Backend, check: string, now: number): Promise<number> {
  const expired = (trx: Pick<Trx, 'selectFrom'>) =>
    trx
      .selectFrom('violation')
      .selectAll()
      .where('check_name', '=', check)
      .where('state', '=', 'known')
      .where('known_expires_at', '<=', now)
      .execute();
  // hardly ever is there one, and writing takes turns
  if ((await expired(backend.read)).length === 0) return 0;
  return backend.write.transaction().execute(async (trx) => {
    await lockCheck(backend, trx, check);
    const rows = await expired(trx);
    await takeOff(trx, rows, 'expired', null, now);
    return rows.length;
  });
}

/** Makes the marks of the configuration those of `marks`: new ones, changed ones, and none that has left it. */
export async function applyConfigMarks(
  trx: Trx,
  check: string,
  marks: readonly ConfigMark[],
  at: number,
): Promise<void> {
  const before = await trx
    .selectFrom('violation')
    .selectAll()
    .where('check_name', '=', check)
    .where('known_from', '=', 'config')
    .execute();
  const wanted = new Map(marks.map((mark) => [mark.id, mark]));
  const gone = before.filter((row) => {
    const mark = wanted.get(row.id);
    return !accepts(mark, readRemembered(row));
  });
  await takeOff(trx, gone, 'unmarked', CONFIGURATION, at);
  await inChunks([...wanted.keys()], IDS_PER_STATEMENT, async (ids) => {
    const open = await trx
      .selectFrom('violation')
      .selectAll()
      .where('id', 'in', ids)
      .where('state', '=', 'open')
      .execute();
    for (const row of open) {
      const found = wanted.get(row.id);
      if (found && accepts(found, readRemembered(row))) await put(trx, [row], found.mark);
    }
  });
  for (const row of before.filter((one) => !gone.includes(one))) {
    const { mark } = wanted.get(row.id) as ConfigMark;
    const columns = markColumns({ ...mark, at: row.known_at ?? mark.at });
    await trx.updateTable('violation').set(columns).where('id', '=', row.id).execute();
  }
}

/** An admin's mark was for the values that were there: what accepts others is the configuration, which marks them next. */
export async function endAdminsMarks(trx: Trx, ids: readonly string[], at: number): Promise<void> {
  await inChunks(ids, IDS_PER_STATEMENT, async (chunk) => {
    const rows = await trx
      .selectFrom('violation')
      .selectAll()
      .where('id', 'in', chunk)
      .where('known_from', '=', 'api')
      .execute();
    await takeOff(trx, rows, 'unmarked', CONFIGURATION, at);
  });
}

async function change(
  backend: Backend,
  ids: readonly string[],
  refusal: (row: ViolationRow) => string | null,
  work: (trx: Trx, rows: readonly ViolationRow[]) => Promise<void>,
  unseen: (trx: Trx) => Promise<ReadonlySet<string>> = () => Promise.resolve(new Set()),
): Promise<Marked> {
  const wanted = [...new Set(ids)];
  return backend.write.transaction().execute(async (trx) => {
    const checks = new Set((await rowsOf(trx, wanted)).map((row) => row.check_name));
    // in one order everywhere, so that two of these cannot wait for each other
    for (const check of [...checks].sort()) await lockCheck(backend, trx, check);
    const rows = new Map((await rowsOf(trx, wanted)).map((row) => [row.id, row]));
    const others = await unseen(trx);
    const why = (id: string): string | null => {
      const row = rows.get(id);
      if (!row) return 'there is no such violation';
      return refusal(row) ?? (others.has(id) ? 'it has changed since' : null);
    };
    const judged = wanted.map((id) => ({ id, reason: why(id) }));
    const done = judged.flatMap(({ id, reason }) => (reason === null ? (rows.get(id) ?? []) : []));
    await work(trx, done);
    return {
      done: done.map(({ id, check_name: check }) => ({ id, check })),
      skipped: judged.flatMap(({ id, reason }) => (reason === null ? [] : [{ id, reason }])),
    };
  });
}

/** By the runs that saw it: their clock is that of the times that a list shows. */
async function changedAfter(trx: Trx, ids: readonly string[], at: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (at === Infinity) return found;
  await inChunks(ids, IDS_PER_STATEMENT, async (chunk) => {
    const rows = await trx
      .selectFrom('violation_event')
      .select('violation_id')
      .distinct()
      .where('violation_id', 'in', chunk)
      .where('at', '>', at)
      .where('event', 'in', ['opened', 'changed', 'reopened'])
      .execute();
    for (const row of rows) found.add(row.violation_id);
  });
  return found;
}

async function rowsOf(trx: Trx, ids: readonly string[]): Promise<ViolationRow[]> {
  const found: ViolationRow[] = [];
  await inChunks(ids, IDS_PER_STATEMENT, async (chunk) => {
    found.push(...(await trx.selectFrom('violation').selectAll().where('id', 'in', chunk).execute()));
  });
  return found;
}

async function put(trx: Trx, rows: readonly ViolationRow[], mark: KnownMark): Promise<void> {
  await inChunks(rows, IDS_PER_STATEMENT, async (chunk) => {
    await trx
      .updateTable('violation')
      .set({ state: 'known', ...markColumns(mark) })
      .where(
        'id',
        'in',
        chunk.map(({ id }) => id),
      ) // prettier-ignore
      .execute();
  });
  await record(trx, rows, 'marked', mark.at, mark);
}

async function takeOff(
  trx: Trx,
  rows: readonly ViolationRow[],
  event: 'unmarked' | 'expired',
  by: string | null,
  at: number,
): Promise<void> {
  await inChunks(rows, IDS_PER_STATEMENT, async (chunk) => {
    await trx
      .updateTable('violation')
      .set((eb) => ({
        state: 'open',
        ...NOT_KNOWN,
        reopened_at: at,
        times_reopened: eb('times_reopened', '+', 1),
      }))
      .where(
        'id',
        'in',
        chunk.map(({ id }) => id),
      ) // prettier-ignore
      .where('state', '=', 'known')
      .execute();
  });
  await record(trx, rows, event, at, { by });
}

async function record(
  trx: Trx,
  rows: readonly ViolationRow[],
  event: ViolationEvent['event'],
  at: number,
  told: { readonly by: string | null; readonly reason?: string },
): Promise<void> {
  await inChunks(rows, ROWS_PER_STATEMENT, async (chunk) => {
    await insertEvents(trx, chunk.map((row) => eventRow(event, readRemembered(row), '', at, told))); // prettier-ignore
  });
}
