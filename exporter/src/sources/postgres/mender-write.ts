/**
 * Writes planned rows in one transaction, so that nobody meets a deadlock because of it. Only a row that is alone in it is
 * waited for; of several, one that somebody else holds is given back as busy, so that it keeps none of the others. What a
 * statement must wait for (a foreign key, an insert of the same key) it waits for shortly, and with locks in hand only in
 * their first moments: whoever waits for one of them looks for a deadlock after the server's deadlock_timeout of 1 s, and
 * by then it waits for nothing.
 */
import type { PlannedWrite, RowResult, RowText, SideName, Statement } from '../../core/sync-plan.ts';
import type { PlacedWrite, Written } from '../mender.ts';
import type { Cell, Connection } from './connection.ts';
import { codeOf, reasonOf } from './errors.ts';
import type { Mended } from './mender-proposal.ts';
import { journalStatement, readStatement, restoreStatement } from './mender-statements.ts';

const SHORT_WAIT_MS = 250;
/** After that no further row is begun. */
const HOLD_MS = 400;
const LOCK_NOT_AVAILABLE = '55P03';
/** Bad value, refused by a constraint, not allowed, refused by a trigger: this row's own, another one may succeed. */
const OF_THE_ROW = /^(22|23|42|P0)/;

class Busy extends Error {}

interface Grip {
  /** since when the transaction holds a lock: from then on it waits for none; by `performance.now()` */
  since: number | null;
  /** for its first lock */
  readonly waits: boolean;
}

export async function writeRows(
  connection: Connection,
  mended: Mended,
  writes: readonly PlacedWrite[],
): Promise<Written> {
  // a constraint that waits for the commit would fail all rows for one of them
  await connection.run('SET CONSTRAINTS ALL IMMEDIATE');
  const results: RowResult[] = [];
  const busy: PlacedWrite[] = [];
  const grip: Grip = { since: null, waits: writes.length === 1 };
  if (!grip.waits) await waitShortly(connection);
  const ordered = writes.toSorted((a, b) => order(a.write.keyText, b.write.keyText));
  for (const [i, placed] of ordered.entries()) {
    const { since } = grip;
    if (since !== null && performance.now() - since > HOLD_MS) {
      return { results, busy, later: ordered.slice(i) };
    }
    await connection.run('SAVEPOINT lockstep_row');
    try {
      results.push({ nth: placed.nth, ...(await writeRow(connection, mended, placed.write, grip)) });
    } catch (error) {
      await connection.run('ROLLBACK TO SAVEPOINT lockstep_row');
      // the locks of this row are gone, and with them the shorter time-out
      grip.since = since;
      if (error instanceof Busy || codeOf(error) === LOCK_NOT_AVAILABLE) busy.push(placed);
      else if (OF_THE_ROW.test(codeOf(error))) results.push({ nth: placed.nth, ...failed(reasonOf(error)) });
      else throw error;
    }
  }
  return { results, busy, later: [] };
}

function order(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : Number(left > right);
}

type Result = Omit<RowResult, 'nth'>;

const skipped = (reason: string): Result => ({ outcome: 'skipped', reason, after: null, inverse: null });
const failed = (reason: string): Result => ({ outcome: 'failed', reason, after: null, inverse: null });

async function writeRow(
  connection: Connection,
  mended: Mended,
  write: PlannedWrite,
  grip: Grip,
): Promise<Result> {
  const difference = await compared(write, (side, columns) =>
    lock(connection, mended, write, side, columns, grip),
  );
  if (difference !== null) return skipped(difference);
  const [main, ...journal] = write.statements;
  if (!main) throw new Error('a planned write without a statement');
  const [cells, ...more] = await run(connection, main);
  if (!cells || more.length > 0) {
    if (more.length > 0) throw new Error('a planned write met several rows');
    return skipped(
      write.action === 'create'
        ? 'a row with one of its unique values is there by now'
        : `the row of ${write.table} has changed since the plan`,
    );
  }
  for (const statement of journal) await run(connection, statement);
  const columns = Object.keys(write.after ?? {});
  const after = write.after && Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? null]));
  const fingerprint = cells[columns.length] ?? null;
  return { outcome: 'written', reason: null, after, inverse: inverseOf(mended, write, after, fingerprint) };
}

