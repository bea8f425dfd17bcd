/** SQL that reads rows of one side in key order or by key, with the form of each column. */
import type { Form, Side, SideForms } from '../source.ts';
import { packedSql } from './packed-rows.ts';
import type { ColumnShape, SideShape } from './shape.ts';
import { conditions, noKeyIsNull, someKeyIsNull, tableSql } from './statements.ts';
import { columnSql, formSql, normalisedSql, ordersItself, quote, shownSql, type Storage } from './values.ts';

/** No column has this name: ORDER BY takes it for the column of the result. */
const PACKED = quote('lockstep packed');

interface KeyPart {
  readonly sql: string;
  readonly form: Form;
  readonly storage: Storage;
}

function keyParts(side: Side, shape: SideShape, forms: SideForms): readonly KeyPart[] {
  return side.key.map((column, i) => ({
    sql: normalisedSql(column),
    form: forms.key[i] ?? 'text',
    storage: shape.key[i]?.storage ?? 'mixed',
  }));
}

function orderOf({ sql, form, storage }: KeyPart, collated: boolean): string {
  if (!ordersItself(form, storage)) return `(${formSql(form, storage, sql)}) COLLATE BINARY`;
  return collated ? `${sql} COLLATE BINARY` : sql;
}

/** One column: each row packed, in key order. */
export function orderedSql(side: Side, shape: SideShape, forms: SideForms): string {
  const order = keyParts(side, shape, forms).map((part) => orderOf(part, shape.collated));
  return `SELECT CAST(${packedSql(side, shape, forms)} AS BLOB) FROM ${tableSql(side)}${conditions(side, noKeyIsNull(side, shape))} ORDER BY ${order.join(', ')}`;
}

/**
 * One cell: the next rows in key order, packed. Parameters: how many rows, and after the first page the key to go on
 * after, as {@link afterKey} gives it. The LIMIT ends the reading: a window over what follows would read all of it for each page.
 */
export function pageSql(side: Side, shape: SideShape, forms: SideForms, isFirst: boolean): string {
  const parts = keyParts(side, shape, forms);
  const order = parts.map((part) => orderOf(part, shape.collated));
  const after = isFirst ? [] : [afterSql(parts, order, shape.collated)];
  const where = conditions(side, [...noKeyIsNull(side, shape), ...after]);
  return `SELECT CAST(group_concat(${PACKED}, '') AS BLOB) FROM (SELECT ${packedSql(side, shape, forms)} AS ${PACKED} FROM ${tableSql(side)}${where} ORDER BY ${order.join(', ')} LIMIT ?1)`;
}

/** A comparison of whole keys is only found in an index when no COLLATE stands in it. */
function afterSql(parts: readonly KeyPart[], order: readonly string[], collated: boolean): string {
  const parameters = parts.map(({ form, storage }, i) => {
    const parameter = `?${String(i + 2)}`;
    const isText = !ordersItself(form, storage) || storage === 'text';
    return isText ? `CAST(${parameter} AS TEXT)` : parameter;
  });
  const plain = !collated && parts.every(({ form, storage }) => ordersItself(form, storage));
  if (plain) return `(${order.join(', ')}) > (${parameters.join(', ')})`;
  const greater = (i: number): string => {
    const [own, parameter] = [order[i] ?? '', parameters[i] ?? ''];
    if (i === order.length - 1) return `${own} > ${parameter}`;
    return `(${own} >= ${parameter} AND (${own} > ${parameter} OR ${greater(i + 1)}))`;
  };
  return greater(0);
}

/** The parameter for a key part that was read as this form. */
export function afterKey({ storage }: ColumnShape, form: Form, field: Buffer): bigint | Uint8Array {
  if (form === 'integer') return field.readBigInt64BE();
  if (storage === 'boolean') return field.toString() === 'true' ? 1n : 0n;
  return storage === 'blob' ? Buffer.from(field.toString('latin1', 2), 'hex') : field;
}

