/** The SQL that mends. Identifiers are quoted, values are parameters; expressions come from the configuration. */
import type { PlannedWrite, RowText, Statement } from '../../core/sync-plan.ts';
import type { Assignment, Journal, WrittenSide } from '../mender.ts';
import type { Side } from '../source.ts';
import { conditions, quote, tableSql } from './statements.ts';

/** One side as the statements see it; keys and compared columns are plain columns. */
export interface MendedSide {
  readonly side: Side;
  readonly written: WrittenSide;
  /** column → name of its type */
  readonly types: ReadonlyMap<string, string>;
}

class Parameters {
  readonly values: (string | null)[] = [];

  add(value: string | null): string {
    this.values.push(value);
    return `$${String(this.values.length)}`;
  }
}

/** Of the whole row, so that it can be told unchanged without being remembered. The session fixes how times are written. */
const FINGERPRINT = "encode(sha256(convert_to(to_jsonb(target)::text, 'UTF8')), 'hex')";

export function keyColumns({ side }: Pick<MendedSide, 'side'>): string[] {
  return side.key.map(({ label }) => label);
}

export function comparedColumns({ side }: Pick<MendedSide, 'side'>): string[] {
  return side.compare.map(({ label }) => label);
}

/** Columns that an update writes. */
export function setColumns(mended: MendedSide): string[] {
  return [...comparedColumns(mended), ...mended.written.set.map(({ column }) => column)];
}

/** Columns that a new row is given. */
export function createdColumns(mended: MendedSide): string[] {
  return [
    ...keyColumns(mended),
    ...comparedColumns(mended),
    ...mended.written.create.map(({ column }) => column),
  ];
}

/** The other side's value, as the type of the column that it goes into. */
function copied(target: MendedSide, source: MendedSide, column: string, from: string): string {
  const type = target.types.get(column);
  const value = `source.${quote(from)}`;
  return type === source.types.get(from) ? value : `${value}::${type ?? 'text'}`;
}

/** What a column is given, as SQL over `source` (and `target`, when there is a row). */
export function assignmentSql(
  { types }: Pick<MendedSide, 'types'>,
  assignment: Assignment,
  parameter: (value: string | null) => string,
): string {
  // the line break ends a comment
  if ('expr' in assignment) return `(${assignment.expr}${assignment.expr.includes('--') ? '\n' : ''})`;
  const { column, value } = assignment;
  return `${parameter(value === null ? null : String(value))}::${types.get(column) ?? 'text'}`;
}

/** Column → SQL, in the order of {@link setColumns} or {@link createdColumns}. */
export function valuesSql(
  target: MendedSide,
  source: MendedSide,
  action: 'update' | 'create',
  parameter: (value: string | null) => string,
): [string, string][] {
  const pairs = (own: string[], from: string[]): [string, string][] =>
    own.map((column, i) => [column, copied(target, source, column, from[i] ?? column)]);
  const more = action === 'update' ? target.written.set : target.written.create;
  return [
    ...(action === 'create' ? pairs(keyColumns(target), keyColumns(source)) : []),
    ...pairs(comparedColumns(target), comparedColumns(source)),
    ...more.map((one): [string, string] => [one.column, assignmentSql(target, one, parameter)]),
  ];
}

function keyIs(alias: string, mended: MendedSide, key: readonly string[], p: Parameters): string[] {
  return keyColumns(mended).map((column, i) => `${alias}.${quote(column)} = ${p.add(key[i] ?? null)}`);
}

function holds(alias: string, row: RowText | null, p: Parameters): string[] {
  return Object.entries(row ?? {}).map(
    ([column, text]) => `${alias}.${quote(column)}::text IS NOT DISTINCT FROM ${p.add(text)}`,
  );
}

/** The rows of a side that the check looks at. */
export function relation({ side }: Pick<MendedSide, 'side'>): string {
  return side.where === null ? tableSql(side) : `(SELECT * FROM ${tableSql(side)}${conditions(side)})`;
}

