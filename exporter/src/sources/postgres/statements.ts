/** The SQL that is asked of Postgres. Identifiers are quoted here; conditions and `expr` come from the configuration. */
import type { Column, Coupling, Reference, Side, Tolerance } from '../source.ts';
import type { SideShape } from './shape.ts';
import { withinSql } from './values.ts';

export function quote(identifier: string): string {
  if (identifier.includes('\0')) throw new RangeError('an identifier cannot hold a NUL character');
  return `"${identifier.replaceAll('"', '""')}"`;
}

export function tableSql(side: Pick<Side, 'schema' | 'table'>): string {
  return side.schema === null ? quote(side.table) : `${quote(side.schema)}.${quote(side.table)}`;
}

/** A column or expression as written, before any cast. The line break ends a `--` comment in an expression. */
export function columnSql(column: Pick<Column, 'column' | 'expr'>): string {
  return column.column === undefined ? `(${column.expr ?? 'NULL'}\n)` : quote(column.column);
}

const NORMALISE = { upper: 'upper', lower: 'lower', trim: 'btrim' } as const;

/** A column with its normalisation applied. */
export function normalisedSql(column: Column): string {
  return column.normalise.reduce(
    (sql, step, i) => `${NORMALISE[step]}(${i === 0 ? `${sql}::text` : sql})`,
    columnSql(column),
  );
}

export function conditions(side: Side, more: readonly string[] = []): string {
  const all = [...(side.where === null ? [] : [`(${side.where}\n)`]), ...more];
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
}

export function someKeyIsNull(side: Side): string {
  return `(${side.key.map((column) => `${normalisedSql(column)} IS NULL`).join(' OR ')})`;
}

/** Without a possible NULL there is nothing to ask, and the planner is spared the filter. */
export function noKeyIsNull(side: Side, shape: SideShape): string[] {
  return side.key
    .filter((_, i) => shape.key[i]?.nullable !== false)
    .map((column) => `${normalisedSql(column)} IS NOT NULL`);
}

const list = (count: number, item: (n: number) => string, separator = ', '): string =>
  Array.from({ length: count }, (_, i) => item(i + 1)).join(separator);

/**
 * One side as a derived table: k1…, v1… to compare, d1… to show, and n (rows of the key) where the key is not
 * guaranteed to be unique. DISTINCT ON and a window instead of GROUP BY, because not every type has a min().
 */
export function derived(side: Side, shape: SideShape): string {
  const keys = side.key.map((column, i) => `${comparable(column, shape.key[i])} AS k${String(i + 1)}`);
  const values = side.compare.flatMap((column, i) => [
    `${comparable(column, shape.compare[i])} AS v${String(i + 1)}`,
    `${columnSql(column)} AS d${String(i + 1)}`,
  ]);
  const from = `FROM ${tableSql(side)}${conditions(side, noKeyIsNull(side, shape))}`;
  if (shape.keyIsUnique) return `(SELECT ${[...keys, ...values].join(', ')} ${from})`;
  const k = list(side.key.length, (n) => `k${String(n)}`);
  return `(SELECT DISTINCT ON (${k}) *, count(*) OVER (PARTITION BY ${k}) AS n FROM (SELECT ${[...keys, ...values].join(', ')} ${from}) AS every_row)`;
}

function comparable(column: Column, shape: SideShape['key'][number] | undefined): string {
  const sql = normalisedSql(column);
  if (shape?.cast) return `${sql}::${shape.cast}`;
  return shape?.forceC ? `${sql} COLLATE "C"` : sql;
}

const JOINS = { both: 'FULL', left: 'LEFT', right: 'RIGHT' } as const;

