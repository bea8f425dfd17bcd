/** Which join Postgres should use, and what its planner says of a statement. */
import type { Explanation, Side } from '../source.ts';
import type { Connection } from './connection.ts';
import type { SideShape } from './shape.ts';
import { quote, tableSql } from './statements.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Total Cost': number;
  readonly 'Plan Rows': number;
  readonly Plans?: readonly PlanNode[];
}

/** Keys per second of a side, on 2 cores with warm caches; docs/performance.md has the runs. */
const MERGE_ROWS_PER_SECOND = 2_400_000;
const HASH_ROWS_PER_SECOND = 850_000;

/** Below this, reading rows that no VACUUM has seen makes a merge slower than a hash join: 975 against 790 ms at a half. */
const LEAST_VISIBLE_PAGES = 0.8;

/**
 * Turns the hash join off for this transaction, but only when that gives a merge of two index-only scans that spare the
 * table: 2 to 3 times faster than the hash join that the planner prefers. Without covering indexes it would be 4 times
 * slower. The planner also expects most rows to pass the filter, and would not use its workers for that many: hardly
 * any do, so a row from a worker may cost nothing. docs/performance.md has the runs.
 */
export async function pickPlan(
  connection: Connection,
  sql: string,
  sides: readonly SideShape[],
): Promise<void> {
  await connection.run('SET LOCAL parallel_tuple_cost = 0');
  if (!sides.every((side) => side.keyIsUnique && side.visiblePages >= LEAST_VISIBLE_PAGES)) return;
  await connection.run('SET LOCAL enable_hashjoin = off');
  const nodes = flatten(await planOf(connection, sql));
  if (!isIndexOnlyMerge(nodes)) await connection.run('SET LOCAL enable_hashjoin = on');
}

/** @param advise the sides to advise a covering index for, or null */
export async function explainStatement(
  connection: Connection,
  sql: string,
  advise: readonly Side[] | null,
): Promise<Explanation> {
  const plan = await planOf(connection, sql);
  const nodes = flatten(plan);
  const lines = await connection.rows<[string]>(`EXPLAIN ${sql}`, []);
  const merge = isIndexOnlyMerge(nodes);
  const scanned = nodes.filter((node) => node['Node Type'].includes('Scan')).map((node) => node['Plan Rows']);
  const largest = Math.max(0, ...scanned);
  return {
    sql,
    plan: lines.map(([line]) => line),
    estimatedRows: scanned.reduce((sum, rows) => sum + rows, 0),
    estimatedCost: plan['Total Cost'],
    expectedMs: (largest / (merge ? MERGE_ROWS_PER_SECOND : HASH_ROWS_PER_SECOND)) * 1_000,
    advice: merge || advise === null || largest < 100_000 ? null : indexAdvice(advise),
  };
}

async function planOf(connection: Connection, sql: string): Promise<PlanNode> {
  const [row] = await connection.rows<[string]>(`EXPLAIN (FORMAT JSON) ${sql}`, []);
  const [top] = JSON.parse(row?.[0] ?? '[]') as { Plan: PlanNode }[];
  if (!top) throw new Error('EXPLAIN gave no plan');
  return top.Plan;
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

function isIndexOnlyMerge(nodes: readonly PlanNode[]): boolean {
  const types = nodes.map((node) => node['Node Type']);
  const indexOnly = types.filter((type) => type === 'Index Only Scan').length;
  return types.includes('Merge Join') && indexOnly === 2 && !types.some((type) => type.endsWith('Sort'));
}

function indexAdvice(sides: readonly Side[]): string {
  const statements = sides.map((side) => {
    const names = (columns: Side['key']): string =>
      columns
        .map((column) => (column.column === undefined ? `(${column.expr ?? ''})` : quote(column.column)))
        .join(', ');
    const include = side.compare.length > 0 ? ` INCLUDE (${names(side.compare)})` : '';
    return `CREATE UNIQUE INDEX CONCURRENTLY ON ${tableSql(side)} (${names(side.key)})${include};`;
  });
  return `2 to 4 times faster with a covering index on both sides:\n${statements.join('\n')}`;
}