/** Rows that `where` leaves out may have the same key. */
function withinWhere(mended: MendedSide, key: readonly string[], p: Parameters): string[] {
  const { side } = mended;
  if (side.where === null) return [];
  const own = keyColumns(mended).map((column, i) => `${quote(column)} = ${p.add(key[i] ?? null)}`);
  return [
    `(target.tableoid, target.ctid) IN (SELECT tableoid, ctid FROM ${tableSql(side)}${conditions(side, own)})`,
  ];
}

function returning(after: RowText, fingerprint: boolean): string {
  const columns = Object.keys(after).map((column) => `target.${quote(column)}::text`);
  return `RETURNING ${[...columns, ...(fingerprint ? [FINGERPRINT] : [])].join(', ')}`;
}

type Guards = Required<Pick<PlannedWrite, 'keyText' | 'before' | 'other' | 'after'>>;

/** Copies the compared columns from the other side. */
export function updateStatement(target: MendedSide, source: MendedSide, guards: Guards): Statement {
  const p = new Parameters();
  const values = valuesSql(target, source, 'update', (value) => p.add(value));
  const where = [
    ...keyIs('target', target, guards.keyText, p),
    ...holds('target', guards.before, p),
    ...keyIs('source', source, guards.keyText, p),
    ...holds('source', guards.other, p),
    ...withinWhere(target, guards.keyText, p),
  ];
  const text = [
    `UPDATE ${tableSql(target.side)} AS target`,
    `SET ${values.map(([column, sql]) => `${quote(column)} = ${sql}`).join(', ')}`,
    `FROM ${relation(source)} AS source`,
    `WHERE ${where.join('\n  AND ')}`,
    returning(guards.after ?? {}, false),
  ].join('\n');
  return { text, values: p.values };
}

/** Makes the row that is missing. */
export function createStatement(target: MendedSide, source: MendedSide, guards: Guards): Statement {
  const p = new Parameters();
  const values = valuesSql(target, source, 'create', (value) => p.add(value));
  const where = [...keyIs('source', source, guards.keyText, p), ...holds('source', guards.other, p)];
  const text = [
    `INSERT INTO ${tableSql(target.side)} AS target (${values.map(([column]) => quote(column)).join(', ')})`,
    `SELECT ${values.map(([, sql]) => sql).join(', ')}`,
    `FROM ${relation(source)} AS source`,
    `WHERE ${where.join('\n  AND ')}`,
    'ON CONFLICT DO NOTHING',
    returning(guards.after ?? {}, true),
  ].join('\n');
  return { text, values: p.values };
}

/**
 * The statement that takes a write back: to `after`, from `before`, whatever the other side holds by then.
 * @param fingerprint of the row, when it is to be deleted
 */
export function restoreStatement(
  target: MendedSide,
  { keyText, before, after }: Pick<Guards, 'keyText' | 'before' | 'after'>,
  fingerprint: string | null,
): Statement {
  const p = new Parameters();
  const table = tableSql(target.side);
  if (before === null) {
    const columns = Object.entries(after ?? {});
    const text = [
      `INSERT INTO ${table} AS target (${columns.map(([column]) => quote(column)).join(', ')})`,
      `VALUES (${columns.map(([, value]) => p.add(value)).join(', ')})`,
      'ON CONFLICT DO NOTHING',
      returning(after ?? {}, true),
    ].join('\n');
    return { text, values: p.values };
  }
  if (after === null) {
    const where = [...keyIs('target', target, keyText, p), `${FINGERPRINT} = ${p.add(fingerprint)}`];
    where.push(...withinWhere(target, keyText, p));
    return {
      text: `DELETE FROM ${table} AS target\nWHERE ${where.join('\n  AND ')}`,
      values: p.values,
    };
  }
  const set = Object.entries(after).map(([column, value]) => `${quote(column)} = ${p.add(value)}`);
  const where = [...keyIs('target', target, keyText, p), ...holds('target', before, p)];
  where.push(...withinWhere(target, keyText, p));
  const text = [
    `UPDATE ${table} AS target`,
    `SET ${set.join(', ')}`,
    `WHERE ${where.join('\n  AND ')}`,
    returning(after, false),
  ].join('\n');
  return { text, values: p.values };
}

