/** Statements that the configuration brings along: one SELECT each, of which only the declared columns leave the server. */
import { SourceError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Value } from '../../core/value.ts';
import type { Selection } from '../source.ts';
import type { Cell, Connection, Field } from './connection.ts';
import { quote } from './statements.ts';
import { decoder, keyDecoder } from './values.ts';

/** The statement as a table. Whatever is no SELECT is no table; the line break ends a `--` comment. */
export function asTable(sql: string): string {
  return `(${sql.replace(/[;\s]+$/, '')}\n) AS asked`;
}

export function selectionSql(sql: string, columns: readonly string[] | null): string {
  const list = columns?.map(quote).join(', ') ?? '*';
  return `SELECT ${list} FROM ${asTable(sql)}`;
}

export async function select(
  connection: Connection,
  { sql, key, show }: Selection,
  onRow: (key: readonly Value[], shown: readonly Value[]) => void,
): Promise<void> {
  const wanted = [...key, ...show];
  const fields = await selectionFields(connection, sql);
  const decoders = wanted.map((name, i) =>
    (i < key.length ? keyDecoder : decoder)(fieldNamed(connection.source, fields, name).dataTypeID),
  );
  const order = key.length === 0 ? '' : ` ORDER BY ${key.map((_, i) => String(i + 1)).join(', ')}`;
  await connection.streamOne(`${selectionSql(sql, wanted)}${order}`, (cells) => {
    const values = decoders.map((decode, i) => decodeCell(cells[i], decode));
    onRow(values.slice(0, key.length), values.slice(key.length));
  });
}

export async function selectCount(connection: Connection, sql: string): Promise<number> {
  const fields = await selectionFields(connection, sql);
  const rows: (readonly Cell[])[] = [];
  await connection.streamOne(`${selectionSql(sql, null)} LIMIT 2`, (cells) => {
    rows.push(cells);
  });
  const count = Number(rows[0]?.[0] ?? Number.NaN);
  if (fields.length === 1 && rows.length === 1 && Number.isSafeInteger(count) && count >= 0) return count;
  throw new SourceError(
    connection.source,
    'the statement that counts must give one row with one whole number, 0 or more, such as SELECT count(*) FROM …',
  );
}

/** @throws SourceError when it is no SELECT, or more than one statement: the extended protocol takes no second one */
export async function selectionFields(connection: Connection, sql: string): Promise<readonly Field[]> {
  try {
    return await connection.fieldsOf(`${selectionSql(sql, null)} LIMIT 0`);
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code !== '42601') throw error;
    const several = /";"|multiple commands/.test(message ?? '');
    throw new SourceError(
      connection.source,
      several
        ? 'the statement of the check is more than one; write a single SELECT'
        : `${message ?? 'syntax error'} (42601): the statement of the check must be a single SELECT`,
    );
  }
}

function fieldNamed(source: string, fields: readonly Field[], name: string): Field {
  const found = fields.filter((field) => field.name === name);
  const [field, second] = found;
  if (second) throw new SourceError(source, `the statement gives two columns "${name}"; rename one with AS`);
  if (field) return field;
  const names = fields.map((candidate) => candidate.name);
  const near = nearest(name, names);
  const hint = near ? `did you mean "${near}"?` : `its columns are ${names.join(', ')}`;
  throw new SourceError(source, `the statement gives no column "${name}"; ${hint}`);
}

function decodeCell(cell: Cell | undefined, decode: (text: string) => Value): Value {
  return cell === null || cell === undefined ? null : decode(cell);
}
