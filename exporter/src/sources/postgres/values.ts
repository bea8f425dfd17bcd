/** From the text that Postgres sends to exact JSON values, and what kinds of values its types hold. */
import type { Value } from '../../core/value.ts';
import type { Form, Tolerance } from '../source.ts';

interface TypedSql {
  readonly sql: string;
  /** as the catalog names it */
  readonly type: string;
}

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

/**
 * The same for a key: equal keys give one value, and the value finds its row again. So 1.00 is 1, padding is no part of
 * a char(n), and a float4 is told with the digits that the comparison sees (0.1 is 0.10000000149011612).
 */
export function keyDecoder(oid: number): (text: string) => Value {
  if (oid === OID.numeric) return trimmedDecimal;
  if (oid === OID.bpchar) return (text) => text.replace(/ +$/, '');
  if (oid === OID.float4) return singlePrecision;
  return decoder(oid);
}

/** SQL whose value, decoded, is what {@link keyDecoder} gives for `sql`. */
export function shownKeySql(oid: number, sql: string): string {
  if (oid === OID.numeric) return `trim_scale(${sql})`;
  if (oid === OID.bpchar) return `${sql}::text`;
  if (oid === OID.float4) return `${sql}::float8`;
  const cast = comparableCast(oid);
  return cast === null ? sql : `${sql}::${cast}`;
}

const WIDTHS: readonly number[] = [OID.int2, OID.int4, OID.int8, OID.numeric, OID.float4, OID.float8];

/** The type that a UNION of the two has, as far as decoding goes. */
export function wider(a: number, b: number): number {
  return WIDTHS.indexOf(b) > WIDTHS.indexOf(a) ? b : a;
}

function safeInteger(text: string): Value {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

function finiteNumber(text: string): Value {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function singlePrecision(text: string): Value {
  const number = Math.fround(Number(text));
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
      return orText(infiniteSql(sql, typeName), sql, `trim_scale((${sql})::numeric)`);
    case 'float':
      // + 0 turns -0 into 0, which compare as equal and print differently
      return `((${sql})::float8 + 0)::text`;
    case 'instant':
      return `(${sql})::timestamptz::text`;
    case 'epoch':
      return orText(`NOT isfinite((${sql})::timestamptz)`, sql, epochSql(sql));
    case 'caseless':
      // citext itself folds in the default collation, whatever the column's
      return `lower((${sql})::text COLLATE "default")`;
    case 'document':
      return `(${sql})::jsonb::text`;
    case 'exact':
      return exactSql(sql, typeName);
    case 'text':
      return `(${sql})::text`;
  }
}

function orText(isInfinite: string | null, sql: string, number: string): string {
  return isInfinite === null
    ? `${number}::text`
    : `CASE WHEN ${isInfinite} THEN (${sql})::text ELSE ${number}::text END`;
}

/** Numerics know infinity only since Postgres 14, and no infinity is within a tolerance of anything else. */
function infiniteSql(sql: string, typeName: string): string | null {
  return ['real', 'double precision'].includes(typeName) ? `abs((${sql})::float8) = 'Infinity'` : null;
}

/** In two parts: before Postgres 14 an epoch is a float8, whose cast to numeric keeps 15 digits, 10 µs today. */
function epochSql(sql: string): string {
  const at = `(${sql})::timestamptz`;
  return `(extract(epoch FROM date_trunc('minute', ${at}))::numeric + extract(microseconds FROM ${at})::numeric / 1000000)`;
}

/** SQL condition: two values are at most `tolerance` apart; not true of infinities. */
export function withinSql(a: TypedSql, b: TypedSql, tolerance: Tolerance): string {
  const [finite, number, limit] =
    'by' in tolerance
      ? [
          ({ sql, type }: TypedSql) => `NOT coalesce(${infiniteSql(sql, type) ?? 'false'}, false)`,
          ({ sql }: TypedSql) => `${sql}::numeric`,
          String(tolerance.by),
        ]
      : [
          ({ sql }: TypedSql) => `isfinite(${sql}::timestamptz)`,
          ({ sql }: TypedSql) => epochSql(sql),
          String(tolerance.withinMs / 1_000),
        ];
  return `CASE WHEN ${finite(a)} AND ${finite(b)} THEN abs(${number(a)} - ${number(b)}) <= ${limit} END`;
}

/** Elements that are equal and yet written differently make arrays that are, too. */
const ELEMENTS: ReadonlyMap<string, (sql: string) => string> = new Map([
  ['numeric[]', (sql) => `trim_scale(${sql})`],
  ['real[]', (sql) => `${sql} + 0`],
  ['double precision[]', (sql) => `${sql} + 0`],
  ['interval[]', (sql) => `justify_interval(${sql})`],
]);

function exactSql(sql: string, typeName: string): string {
  // equal intervals may be written differently: 1 month = 30 days = 720 hours
  if (typeName === 'interval') return `justify_interval(${sql})::text`;
  const element = ELEMENTS.get(typeName);
  if (!element) return `(${sql})::text`;
  const elements = `(SELECT array_agg(${element('u.e')} ORDER BY u.n)::text FROM unnest(${sql}) WITH ORDINALITY AS u(e, n))`;
  return `(coalesce(array_dims(${sql}), (${sql})::text) || coalesce(${elements}, ''))`;
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
      if (ELEMENTS.has(typeName)) break;
      return [sql, `${parameter}::${typeName}`];
    default:
      break;
  }
  return [formSql(form, sql, typeName), parameter];
}
