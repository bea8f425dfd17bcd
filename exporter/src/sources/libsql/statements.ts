/** The SQL that is asked of SQLite. Identifiers are quoted here; conditions and `expr` come from the configuration. */
import type { Coupling, Reference, Side, Tolerance } from '../source.ts';
import type { SideShape } from './shape.ts';
import { columnSql, normalisedSql, quote, shownSql, withinSql } from './values.ts';

export function tableSql(side: Pick<Side, 'schema' | 'table'>): string {
  return side.schema === null ? quote(side.table) : `${quote(side.schema)}.${quote(side.table)}`;
}

export function conditions(side: Side, more: readonly string[] = []): string {
  const all = [...(side.where === null ? [] : [`(${side.where}\n)`]), ...more];
  return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
}

export function someKeyIsNull(side: Side): string {
  return `(${side.key.map((column) => `${normalisedSql(column)} IS NULL`).join(' OR ')})`;
}

export function noKeyIsNull(side: Side, shape: SideShape): string[] {
  return side.key
    .filter((_, i) => shape.key[i]?.nullable !== false)
    .map((column) => `${normalisedSql(column)} IS NOT NULL`);
}

const list = (count: number, item: (n: string) => string, separator = ', '): string =>
  Array.from({ length: count }, (_, i) => item(String(i + 1))).join(separator);

const BYTES = 'COLLATE BINARY';

function keyList(side: Side, collate = BYTES): string {
  return side.key.map((column, i) => `${normalisedSql(column)} ${collate} AS k${String(i + 1)}`).join(', ');
}

/** How the join of a statement finds partners. */
export type Join = 'by their index' | 'by an index made for it';

/**
 * A column that collates in its own way has no index of bytes, and takes its way along into the join whichever side it is on.
 * @param searched sides that must be found by an index of theirs
 */
export function joinOf(searched: readonly SideShape[], all: readonly SideShape[]): Join {
  const direct = searched.every((shape) => shape.keyIsUnique) && all.every((shape) => !shape.collated);
  return direct ? 'by their index' : 'by an index made for it';
}

/**
 * One side as a named query: k1…, v1… to compare, d1… to show, and n, the rows of the key. A COLLATE, even the one that
 * the column has, keeps SQLite from the index of a table: with it 10,000 pairs took 27 s instead of 10 ms.
 */
function named(name: string, side: Side, shape: SideShape, join: Join): string {
  const direct = join === 'by their index';
  const values = side.compare.flatMap((column, i) => [
    `${normalisedSql(column)} AS v${String(i + 1)}`,
    `${columnSql(column)} AS d${String(i + 1)}`,
  ]);
  const grouped = !shape.keyIsUnique;
  const keys = keyList(side, direct ? '' : BYTES);
  const columns = [keys, ...values, grouped ? 'count(*) AS n' : '1 AS n'].join(', ');
  const from = `FROM ${tableSql(side)}${conditions(side, noKeyIsNull(side, shape))}`;
  const groups = grouped ? ` GROUP BY ${list(side.key.length, (i) => i)}` : '';
  return `${name} AS ${direct ? 'NOT ' : ''}MATERIALIZED (SELECT ${columns} ${from}${groups})`;
}

function joined(keys: number, join: Join): string {
  return list(keys, (i) => `a.k${i} = b.k${i}${join === 'by their index' ? '' : ` ${BYTES}`}`, ' AND ');
}

/**
 * Columns: a.k…, b.k…, a.d…, b.d…, a.n, b.n, and for each tolerance whether times are within it. Every row is a
 * disagreement, or within a tolerance that only exact decimals can tell. A LEFT JOIN and an anti-join, because SQLite takes half as long again for a FULL JOIN.
 */
