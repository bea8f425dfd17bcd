/** How long it takes to read the rows of one key, or of a statement. */
import type { Explanation, Side } from '../source.ts';
import { rowsOf, type Cell, type Connection, type Parameter } from './connection.ts';
import { explainStatement } from './plan.ts';
import { sideShape } from './shape.ts';
import { asTable, selectionColumns } from './selection.ts';
import { conditions, someKeyIsNull, tableSql } from './statements.ts';
import { normalisedSql, quote, shownSql } from './values.ts';

/** Keys are drawn from so many rows: SQLite has no way to jump to a random page. */
const SAMPLED_FROM = 10_000;

export async function lookupTimes(connection: Connection, side: Side, samples: number): Promise<number[]> {
  await sideShape(connection, side);
  const columns = await columnsOf(connection, side);
  const keys = await someKeys(connection, side, samples);
  const [first] = keys;
  if (!first) return [];
  return timed([first, ...keys], (key) => {
    const values = key.map((cell, i) => {
      const parameter = `?${String(i + 1)}`;
      return cell instanceof Uint8Array ? `CAST(${parameter} AS TEXT)` : parameter;
    });
    return rowsOf(connection, oneKeySql(side, columns, values), key);
  });
}

/** @throws SourceError when it is no SELECT, or more than one statement */
export async function statementTimes(
  connection: Connection,
  sql: string,
  samples: number,
): Promise<number[]> {
  const columns = await selectionColumns(connection, sql);
  const statement = `SELECT ${counts(columns)} FROM ${asTable(sql)}`;
  return timed(Array(samples + 1).fill(null), () => rowsOf(connection, statement));
}

/** The first time pays for what the others find warm, and is not told. */
async function timed<T>(all: readonly T[], run: (one: T) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const one of all) {
    const start = performance.now();
    await run(one);
    times.push(performance.now() - start);
  }
  return times.slice(1);
}

export async function explainLookup(connection: Connection, side: Side): Promise<Explanation> {
  const shape = await sideShape(connection, side);
  const columns = await columnsOf(connection, side);
  const sql = oneKeySql(side, columns, side.key.map((column) => `(SELECT ${normalisedSql(column)} FROM ${tableSql(side)} LIMIT 1)`)); // prettier-ignore
  return explainStatement(connection, sql, [{ side, shape }]);
}

function oneKeySql(side: Side, columns: readonly string[], values: readonly string[]): string {
  const equal = side.key.map((column, i) => `${normalisedSql(column)} = ${values[i] ?? 'NULL'}`);
  return `SELECT ${counts(columns)} FROM ${tableSql(side)}${conditions(side, equal)}`;
}

/** Counting the values of every column makes SQLite read and compute them, while nothing of them leaves it. */
function counts(columns: readonly string[]): string {
  return columns.map((name) => `count(${quote(name)})`).join(', ');
}

function columnsOf(connection: Connection, side: Side): Promise<readonly string[]> {
  return connection.columns(`SELECT * FROM ${tableSql(side)}`);
}

async function someKeys(connection: Connection, side: Side, samples: number): Promise<Parameter[][]> {
  const keys = side.key.map((column, i) => `${normalisedSql(column)} AS k${String(i)}`).join(', ');
  const where = conditions(side, [`NOT ${someKeyIsNull(side)}`]);
  const shown = side.key.map((_, i) => shownSql(`k${String(i)}`)).join(', ');
  const rows = await rowsOf(
    connection,
    `SELECT ${shown} FROM (SELECT DISTINCT * FROM (SELECT ${keys} FROM ${tableSql(side)}${where} LIMIT ${String(SAMPLED_FROM)})) ORDER BY random() LIMIT ?1`,
    [BigInt(samples)],
  );
  // a BLOB comes as its text, by which it is not found
  return rows.filter((row) => !row.some((cell: Cell) => typeof cell === 'string')).map((row) => [...row]);
}
