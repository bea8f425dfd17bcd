/** SQL that reads rows of one side by key or in key order, with the comparable form of each column. */
import type { Column, Side, SideForms } from '../source.ts';
import type { ColumnShape, SideShape } from './shape.ts';
import {
  columnSql,
  conditions,
  noKeyIsNull,
  normalisedSql,
  quote,
  someKeyIsNull,
  tableSql,
} from './statements.ts';
import { formSql, lookupOperands, shownKeySql } from './values.ts';

type Parts = readonly {
  readonly sql: string;
  readonly form: SideForms['key'][number];
  readonly type: string;
}[];

function parts(columns: readonly Column[], shapes: readonly ColumnShape[], forms: SideForms['key']): Parts {
  return columns.map((column, i) => ({
    sql: normalisedSql(column),
    form: forms[i] ?? 'text',
    type: shapes[i]?.type ?? 'text',
  }));
}

/**
 * Columns: key forms, compare forms; in byte order of the key forms (integers by value, in their own index's order).
 * They are named, because a cast column keeps its name, and ORDER BY "id" would then sort by the cast, past the index.
 */
export function orderedSql(side: Side, shape: SideShape, forms: SideForms): string {
  const keys = parts(side.key, shape.key, forms.key);
  const all = [...keys, ...parts(side.compare, shape.compare, forms.compare)];
  const columns = all.map(({ form, sql, type }, i) => {
    const value = form === 'integer' ? formSql(form, sql, type) : `${formSql(form, sql, type)} COLLATE "C"`;
    return `${value} AS "lockstep ${String(i)}"`;
  });
  const order = keys.map(({ form, sql, type }) =>
    form === 'integer' ? sql : `${formSql(form, sql, type)} COLLATE "C"`,
  );
  return `SELECT ${columns.join(', ')} FROM ${tableSql(side)}${conditions(side, noKeyIsNull(side, shape))} ORDER BY ${order.join(', ')}`;
}

/**
 * Parameters: one text[] of key forms per key column, then how many rows of a key to return.
 * @param withNull the keys have NULL parts, which only a comparison of whole rows as text can match by hash
 */
export function lookupSql(side: Side, shape: SideShape, forms: SideForms, withNull: boolean): string {
  const keys = parts(side.key, shape.key, forms.key);
  const compared = parts(side.compare, shape.compare, forms.compare);
  const text = ({ form, sql, type }: Parts[number]): string =>
    form === 'integer' ? `${formSql(form, sql, type)}::text` : formSql(form, sql, type);
  const select = [
    ...[...keys, ...compared].map(text),
    ...side.key.map((column, i) => shownKey(column, shape.key[i])),
    ...side.compare.map((column) => columnSql(column)),
    ...side.context.map(quote),
  ];
  const wanted = `(SELECT ${withNull ? `ROW(${keys.map((_, i) => `u${String(i)}`).join(', ')})::text` : keys.map(({ form, sql, type }, i) => lookupOperands(form, sql, `u${String(i)}`, type)[1]).join(', ')} FROM unnest(${keys.map((_, i) => `$${String(i + 1)}::text[]`).join(', ')}) AS u(${keys.map((_, i) => `u${String(i)}`).join(', ')}))`;
  const own = withNull
    ? `ROW(${keys.map(text).join(', ')})::text`
    : `(${keys.map(({ form, sql, type }) => lookupOperands(form, sql, '', type)[0]).join(', ')})`;
  const where = conditions(side, [
    ...(withNull ? [someKeyIsNull(side)] : noKeyIsNull(side, shape)),
    `${own} IN ${wanted}`,
  ]);
  const names = select.map((_, i) => `c${String(i)}`);
  const partition = names.slice(0, keys.length).join(', ');
  return [
    `SELECT ${names.join(', ')}, rows FROM (`,
    `SELECT *, count(*) OVER key AS rows, row_number() OVER key AS nth FROM (`,
    `SELECT ${select.map((sql, i) => `${sql} AS c${String(i)}`).join(', ')} FROM ${tableSql(side)}${where}`,
    `) AS found WINDOW key AS (PARTITION BY ${partition})`,
    `) AS numbered WHERE nth <= $${String(keys.length + 1)}::int8`,
  ].join('\n');
}

/** As `compare` shows it: normalised where the config says so. */
function shownKey(column: Column, shape: ColumnShape | undefined): string {
  return shownKeySql(shape?.oid ?? 0, normalisedSql(column));
}

/** Parameters: one text[] per key column, of values as a violation keeps them. Columns: their key forms, in order. */
export function keyFormsSql(shape: SideShape, forms: SideForms): string {
  const columns = shape.key.map((column, i) => {
    const form = forms.key[i] ?? 'text';
    const value = form === 'exact' ? `u${String(i)}::${column.type}` : `u${String(i)}`;
    const sql = formSql(form, value, column.type);
    return form === 'integer' ? `${sql}::text` : sql;
  });
  const arrays = shape.key.map((_, i) => `$${String(i + 1)}::text[]`).join(', ');
  const names = shape.key.map((_, i) => `u${String(i)}`).join(', ');
  return `SELECT ${columns.join(', ')} FROM unnest(${arrays}) WITH ORDINALITY AS u(${names}, nth) ORDER BY nth`;
}