export function couplingSql(
  { left, right, universe, tolerances }: Coupling,
  a: SideShape,
  b: SideShape,
  join: Join,
): string {
  const keys = left.key.length;
  const values = left.compare.length;
  const columns = [
    list(keys, (i) => shownSql(`a.k${i}`)),
    list(keys, (i) => shownSql(`b.k${i}`)),
    ...(values ? [list(values, (i) => shownSql(`a.d${i}`)), list(values, (i) => shownSql(`b.d${i}`))] : []),
    'a.n, b.n',
    ...tolerances.map((tolerance, i) => timeAgrees(String(i + 1), tolerance)),
  ];
  const select = `SELECT ${columns.join(', ')}`;
  const [first, second] = universe === 'right' ? ['b', 'a'] : ['a', 'b'];
  const wrong = [
    `${second}.n IS NULL`,
    ...tolerances.map((tolerance, i) => differs(String(i + 1), tolerance)),
    ...(a.keyIsUnique ? [] : ['a.n > 1']),
    ...(b.keyIsUnique ? [] : ['b.n > 1']),
  ];
  return [
    `WITH ${named('a', left, a, join)},\n${named('b', right, b, join)}`,
    `${select} FROM ${first} LEFT JOIN ${second} ON ${joined(keys, join)} WHERE ${wrong.join(' OR ')}`,
    ...(universe === 'both'
      ? ['UNION ALL', `${select} FROM b LEFT JOIN a ON ${joined(keys, join)} WHERE a.n IS NULL`]
      : []),
  ].join('\n');
}

function differs(i: string, tolerance: Tolerance | null): string {
  const distinct = `a.v${i} IS NOT b.v${i} COLLATE BINARY`;
  return tolerance === null
    ? distinct
    : `(${distinct} AND NOT ${withinSql(`a.v${i}`, `b.v${i}`, tolerance)})`;
}

function timeAgrees(i: string, tolerance: Tolerance | null): string {
  return tolerance !== null && 'withinMs' in tolerance ? withinSql(`a.v${i}`, `b.v${i}`, tolerance) : '0';
}

/** Distinct complete keys of a side. */
export function countSql(side: Side, shape: SideShape): string {
  const where = conditions(side, noKeyIsNull(side, shape));
  if (shape.keyIsUnique) return `SELECT count(*) FROM ${tableSql(side)}${where}`;
  return `SELECT count(*) FROM (SELECT DISTINCT ${keyList(side)} FROM ${tableSql(side)}${where})`;
}

/** Distinct keys with a NULL part, of all the sides together: UNION takes NULLs for equal. */
export function nullKeysSql(sides: readonly { side: Side }[]): string {
  const all = sides.map(
    ({ side }) => `SELECT ${keyList(side)} FROM ${tableSql(side)}${conditions(side, [someKeyIsNull(side)])}`,
  );
  const keys = sides[0]?.side.key.length ?? 0;
  return `SELECT DISTINCT ${list(keys, (i) => shownSql(`k${i}`))} FROM (${all.join('\nUNION\n')})`;
}

/** Columns: k…, n. Every row is a key of `from` that `to` lacks. */
export function orphansSql({ from, to }: Reference, a: SideShape, b: SideShape, join: Join): string {
  const keys = from.key.length;
  const direct = join === 'by their index';
  const collate = direct ? '' : BYTES;
  const groups = list(keys, (i) => i);
  return [
    `WITH a AS MATERIALIZED (SELECT ${keyList(from, collate)}, count(*) AS n FROM ${tableSql(from)}${conditions(from, noKeyIsNull(from, a))} GROUP BY ${groups}),`,
    `b AS ${direct ? 'NOT ' : ''}MATERIALIZED (SELECT ${keyList(to, collate)}, 1 AS n FROM ${tableSql(to)}${conditions(to, noKeyIsNull(to, b))})`,
    `SELECT ${list(keys, (i) => shownSql(`a.k${i}`))}, a.n FROM a LEFT JOIN b ON ${joined(keys, join)} WHERE b.n IS NULL`,
  ].join('\n');
}

/** True when no row of the side has a complete key. */
export function isEmptySql(side: Side): string {
  const complete = side.key.map((column) => `${normalisedSql(column)} IS NOT NULL`);
  return `SELECT NOT EXISTS (SELECT 1 FROM ${tableSql(side)}${conditions(side, complete)})`;
}

export function duplicatesSql(side: Side, shape: SideShape): string {
  const rows = `SELECT ${keyList(side)} FROM ${tableSql(side)}${conditions(side, noKeyIsNull(side, shape))}`;
  const keys = list(side.key.length, (i) => i);
  return `SELECT count(*) FROM (${rows} GROUP BY ${keys} HAVING count(*) > 1)`;
}