/**
 * Parameters: the keys as a JSON array, then how many rows of a key to return. Columns: key forms, compare forms, keys,
 * values, context, rows.
 * @param keys decides how they are found: by an index wherever their texts leave no doubt about what is stored
 */
export function lookupSql(
  side: Side,
  shape: SideShape,
  forms: SideForms,
  keys: readonly (readonly (string | null)[])[],
): string {
  const parts = keyParts(side, shape, forms);
  const form = (i: number): string => formSql(forms.compare[i] ?? 'text', shape.compare[i]?.storage ?? 'mixed', normalisedSql(side.compare[i] ?? { label: '', normalise: [] })); // prettier-ignore
  const keyForms = parts.map((part) => formSql(part.form, part.storage, part.sql));
  const select = [
    ...[...keyForms, ...side.compare.map((_, i) => form(i))].map((sql) => `CAST(${sql} AS BLOB)`),
    ...side.key.map((column) => shownSql(normalisedSql(column))),
    ...side.compare.map((column) => shownSql(columnSql(column))),
    ...side.context.map((name) => shownSql(quote(name))),
  ];
  const withNull = keys.some((key) => key.includes(null));
  const found = withNull ? matchWithNull(keyForms) : match(parts, keys, shape.collated);
  const where = conditions(side, [...(withNull ? [someKeyIsNull(side)] : noKeyIsNull(side, shape)), found]);
  const names = select.map((_, i) => `c${String(i)}`);
  return [
    `SELECT ${names.join(', ')}, rows FROM (`,
    `SELECT *, count(*) OVER key AS rows, row_number() OVER key AS nth FROM (`,
    `SELECT ${select.map((sql, i) => `${sql} AS c${String(i)}`).join(', ')} FROM ${tableSql(side)}${where}`,
    `) WINDOW key AS (PARTITION BY ${names.slice(0, parts.length).join(', ')})`,
    `) WHERE nth <= ?2`,
  ].join('\n');
}

function match(
  parts: readonly KeyPart[],
  keys: readonly (readonly (string | null)[])[],
  collated: boolean,
): string {
  const operands = parts.map((part, i) => {
    const parameter = `(value ->> ${String(i)})`;
    return keys.every((key) => isPlain(part, key[i] ?? ''))
      ? plainOperands(part, parameter, collated)
      : [formSql(part.form, part.storage, part.sql), parameter];
  });
  const [own, wanted] = [0, 1].map((n) => operands.map((pair) => pair[n]).join(', '));
  return `(${own ?? ''}) IN (SELECT ${wanted ?? ''} FROM json_each(?1))`;
}

/** Whether no other stored value than the obvious one has this form. */
function isPlain({ form, storage }: KeyPart, text: string): boolean {
  if (['integer', 'decimal', 'float'].includes(form)) return /^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text);
  if (storage === 'text') return !text.startsWith('\\x');
  return storage === 'blob' && text.startsWith('\\x');
}

function plainOperands({ form, storage, sql }: KeyPart, parameter: string, collated: boolean): string[] {
  if (storage === 'text') return [collated ? `${sql} COLLATE BINARY` : sql, parameter];
  if (storage === 'blob') return [sql, `unhex(substr(${parameter}, 3))`];
  return [sql, `CAST(${parameter} AS ${form === 'integer' ? 'INTEGER' : 'NUMERIC'})`];
}

/** No IN finds a NULL, so whole keys are compared as one text. */
function matchWithNull(forms: readonly string[]): string {
  const text = (sql: string): string => `CASE WHEN ${sql} IS NULL THEN '-' ELSE '+' || hex(${sql}) END`;
  const own = forms.map(text).join(' || ');
  const wanted = forms.map((_, i) => text(`(value ->> ${String(i)})`)).join(' || ');
  return `(${own}) IN (SELECT ${wanted} FROM json_each(?1))`;
}