/** Columns: a.k…, b.k…, a.d…, b.d…, a.n, b.n. Every row is a disagreement. */
export function couplingSql(
  { left, right, universe, tolerances }: Coupling,
  a: SideShape,
  b: SideShape,
): string {
  const n = left.key.length;
  const values = left.compare.length;
  const columns = [
    list(n, (i) => `a.k${String(i)}`),
    list(n, (i) => `b.k${String(i)}`),
    ...(values ? [list(values, (i) => `a.d${String(i)}`), list(values, (i) => `b.d${String(i)}`)] : []),
    a.keyIsUnique ? '1' : 'a.n',
    b.keyIsUnique ? '1' : 'b.n',
  ];
  // Exactly this predicate: shorter forms miscount NULLs, 3,970 and 4,113 instead of 4,043 rows in a measured case.
  const wrong = [
    ...(universe === 'right' ? [] : ['b.k1 IS NULL']),
    ...(universe === 'left' ? [] : ['a.k1 IS NULL']),
    ...tolerances.map((tolerance, i) => differs(i, tolerance, a, b)),
    ...(a.keyIsUnique ? [] : ['a.n > 1']),
    ...(b.keyIsUnique ? [] : ['b.n > 1']),
  ];
  return [
    `SELECT ${columns.join(', ')}`,
    `FROM ${derived(left, a)} AS a`,
    `${JOINS[universe]} JOIN ${derived(right, b)} AS b`,
    `ON ${list(n, (i) => `a.k${String(i)} = b.k${String(i)}`, ' AND ')}`,
    `WHERE ${wrong.join(' OR ')}`,
  ].join('\n');
}

/** SQL condition over `a` and `b` of `derived`: the i-th compared pair is apart. */
export function differs(i: number, tolerance: Tolerance | null, left: SideShape, right: SideShape): string {
  const a = { sql: `a.v${String(i + 1)}`, type: left.compare[i]?.type ?? '' };
  const b = { sql: `b.v${String(i + 1)}`, type: right.compare[i]?.type ?? '' };
  const distinct = `${a.sql} IS DISTINCT FROM ${b.sql}`;
  return tolerance === null ? distinct : `(${distinct} AND (${withinSql(a, b, tolerance)}) IS NOT TRUE)`;
}

/** Distinct complete keys of a side. */
export function countSql(side: Side, shape: SideShape): string {
  const where = conditions(side, noKeyIsNull(side, shape));
  if (shape.keyIsUnique) return `SELECT count(*) FROM ${tableSql(side)}${where}`;
  return `SELECT count(*) FROM (SELECT DISTINCT ${keyList(side, shape)} FROM ${tableSql(side)}${where}) AS keys`;
}

function keyList(side: Side, shape: SideShape): string {
  return side.key.map((column, i) => `${comparable(column, shape.key[i])} AS k${String(i + 1)}`).join(', ');
}

/** Distinct keys with a NULL part, of all the sides together: UNION takes NULLs for equal. */
export function nullKeysSql(sides: readonly { side: Side; shape: SideShape }[]): string {
  return sides
    .map(({ side, shape }) => {
      const where = conditions(side, [someKeyIsNull(side)]);
      return `SELECT ${keyList(side, shape)} FROM ${tableSql(side)}${where}`;
    })
    .join('\nUNION\n')
    .replace(/^SELECT/, sides.length === 1 ? 'SELECT DISTINCT' : 'SELECT');
}

/** Columns: k…, n. Every row is a key of `from` that `to` lacks. */
export function orphansSql({ from, to }: Reference, a: SideShape, b: SideShape): string {
  const k = list(from.key.length, (i) => `k${String(i)}`);
  const rows = `SELECT ${keyList(from, a)} FROM ${tableSql(from)}${conditions(from, noKeyIsNull(from, a))}`;
  return [
    `SELECT ${k}, n`,
    `FROM (SELECT ${k}, count(*) AS n FROM (${rows}) AS every_row GROUP BY ${k}) AS f`,
    `WHERE NOT EXISTS (SELECT 1 FROM (SELECT ${keyList(to, b)} FROM ${tableSql(to)}${conditions(to)}) AS t`,
    `WHERE ${list(from.key.length, (i) => `t.k${String(i)} = f.k${String(i)}`, ' AND ')})`,
  ].join('\n');
}

/** True when no row of the side has a complete key. */
export function isEmptySql(side: Side): string {
  const complete = side.key.map((column) => `${normalisedSql(column)} IS NOT NULL`);
  return `SELECT NOT EXISTS (SELECT 1 FROM ${tableSql(side)}${conditions(side, complete)}) AS empty`;
}

export function duplicatesSql(side: Side, shape: SideShape): string {
  const k = list(side.key.length, (i) => `k${String(i)}`);
  const rows = `SELECT ${keyList(side, shape)} FROM ${tableSql(side)}${conditions(side, noKeyIsNull(side, shape))}`;
  return `SELECT count(*) FROM (SELECT 1 FROM (${rows}) AS every_row GROUP BY ${k} HAVING count(*) > 1) AS repeated`;
}
