/** Statements that the configuration brings along: one SELECT each, of which only the declared columns leave the source. */
import { SourceError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Value } from '../../core/value.ts';
import type { Selection } from '../source.ts';
import { rowsOf, valueOf, type Connection } from './connection.ts';
import { rowsByKey } from './rows-by-key.ts';
import { quote, shownSql } from './values.ts';

/** Stands at the very end: the driver leaves away, without a word, what follows a first statement. */
const LAST_COLUMN = 'lockstep end';

/** The statement as a table. Whatever is no SELECT is no table; the line break ends a `--` comment. */
export function asTable(sql: string): string {
  return `(${sql.replace(/[;\s]+$/, '')}\n) AS asked`;
}

export function selectionSql(sql: string, columns: readonly string[]): string {
  const list = columns.length === 0 ? '1' : columns.map(shownSql).join(', ');
  return `SELECT ${list} FROM ${asTable(sql)}`;
}

export async function select(
  connection: Connection,
  { sql, key, show }: Selection,
  onRow: (key: readonly Value[], shown: readonly Value[]) => void,
): Promise<void> {
  const given = await selectionColumns(connection, sql);
  const wanted = [...key, ...show];
  for (const name of wanted) requireColumn(connection.source, given, name);
  const shown = (name: string): string => shownSql(quote(name));
  const order =
    key.length === 0 ? '' : ` ORDER BY ${key.map((name) => `${quote(name)} COLLATE BINARY`).join(', ')}`;
  const listing = { from: asTable(sql), key: key.map(shown), other: show.map(shown), order, what: 'the statement' }; // prettier-ignore
  for await (const batch of rowsByKey(connection, listing)) {
    for (const cells of batch) {
      const values = wanted.map((_, i) => valueOf(connection.source, cells[i] ?? null, false));
      onRow(values.slice(0, key.length), values.slice(key.length));
    }
  }
}

export async function selectCount(connection: Connection, sql: string): Promise<number> {
  const columns = await selectionColumns(connection, sql);
  const rows = await rowsOf(connection, `${selectionSql(sql, columns.map(quote))} LIMIT 2`);
  const [cell] = rows[0] ?? [];
  const count = typeof cell === 'bigint' ? Number(cell) : Number.NaN;
  if (columns.length === 1 && rows.length === 1 && Number.isSafeInteger(count) && count >= 0) return count;
  throw new SourceError(
    connection.source,
    'the statement that counts must give one row with one whole number, 0 or more, such as SELECT count(*) FROM …',
  );
}

/** @throws SourceError when it is no SELECT, or more than one statement */
export async function selectionColumns(connection: Connection, sql: string): Promise<readonly string[]> {
  try {
    const columns = await connection.columns(`SELECT * FROM ${asTable(sql)} CROSS JOIN (SELECT 1 AS ${quote(LAST_COLUMN)})`); // prettier-ignore
    // by their own names: inside of another statement the second of two "id" is called "id:1"
    if (columns.at(-1) === LAST_COLUMN) return await connection.columns(sql);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (!/syntax error|could not be parsed|incomplete input|more than one/.test(error.message)) throw error;
    const own = error.message.replace(`source "${connection.source}": `, '');
    throw new SourceError(connection.source, `${own}: the statement of the check must be a single SELECT`, {
      cause: error,
    });
  }
  throw new SourceError(
    connection.source,
    'the statement of the check is more than one; write a single SELECT',
  );
}

function requireColumn(source: string, given: readonly string[], name: string): void {
  const found = given.filter((column) => column === name);
  if (found.length === 1) return;
  if (found.length > 1)
    throw new SourceError(source, `the statement gives two columns "${name}"; rename one with AS`);
  const near = nearest(name, given);
  const hint = near ? `did you mean "${near}"?` : `its columns are ${given.join(', ')}`;
  throw new SourceError(source, `the statement gives no column "${name}"; ${hint}`);
}
