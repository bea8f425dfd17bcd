/** How long it takes to read the rows of one key, or of a statement. */
import type { Explanation, Side } from '../source.ts';
import type { Cell, Connection } from './connection.ts';
import { explainStatement } from './plan.ts';
import { sideShape } from './shape.ts';
import { asTable, selectionFields } from './selection.ts';
import { conditions, normalisedSql, someKeyIsNull, tableSql } from './statements.ts';

/** Sampling by page pays beyond this; so many rows are sorted at random in some 10 ms. */
const SAMPLED_FROM = 10_000;

export async function lookupTimes(connection: Connection, side: Side, samples: number): Promise<number[]> {
  const shape = await sideShape(connection, side);
  const keys = await someKeys(connection, side, samples);
  const statement = oneKeySql(side, shape.key.map(({ type }, i) => `$${String(i + 1)}::${type}`)); // prettier-ignore
  const [first] = keys;
  return first ? timed([first, ...keys], (key) => connection.rows(statement, key)) : [];
}

/** @throws SourceError when it is no SELECT, or more than one statement */
export async function statementTimes(
  connection: Connection,
  sql: string,
  samples: number,
): Promise<number[]> {
  await selectionFields(connection, sql);
  // whole rows: a column that nobody asks for would not be computed
  const statement = `SELECT count(asked.*) FROM ${asTable(sql)}`;
  return timed(Array(samples + 1).fill(null), () => connection.rows(statement, []));
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

/** The plan for a value that the planner does not know, as it does not know the one of a user. */
export function explainLookup(connection: Connection, side: Side): Promise<Explanation> {
  const some = side.key.map((column) => `(SELECT ${normalisedSql(column)} FROM ${tableSql(side)} LIMIT 1)`);
  return explainStatement(connection, oneKeySql(side, some), null);
}

/** Counting whole rows makes the server read them, while nothing of them leaves it. */
function oneKeySql(side: Side, values: readonly string[]): string {
  const equal = side.key.map((column, i) => `${normalisedSql(column)} = ${values[i] ?? 'NULL'}`);
  return `SELECT count(found.*) FROM ${tableSql(side)} AS found${conditions(side, equal)}`;
}

async function someKeys(connection: Connection, side: Side, samples: number): Promise<Cell[][]> {
  const [facts] = await connection.rows<[string, string]>(
    'SELECT relkind::text, reltuples::float8 FROM pg_class WHERE oid = to_regclass($1)',
    [tableSql(side)],
  );
  const rows = facts && ['r', 'm'].includes(facts[0]) ? Number(facts[1]) : 0;
  if (rows > SAMPLED_FROM) {
    const percent = (100 * SAMPLED_FROM) / rows;
    const sampled = await keysFrom(connection, side, ` TABLESAMPLE SYSTEM (${String(percent)})`, samples);
    if (sampled.length > 0) return sampled;
  }
  return keysFrom(connection, side, '', samples);
}

function keysFrom(connection: Connection, side: Side, sample: string, samples: number): Promise<Cell[][]> {
  const keys = side.key.map((column, i) => `${normalisedSql(column)}::text AS k${String(i)}`).join(', ');
  const where = conditions(side, [`NOT ${someKeyIsNull(side)}`]);
  const some = `SELECT ${keys} FROM ${tableSql(side)}${sample}${where} LIMIT ${String(SAMPLED_FROM)}`;
  return connection.rows<Cell[]>(
    `SELECT * FROM (SELECT DISTINCT * FROM (${some}) AS read) AS keys ORDER BY random() LIMIT $1`,
    [samples],
  );
}
