/** From the text that Postgres sends to exact JSON values, and what kinds of values its types hold. */
import type { Value } from '../../core/value.ts';
import type { Form } from '../source.ts';

/** Type OIDs: fixed in every Postgres (src/include/catalog/pg_type.dat). */
const OID = {
  bool: 16, bytea: 17, char: 18, name: 19, int8: 20, int2: 21, int4: 23, text: 25, oid: 26, json: 114, xml: 142,
  point: 600, lseg: 601, path: 602, box: 603, polygon: 604, line: 628, float4: 700, float8: 701, circle: 718,
  bpchar: 1042, varchar: 1043, date: 1082, timestamp: 1114, timestamptz: 1184, interval: 1186, numeric: 1700,
  jsonb: 3802,
} as const; // prettier-ignore

const NUMBERS: readonly number[] = [OID.int2, OID.int4, OID.oid, OID.float4, OID.float8];

/** Turns one cell into a value; integers beyond 2^53, decimals and everything that is no number stay text. */
export function decoder(oid: number): (text: string) => Value {
  if (oid === OID.bool) return (text) => text === 't';
  if (oid === OID.int8) return safeInteger;
  if (NUMBERS.includes(oid)) return finiteNumber;
  return (text) => text;
}

/** The same for a key, where 1.0 and 1.00 must be one key. */
export function keyDecoder(oid: number): (text: string) => Value {
  return oid === OID.numeric ? trimmedDecimal : decoder(oid);
}

function safeInteger(text: string): Value {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

function finiteNumber(text: string): Value {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function trimmedDecimal(text: string): Value {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

const FORMS: ReadonlyMap<number, Form> = new Map([
  [OID.int2, 'integer'],
  [OID.int4, 'integer'],
  [OID.int8, 'integer'],
  [OID.numeric, 'decimal'],
  [OID.float4, 'float'],
  [OID.float8, 'float'],
  [OID.date, 'instant'],
  [OID.timestamp, 'instant'],
  [OID.timestamptz, 'instant'],
  [OID.text, 'text'],
  [OID.varchar, 'text'],
  [OID.bpchar, 'text'],
  [OID.name, 'text'],
  [OID.char, 'text'],
  [OID.json, 'document'],
  [OID.jsonb, 'document'],
]);

/** @param category `pg_type.typtype`: `e` is an enum, whose labels may differ between databases */
export function formOf(oid: number, typeName: string, category: string): Form {
  if (typeName === 'citext') return 'caseless';
  return FORMS.get(oid) ?? (category === 'e' ? 'text' : 'exact');
}

/** Types with a collation, for which two different ones must not meet in one comparison. */
export function isCollatable(oid: number, typeName: string): boolean {
  return [OID.text, OID.varchar, OID.bpchar, OID.name].includes(oid as 25) || typeName === 'citext';
}

/** Types without an `=` that a FULL JOIN or IS DISTINCT FROM can use, and what to compare them as. */
export function comparableCast(oid: number): string | null {
  if (oid === OID.json) return 'jsonb';
  const shapeless: readonly number[] = [
    OID.xml, OID.point, OID.lseg, OID.path, OID.box, OID.polygon, OID.line, OID.circle,
  ]; // prettier-ignore
  return shapeless.includes(oid) ? 'text' : null;
}

/** SQL whose value is the form of `sql` as text (`integer`: as int8), equal exactly when the values are equal. */
export function formSql(form: Form, sql: string, typeName: string): string {
  switch (form) {
    case 'integer':
      return `(${sql})::int8`;
    case 'decimal':
      return `trim_scale((${sql})::numeric)::text`;
    case 'float':
      // + 0 turns -0 into 0, which compare as equal and print differently
      return `((${sql})::float8 + 0)::text`;
    case 'instant':
      return `(${sql})::timestamptz::text`;
    case 'epoch':
      return `extract(epoch FROM (${sql})::timestamptz)::numeric::text`;
    case 'caseless':
      return `lower((${sql})::text)`;
    case 'document':
      return `(${sql})::jsonb::text`;
    case 'exact':
      // equal intervals may be written differently: 1 month = 30 days = 720 hours
      return typeName === 'interval' ? `justify_interval(${sql})::text` : `(${sql})::text`;
    case 'text':
      return `(${sql})::text`;
  }
}

/** SQL condition: the column equals a key form given as text, written so that an index on the column serves. */
export function lookupOperands(
  form: Form,
  sql: string,
  parameter: string,
  typeName: string,
): [string, string] {
  switch (form) {
    case 'integer':
      return [sql, `${parameter}::int8`];
    case 'decimal':
      return [sql, `${parameter}::numeric`];
    case 'float':
      return [sql, `${parameter}::float8`];
    case 'instant':
      return [sql, `${parameter}::timestamptz`];
    case 'exact':
      return [sql, `${parameter}::${typeName}`];
    default:
      return [formSql(form, sql, typeName), parameter];
  }
}
