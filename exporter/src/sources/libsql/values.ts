/** What SQLite's values are: a column declares what it holds, a value decides what it is. */
import type { Column, Form, Tolerance } from '../source.ts';

/**
 * What the values of a column are expected to be. `boolean` is 0 or 1 in a column that says so; `mixed` promises nothing.
 * https://www.sqlite.org/datatype3.html
 */
export type Storage = 'integer' | 'real' | 'number' | 'text' | 'blob' | 'boolean' | 'mixed';

export const FORM_OF: Readonly<Record<Storage, Form>> = {
  integer: 'integer',
  real: 'float',
  number: 'decimal',
  text: 'text',
  blob: 'text',
  boolean: 'text',
  mixed: 'text',
};

/** By SQLite's rules of affinity; null where the declaration says nothing about what is stored (DATETIME, JSON, none). */
export function declaredStorage(declared: string): Storage | null {
  const type = declared.toUpperCase();
  if (/^BOOL(EAN)?$/.test(type)) return 'boolean';
  if (type.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text';
  if (type.includes('BLOB')) return 'blob';
  if (/REAL|FLOA|DOUB/.test(type)) return 'real';
  return /^(NUMERIC|DECIMAL)\b/.test(type) ? 'number' : null;
}

/** @param types what `typeof()` said of some values, without `null` */
export function seenStorage(types: ReadonlySet<string>): Storage {
  const only = (...allowed: readonly string[]): boolean =>
    types.size > 0 && [...types].every((type) => allowed.includes(type));
  if (only('integer')) return 'integer';
  if (only('real')) return 'real';
  if (only('integer', 'real')) return 'number';
  if (only('blob')) return 'blob';
  return only('text') ? 'text' : 'mixed';
}

/** True where SQLite itself would change one of the two before it compares them, '01' into 1. */
export function convertsToCompare(a: Storage, b: Storage): boolean {
  const numbers: readonly Storage[] = ['integer', 'real', 'number', 'boolean'];
  return (a === 'text' && numbers.includes(b)) || (b === 'text' && numbers.includes(a));
}

export function quote(identifier: string): string {
  if (identifier.includes('\0')) throw new RangeError('an identifier cannot hold a NUL character');
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** A column or expression as written. The line break ends a `--` comment in an expression. */
export function columnSql(column: Pick<Column, 'column' | 'expr'>): string {
  return column.column === undefined ? `(${column.expr ?? 'NULL'}\n)` : quote(column.column);
}

/** A column with its normalisation applied. SQLite folds the letters A to Z only. */
export function normalisedSql(column: Column): string {
  return column.normalise.reduce(
    (sql, step, i) => `${step}(${i === 0 ? `CAST(${sql} AS TEXT)` : sql})`,
    columnSql(column),
  );
}

/** As text that tells a BLOB from the text of the same bytes, as Postgres writes bytea. */
function asText(sql: string): string {
  return `CASE typeof(${sql}) WHEN 'blob' THEN '\\x' || lower(hex(${sql})) ELSE CAST(${sql} AS TEXT) END`;
}

/**
 * SQL for what is shown of a value. Text travels as its bytes: the driver cuts it at a NUL, and text that is no UTF-8
 * ends the process that reads it.
 */
export function shownSql(sql: string): string {
  return `CASE typeof(${sql}) WHEN 'text' THEN CAST(${sql} AS BLOB) WHEN 'blob' THEN '\\x' || lower(hex(${sql})) ELSE ${sql} END`;
}

/** SQL for the form of a value as text, before {@link canonical}; NULL only for NULL. */
export function formSql(form: Form, storage: Storage, sql: string): string {
  switch (form) {
    case 'integer':
      return asText(sql);
    case 'decimal':
    case 'float':
      // 17 digits tell every double from its neighbours; CAST gives 15
      return `CASE typeof(${sql}) WHEN 'real' THEN printf('%!.17g', ${sql}) ELSE ${asText(sql)} END`;
    case 'instant':
    case 'epoch':
      return `iif(${millisecondsSql(sql)} IS NULL, ${asText(sql)}, printf('%.3f', ${millisecondsSql(sql)} / 1000.0))`;
    default:
      return storage === 'boolean'
        ? `CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE ${asText(sql)} END`
        : asText(sql);
  }
}

/** SQL condition: the value is stored as the declaration promises, so that the order of the column is that of its form. */
export function isStoredSql(storage: Storage, sql: string): string {
  if (storage === 'boolean') return `(typeof(${sql}) = 'integer' AND ${sql} IN (0, 1))`;
  return `typeof(${sql}) = '${storage}'`;
}

/** Whether the column's own order is that of its form, so that an index serves. */
export function ordersItself(form: Form, storage: Storage): boolean {
  if (form === 'integer') return storage === 'integer';
  return form === 'text' && ['text', 'blob', 'boolean'].includes(storage);
}

/** The rest of the way from `formSql` to the form: numbers as Postgres writes them. */
export function canonical(form: Form, text: string): string {
  if (form !== 'float' && form !== 'decimal') return text;
  if (!/^[+-]?(\d|\.\d|Inf)/.test(text)) return text;
  if (form === 'decimal') return decimalText(text);
  return floatText(Number(text.replace('Inf', 'Infinity')));
}

/** Without exponent and trailing zeros; an integer keeps all of its digits. */
export function decimalText(text: string): string {
  if (/^-?\d+$/.test(text)) return text;
  const number = Number(text.replace('Inf', 'Infinity'));
  if (!Number.isFinite(number)) return String(number);
  const { sign, digits, exponent } = shortest(number);
  const point = exponent + 1;
  if (point <= 0) return digits === '0' ? '0' : `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The shortest text that reads as the same double, with an exponent where Postgres has one. */
function floatText(number: number): string {
  if (!Number.isFinite(number)) return String(number);
  const { sign, digits, exponent } = shortest(number);
  if (exponent >= -4 && exponent < 15) return decimalText(String(number));
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const power = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${digits[0] ?? '0'}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
}

function shortest(number: number): { sign: string; digits: string; exponent: number } {
  const [mantissa = '0', exponent = '0'] = Math.abs(number).toExponential().split('e');
  return { sign: number < 0 ? '-' : '', digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

/** From here on a number of a time counts milliseconds, as JavaScript does; seconds would be the year 5138. */
const FIRST_MILLISECOND = '100000000000';

/** Milliseconds since 1970 of a text in one of SQLite's formats or of a number of seconds or milliseconds; else NULL. */
export function millisecondsSql(sql: string): string {
  return [
    `CASE typeof(${sql}) WHEN 'text' THEN`,
    // without a date SQLite takes "now", "12:00" and numbers of Julian days for times
    `iif(${sql} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*', CAST(round(unixepoch(${sql}, 'subsec') * 1000) AS INTEGER), NULL)`,
    `WHEN 'blob' THEN NULL`,
    `ELSE CAST(round(iif(abs(${sql}) >= ${FIRST_MILLISECOND}, ${sql}, ${sql} * 1000.0)) AS INTEGER) END`,
  ].join(' ');
}

/** A little less than the tolerance: what is nearer agrees for certain, the rest is judged on exact decimals. */
const CERTAINLY = 1 - 1e-9;

/** SQL condition: true where two values certainly are within the tolerance, to the last digit for times. */
export function withinSql(a: string, b: string, tolerance: Tolerance): string {
  if ('withinMs' in tolerance) {
    return `ifnull(abs(${millisecondsSql(a)} - ${millisecondsSql(b)}) <= ${String(tolerance.withinMs)}, 0)`;
  }
  const isNumber = (sql: string): string => `typeof(${sql}) IN ('integer', 'real')`;
  return `(${isNumber(a)} AND ${isNumber(b)} AND abs(${a} - ${b}) <= ${String(tolerance.by * CERTAINLY)})`;
}
