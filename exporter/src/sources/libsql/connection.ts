/** What the reader asks of a libSQL database, whether a file or a server answers. */
import { isUtf8 } from 'node:buffer';
import { SourceError } from '../../core/errors.ts';
import type { Value } from '../../core/value.ts';

/** As it comes from the driver: integers exact, text as its bytes (see `shownSql`) or, where it is ours, as text. */
export type Cell = null | number | bigint | string | Uint8Array;
export type Parameter = null | number | bigint | string | Uint8Array;

export interface Connection {
  readonly source: string;
  /** true: all statements see one state, and each may return any number of rows */
  readonly snapshot: boolean;
  /** The rows of one statement, some at a time. */
  batches(sql: string, parameters?: readonly Parameter[]): AsyncIterable<readonly (readonly Cell[])[]>;
  /** The names of the columns that a statement gives, without running it. */
  columns(sql: string): Promise<readonly string[]>;
}

export async function rowsOf(
  connection: Connection,
  sql: string,
  parameters: readonly Parameter[] = [],
): Promise<(readonly Cell[])[]> {
  const rows: (readonly Cell[])[] = [];
  for await (const batch of connection.batches(sql, parameters)) rows.push(...batch);
  return rows;
}

export async function countOf(connection: Connection, sql: string): Promise<number> {
  const [row] = await rowsOf(connection, sql);
  return Number(row?.[0] ?? 0);
}

/** The one text of a statement that gives one, such as a JSON document. */
export async function textOf(
  connection: Connection,
  sql: string,
  parameters: readonly Parameter[],
): Promise<string | null> {
  const [row] = await rowsOf(connection, sql, parameters);
  const cell = row?.[0] ?? null;
  return cell === null ? null : utf8(connection.source, cell);
}

/** A cell of `shownSql` as it is kept and shown. */
export function valueOf(source: string, cell: Cell, isBoolean: boolean): Value {
  if (cell === null) return null;
  if (isBoolean && (cell === 0n || cell === 1n)) return cell === 1n;
  if (typeof cell === 'bigint') {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : String(cell);
  }
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : String(cell);
  return utf8(source, cell);
}

export function utf8(source: string, cell: Cell): string {
  if (!(cell instanceof Uint8Array)) return String(cell);
  if (!isUtf8(cell)) throw notUtf8(source);
  return Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('utf8');
}

/** Two texts that differ only in broken bytes would look like one. */
export function notUtf8(source: string): SourceError {
  return new SourceError(
    source,
    'a text is not valid UTF-8 and cannot be told apart from others; mend it, or compare its bytes with expr: hex(…)',
  );
}