/** A delete returns no column, only how many rows went. */
async function run(connection: Connection, { text, values }: Statement): Promise<Cell[][]> {
  return connection.changed(text, values);
}

/** Why the rows are not as the write expects them; null when they are. Left before right, everywhere. */
async function compared(
  write: PlannedWrite,
  read: (side: SideName, columns: readonly string[]) => Promise<readonly RowText[]>,
): Promise<string | null> {
  const found = { left: [] as readonly RowText[], right: [] as readonly RowText[] };
  for (const side of ['left', 'right'] as const) {
    const expected = side === write.side ? write.before : write.other;
    found[side] = await read(side, Object.keys(expected ?? {}));
  }
  const own = found[write.side];
  const partner = found[write.side === 'left' ? 'right' : 'left'];
  if (write.before === null && own.length > 0) return `${write.table} has a row by now`;
  const ownDifference = write.before === null ? null : differenceOf(write.before, own);
  const difference = ownDifference ?? (write.other === null ? null : differenceOf(write.other, partner));
  if (difference === null) return null;
  const where = ownDifference === null ? 'the other side' : write.table;
  return `${where}: ${difference} since the plan`;
}

function differenceOf(expected: RowText, rows: readonly RowText[]): string | null {
  const [row] = rows;
  if (!row) return 'the row has gone';
  if (rows.length > 1) return 'the key is there more than once';
  const changed = Object.keys(expected).filter((column) => expected[column] !== row[column]);
  return changed.length === 0 ? null : `${changed.join(', ')} changed`;
}

async function lock(
  connection: Connection,
  mended: Mended,
  write: PlannedWrite,
  side: SideName,
  columns: readonly string[],
  grip: Grip,
): Promise<readonly RowText[]> {
  const mode = write.action === 'delete' && side === write.side ? 'FOR UPDATE' : 'FOR NO KEY UPDATE';
  const read = async (locking: typeof mode | ''): Promise<RowText[]> =>
    readRows(
      connection,
      readStatement(mended[side], columns, write.keyText, locking, !grip.waits || grip.since !== null),
      columns,
    );
  const rows = await read(mode);
  if (rows.length > 0 && grip.since === null) {
    grip.since = performance.now();
    if (grip.waits) await waitShortly(connection);
  }
  if (rows.length === 0 && (await read('')).length > 0) throw new Busy();
  return rows;
}

async function waitShortly(connection: Connection): Promise<void> {
  await connection.run(`SET LOCAL lock_timeout = ${String(SHORT_WAIT_MS)}`);
}

/** As `writeRow` would find it now, without a lock. */
export function differencesOf(
  connection: Connection,
  mended: Mended,
  write: PlannedWrite,
): Promise<string | null> {
  return compared(write, (side, columns) =>
    readRows(connection, readStatement(mended[side], columns, write.keyText, '', false), columns),
  );
}

async function readRows(
  connection: Connection,
  { text, values }: Statement,
  columns: readonly string[],
): Promise<RowText[]> {
  const rows = await connection.rows<Cell[]>(text, values);
  return rows.map((cells) => Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? null])));
}

/** What takes a write back: it expects what was written, whatever the other side holds by then. */
function inverseOf(
  mended: Mended,
  write: PlannedWrite,
  after: RowText | null,
  fingerprint: string | null,
): PlannedWrite {
  const { keyText, side, table } = write;
  const [target, source] = side === 'left' ? [mended.left, mended.right] : [mended.right, mended.left];
  const guards = { keyText, before: after, other: null, after: write.before };
  const main = restoreStatement(target, guards, fingerprint);
  const { journal } = target.written;
  const action = after === null ? 'create' : write.before === null ? 'delete' : 'update';
  const statements =
    journal && action !== 'delete' ? [main, journalStatement(target, source, journal, guards)] : [main];
  return {
    action,
    side,
    table,
    ...guards,
    fingerprint: action === 'delete' ? fingerprint : null,
    statements,
  };
}
