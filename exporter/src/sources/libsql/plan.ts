/** How SQLite means to answer a statement. */
import type { Explanation, Side, SideForms } from '../source.ts';
import { countOf, rowsOf, utf8, type Connection } from './connection.ts';
import { orderedSql, pageSql } from './keyed-statements.ts';
import type { SideShape } from './shape.ts';
import { countSql, joinOf, tableSql, type Join } from './statements.ts';
import { quote } from './values.ts';

/** Keys per second of a side, on 2 cores with warm caches; docs/performance.md has the runs. */
const JOINED_BY_INDEX_PER_SECOND = 1_000_000;
const JOINED_OTHERWISE_PER_SECOND = 250_000;
const READ_IN_ORDER_PER_SECOND = 1_000_000;
/** Below this an index pays for nobody. */
const LEAST_ADVISED_ROWS = 100_000;

export async function planOf(connection: Connection, sql: string): Promise<string[]> {
  const rows = await rowsOf(connection, `EXPLAIN QUERY PLAN ${sql}`);
  return rows.map((row) => utf8(connection.source, row[3] ?? null));
}

/**
 * The statement whose join is found in an index. SQLite has one other way to join, to read the whole of one side for
 * each row of the other, and takes it without a word where types or collations keep it from an index.
 */
export async function workingStatement(
  connection: Connection,
  searched: readonly SideShape[],
  all: readonly SideShape[],
  build: (join: Join) => string,
): Promise<string> {
  const join = joinOf(searched, all);
  const statement = build(join);
  if (join === 'by an index made for it') return statement;
  const plan = await planOf(connection, statement);
  return plan.some((line) => /^SCAN .*LEFT-JOIN/.test(line)) ? build('by an index made for it') : statement;
}

interface Examined {
  readonly side: Side;
  readonly shape: SideShape;
}

export async function explainStatement(
  connection: Connection,
  sql: string,
  sides: readonly Examined[],
): Promise<Explanation> {
  const plan = await planOf(connection, sql);
  const made = plan.some((line) => line.includes('AUTOMATIC') || line.includes('TEMP B-TREE'));
  return explanation(connection, sql, plan, sides, made ? JOINED_OTHERWISE_PER_SECOND : JOINED_BY_INDEX_PER_SECOND); // prettier-ignore
}

export async function explainOrdered(
  connection: Connection,
  side: Side,
  shape: SideShape,
): Promise<Explanation> {
  const forms: SideForms = {
    key: shape.key.map((column) => column.form),
    compare: shape.compare.map((column) => column.form),
  };
  const sql = connection.snapshot ? orderedSql(side, shape, forms) : pageSql(side, shape, forms, true);
  const plan = await planOf(connection, sql);
  return explanation(connection, sql, plan, [{ side, shape }], READ_IN_ORDER_PER_SECOND);
}

async function explanation(
  connection: Connection,
  sql: string,
  plan: readonly string[],
  sides: readonly Examined[],
  keysPerSecond: number,
): Promise<Explanation> {
  const counts: number[] = [];
  for (const { side, shape } of sides) {
    // SQLite's planner estimates nothing that it would tell
    counts.push(await countOf(connection, countSql(side, { ...shape, keyIsUnique: true })));
  }
  const largest = Math.max(0, ...counts);
  const bare = sides.filter(({ side, shape }) => !shape.keyIsUnique && side.key.every(({ column, normalise }) => column !== undefined && normalise.length === 0)); // prettier-ignore
  return {
    sql,
    plan,
    estimatedRows: sides.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0),
    estimatedCost: null,
    expectedMs: sides.length === 0 ? null : (largest / keysPerSecond) * 1_000,
    advice: largest < LEAST_ADVISED_ROWS || bare.length === 0 ? null : indexAdvice(bare),
  };
}

function indexAdvice(sides: readonly Examined[]): string {
  const statements = sides.map(({ side }) => {
    const columns = side.key.map(({ column }) => quote(column ?? ''));
    return `CREATE INDEX ${quote(`${side.table}_by_key`)} ON ${tableSql(side)} (${columns.join(', ')});`;
  });
  return `faster with an index on the key, UNIQUE where it is one:\n${statements.join('\n')}`;
}
