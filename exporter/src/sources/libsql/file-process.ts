/**
 * The process that reads a database file for Lockstep. A process of its own, because the driver is synchronous: only a
 * process can be stopped in the middle of a statement, and when the driver aborts, as it does on text that is no UTF-8,
 * a run fails and not the server.
 */
import Database from 'libsql';
import type { Cell, Parameter } from './connection.ts';

export interface Asked {
  readonly id: number;
  /** absent: the next rows of the statement with this id */
  readonly sql?: string;
  readonly parameters?: readonly Parameter[];
  /** only the names of its columns are asked for */
  readonly columns?: boolean;
}

export interface Answered {
  readonly id: number;
  readonly rows?: readonly (readonly Cell[])[];
  readonly isLast?: boolean;
  readonly columns?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

const MOST_ROWS = 1_000;
const MOST_BYTES = 256 * 1024;

const [url = '', busyTimeoutMs = '0'] = process.argv.slice(2);
const running = new Map<number, Iterator<readonly Cell[]>>();
let database: Database.Database | null = null;

function open(): Database.Database {
  const opened = new Database(url);
  // exec would refuse a pragma that answers
  for (const pragma of [`busy_timeout = ${busyTimeoutMs}`, 'query_only = ON', 'temp_store = FILE']) {
    opened.prepare(`PRAGMA ${pragma}`).all([]);
  }
  return opened;
}

function answer({ id, sql, parameters = [], columns = false }: Asked): Answered {
  try {
    database ??= open();
    if (columns) return { id, columns: database.prepare(sql ?? '').columns().map(({ name }) => name) }; // prettier-ignore
    const rows = sql === undefined ? running.get(id) : start(database, sql, parameters);
    if (!rows) return { id, rows: [], isLast: true };
    const { batch, isLast } = take(rows);
    if (isLast) running.delete(id);
    else running.set(id, rows);
    return { id, rows: batch, isLast };
  } catch (error) {
    running.delete(id);
    return { id, error: described(error) };
  }
}

function start(
  opened: Database.Database,
  sql: string,
  parameters: readonly Parameter[],
): Iterator<readonly Cell[]> {
  const statement = opened.prepare(sql).safeIntegers(true);
  // BEGIN and ROLLBACK have no rows to iterate
  if (!statement.reader) {
    statement.run(...parameters);
    return [][Symbol.iterator]();
  }
  const rows = statement.raw(true).iterate([...parameters]) as Iterator<readonly Cell[]>;
  return sql.startsWith('EXPLAIN') ? atOnce(rows, statement) : rows;
}

/** The driver does not end an EXPLAIN at its last row, and as long as it runs the old snapshot stays; get() ends it. */
function atOnce(rows: Iterator<readonly Cell[]>, statement: Database.Statement): Iterator<readonly Cell[]> {
  const all: (readonly Cell[])[] = [];
  for (let next = rows.next(); !next.done; next = rows.next()) all.push(next.value);
  statement.get();
  return all[Symbol.iterator]();
}

function take(rows: Iterator<readonly Cell[]>): { batch: (readonly Cell[])[]; isLast: boolean } {
  const batch: (readonly Cell[])[] = [];
  for (let bytes = 0; batch.length < MOST_ROWS && bytes < MOST_BYTES;) {
    const next = rows.next();
    if (next.done) return { batch, isLast: true };
    batch.push(next.value);
    for (const cell of next.value)
      bytes += cell instanceof Uint8Array || typeof cell === 'string' ? cell.length : 8;
  }
  return { batch, isLast: false };
}

function described(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  // libsql has no code for a file that it cannot open, only `ConnectionFailed("Unable to open connection … 14")`
  if (message.includes('Unable to open connection')) {
    return { code: 'SQLITE_CANTOPEN', message: 'the file cannot be opened' };
  }
  return { code, message };
}

// Ctrl-C reaches the whole group of a terminal; who started this process ends it, or is gone
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', (asked: Asked) => {
  process.send?.(answer(asked));
});