/** A row of the journal, over the row as it is now (`new`), as the plan saw it (`old`), and the other side's (`source`). */
export function journalStatement(
  target: MendedSide,
  source: MendedSide,
  journal: Journal,
  { keyText, before }: Pick<Guards, 'keyText' | 'before'>,
): Statement {
  const p = new Parameters();
  const untyped = { types: new Map<string, string>() };
  const values = journal.values.map((one): [string, string] => [
    one.column,
    'expr' in one
      ? assignmentSql(untyped, one, () => '')
      : p.add(one.value === null ? null : String(one.value)),
  ]);
  const old = `jsonb_populate_record(NULL::${tableSql(target.side)}, ${p.add(JSON.stringify(before ?? {}))}::jsonb)`;
  const sourceKey = keyIs('source', source, keyText, p).join(' AND ');
  const text = [
    `INSERT INTO ${tableSql(journal)} (${values.map(([column]) => quote(column)).join(', ')})`,
    `SELECT ${values.map(([, sql]) => sql).join(', ')}`,
    `FROM ${relation(target)} AS new`,
    `CROSS JOIN ${old} AS old`,
    `LEFT JOIN ${relation(source)} AS source ON ${sourceKey}`,
    `WHERE ${keyIs('new', target, keyText, p).join(' AND ')}`,
  ].join('\n');
  return { text, values: p.values };
}

/** One row of a side, locked or not: `columns` as text. */
export function readStatement(
  mended: MendedSide,
  columns: readonly string[],
  keyText: readonly string[],
  lock: '' | 'FOR NO KEY UPDATE' | 'FOR UPDATE',
  skipLocked: boolean,
): Statement {
  const { side } = mended;
  const own = keyColumns(mended).map((column, i) => `${quote(column)} = $${String(i + 1)}`);
  const shown = columns.length === 0 ? '1' : columns.map((column) => `${quote(column)}::text`).join(', ');
  const locking = lock === '' ? '' : ` ${lock}${skipLocked ? ' SKIP LOCKED' : ''}`;
  return {
    text: `SELECT ${shown} FROM ${tableSql(side)}${conditions(side, own)}${locking}`,
    values: [...keyText],
  };
}

/** The wanted keys as a relation `w(k1…, nth)`; parameters: one text[] per key column. */
export function wantedSql(columns: number): string {
  const each = Array.from({ length: columns }, (_, i) => String(i + 1));
  return `unnest(${each.map((n) => `$${n}::text[]`).join(', ')}) WITH ORDINALITY AS w(${each.map((n) => `k${n}`).join(', ')}, nth)`;
}

/** Columns: nth, then the values that an update or a create would write, as text. Parameters: as `wantedSql`, then `more`. */
export function previewStatement(
  target: MendedSide,
  source: MendedSide,
  action: 'update' | 'create',
  wanted: number,
): { readonly text: string; readonly more: readonly (string | null)[] } {
  const more: (string | null)[] = [];
  const values = valuesSql(target, source, action, (value) => {
    more.push(value);
    return `$${String(wanted + more.length)}`;
  });
  const on = (alias: string, mended: MendedSide): string =>
    keyColumns(mended)
      .map(
        (column, i) =>
          `${alias}.${quote(column)} = w.k${String(i + 1)}::${mended.types.get(column) ?? 'text'}`,
      )
      .join(' AND ');
  const shown = values.map(([column, sql]) => `(${sql})::${target.types.get(column) ?? 'text'}::text`);
  const text = [
    `SELECT w.nth::text, ${shown.join(', ')}`,
    `FROM ${wantedSql(wanted)}`,
    `JOIN ${relation(source)} AS source ON ${on('source', source)}`,
    ...(action === 'update' ? [`JOIN ${relation(target)} AS target ON ${on('target', target)}`] : []),
  ].join('\n');
  return { text, more };
}
