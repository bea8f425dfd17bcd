/** What a sync would write, from the rows as they are in one snapshot. */
import type { Value } from '../../core/value.ts';
import type { Direction, PlannedWrite, PlanRow, RowText, SideName, Statement } from '../../core/sync-plan.ts';
import type { Repair, ToMend } from '../mender.ts';
import type { Column, Side } from '../source.ts';
import type { Cell, Connection } from './connection.ts';
import {
  comparedColumns,
  createdColumns,
  createStatement,
  journalStatement,
  keyColumns,
  previewStatement,
  setColumns,
  updateStatement,
  wantedSql,
  type MendedSide,
} from './mender-statements.ts';
import { reconcileCollations, sideShape, type SideShape } from './shape.ts';
import { derived, differs } from './statements.ts';

/** Both sides with the types of every column that is read or written. */
export interface Mended {
  readonly left: MendedSide;
  readonly right: MendedSide;
  readonly shapes: readonly [SideShape, SideShape];
}

/** Throws a `SourceError` that names the table or column that is not there. */
export async function mendedSides(connection: Connection, repair: Repair): Promise<Mended> {
  const sides = {
    left: widened(repair.left, repair.written.left),
    right: widened(repair.right, repair.written.right),
  };
  const shapes = reconcileCollations(
    await sideShape(connection, sides.left),
    await sideShape(connection, sides.right),
  );
  const mended = (name: SideName, shape: SideShape): MendedSide => ({
    side: repair[name],
    written: repair.written[name],
    types: new Map([...shape.key, ...shape.compare].map(({ label, type }) => [label, type])),
  });
  return { left: mended('left', shapes[0]), right: mended('right', shapes[1]), shapes };
}

/** With the columns that a sync writes besides, as if they were compared too. */
function widened(side: Side, { create, set }: Repair['written'][SideName]): Side {
  const compared = side.compare.map(({ label }) => label);
  const more = [...new Set([...set, ...create].map(({ column }) => column))];
  const columns = more
    .filter((column) => !compared.includes(column))
    .map((column): Column => ({ label: column, column, normalise: [] }));
  return { ...side, compare: [...side.compare, ...columns], context: [] };
}

/** One wanted key as both sides hold it; a side is null where there is no row. */
interface Pair {
  readonly left: RowText | null;
  readonly right: RowText | null;
  readonly agree: boolean;
  /** the side with the higher value; only where one column is compared */
  readonly higher: SideName | null;
}

export async function propose(
  connection: Connection,
  repair: Repair,
  violations: readonly ToMend[],
): Promise<PlanRow[]> {
  const mended = await mendedSides(connection, repair);
  const wanted = violations.filter(({ key }) => !key.includes(null));
  const pairs =
    wanted.length === 0 ? new Map<string, Pair>() : await readPairs(connection, repair, mended, wanted);
  const decided = violations.map((violation) =>
    decide(repair, mended, violation, pairs.get(violation.violationId)),
  );
  return withPreviews(connection, mended, decided);
}

/** of `pairsSql`, before the columns of the sides */
const FIXED_COLUMNS = 5;

async function readPairs(
  connection: Connection,
  repair: Repair,
  mended: Mended,
  wanted: readonly ToMend[],
): Promise<Map<string, Pair>> {
  const rows = await connection.rows<Cell[]>(pairsSql(repair, mended), keyParameters(wanted));
  const rightFrom = FIXED_COLUMNS + mended.shapes[0].compare.length;
  return new Map(
    rows.map((cells) => {
      const [nth, hasLeft, hasRight, agree, higher] = cells;
      const text = (shape: SideShape, from: number): RowText =>
        Object.fromEntries(shape.compare.map(({ label }, i) => [label, cells[from + i] ?? null]));
      const violation = wanted[Number(nth) - 1];
      return [
        violation?.violationId ?? '',
        {
          left: hasLeft === 'true' ? text(mended.shapes[0], FIXED_COLUMNS) : null,
          right: hasRight === 'true' ? text(mended.shapes[1], rightFrom) : null,
          agree: agree === 'true',
          higher: higher === 'left' || higher === 'right' ? higher : null,
        },
      ];
    }),
  );
}

/** Columns: nth, whether each side has a row, whether they agree, the higher side, then every column of both. */
function pairsSql(repair: Repair, { left, right, shapes: [a, b] }: Mended): string {
  const side = (mended: MendedSide, shape: SideShape): Side => ({
    ...mended.side,
    compare: shape.compare.map(({ label }): Column => ({ label, column: label, normalise: [] })),
  });
  const on = (alias: string, mended: MendedSide): string =>
    keyColumns(mended)
      .map(
        (column, i) =>
          `${alias}.k${String(i + 1)} = w.k${String(i + 1)}::${mended.types.get(column) ?? 'text'}`,
      )
      .join(' AND ');
  const apart = repair.tolerances.map((tolerance, i) => differs(i, tolerance, a, b));
  const higher =
    repair.tolerances.length === 1
      ? "CASE WHEN b.v1 IS NULL OR a.v1 > b.v1 THEN 'left' ELSE 'right' END"
      : "''";
  const shown = (alias: string, shape: SideShape): string[] =>
    shape.compare.map((_, i) => `${alias}.d${String(i + 1)}::text`);
  return [
    `SELECT ${['w.nth::text', '(a.k1 IS NOT NULL)::text', '(b.k1 IS NOT NULL)::text', `(NOT (${apart.join(' OR ') || 'false'}))::text`, higher, ...shown('a', a), ...shown('b', b)].join(', ')}`,
    `FROM ${wantedSql(repair.left.key.length)}`,
    `LEFT JOIN ${derived(side(left, a), a)} AS a ON ${on('a', left)}`,
    `LEFT JOIN ${derived(side(right, b), b)} AS b ON ${on('b', right)}`,
  ].join('\n');
}

function keyParameters(wanted: readonly { readonly key: readonly Value[] }[]): (string | null)[][] {
  const width = wanted[0]?.key.length ?? 0;
  return Array.from({ length: width }, (_, i) => wanted.map(({ key }) => textOf(key[i] ?? null)));
}

function textOf(value: Value): string | null {
  return value === null ? null : String(value);
}

/** What is to be done with one violation, before the values are known that it would write. */
interface Decided extends Omit<PlanRow, 'write'> {
  readonly todo: { readonly action: 'update' | 'create'; readonly to: SideName; readonly pair: Pair } | null;
}

function decide(
  repair: Repair,
  { shapes }: Mended,
  { violationId, key }: ToMend,
  pair: Pair | undefined,
): Decided {
  const skip = (kind: string, skipped: string): Decided => ({ violationId, key, kind, skipped, todo: null });
  if (key.includes(null)) return skip('null_key', 'a row without a complete key cannot be found again');
  const unguarded = shapes.findIndex(({ keyIsUnique }) => !keyIsUnique);
  if (unguarded >= 0) {
    const table = unguarded === 0 ? repair.left.table : repair.right.table;
    return skip(
      'duplicate_key',
      `${table} has no unique index over the key: one row could not be told from another`,
    );
  }
  const { left = null, right = null } = pair ?? {};
  if (!pair || (left === null && right === null)) return skip('missing_left', 'both rows are gone');
  if (left !== null && right !== null && pair.agree) return skip('mismatch', 'the rows agree by now');
  const kind = left === null ? 'missing_left' : right === null ? 'missing_right' : 'mismatch';
  const direction = repair.directions[kind] ?? 'skip';
  if (direction === 'skip') return skip(kind, `the configuration leaves ${kind} alone`);
  const to = written(kind, direction, pair);
  if (to === null) return skip(kind, `${direction} would have to delete a row, which a sync never does`);
  return {
    violationId,
    key,
    kind,
    skipped: null,
    todo: { action: kind === 'mismatch' ? 'update' : 'create', to, pair },
  };
}

/** The side that is written; null when only a deletion would do what the direction asks. */
function written(kind: string, direction: Direction, { higher }: Pair): SideName | null {
  if (kind === 'missing_left') return direction === 'left_to_right' ? null : 'left';
  if (kind === 'missing_right') return direction === 'right_to_left' ? null : 'right';
  if (direction === 'left_to_right') return 'right';
  if (direction === 'right_to_left') return 'left';
  const wins = direction === 'to_higher' ? higher : higher === 'left' ? 'right' : 'left';
  return wins === 'left' ? 'right' : 'left';
}

/** Asks for the values of each kind of write at once, and writes the statements down. */
async function withPreviews(
  connection: Connection,
  mended: Mended,
  decided: readonly Decided[],
): Promise<PlanRow[]> {
  const writes = new Map<string, PlannedWrite>();
  for (const to of ['left', 'right'] as const) {
    for (const action of ['update', 'create'] as const) {
      const group = decided.filter(({ todo }) => todo?.to === to && todo.action === action);
      const previews = await readPreviews(connection, mended, to, action, group);
      for (const [i, row] of group.entries()) {
        const after = previews.get(i);
        if (row.todo && after) writes.set(row.violationId, plannedWrite(mended, row, row.todo, after));
      }
    }
  }
  return decided.map(({ violationId, key, kind, skipped }): PlanRow => {
    const write = writes.get(violationId) ?? null;
    return {
      violationId,
      key,
      kind,
      write,
      skipped: write === null ? (skipped ?? 'the other row is gone') : null,
    };
  });
}

async function readPreviews(
  connection: Connection,
  mended: Mended,
  to: SideName,
  action: 'update' | 'create',
  group: readonly Decided[],
): Promise<Map<number, RowText>> {
  if (group.length === 0) return new Map();
  const target = mended[to];
  const source = mended[to === 'left' ? 'right' : 'left'];
  const columns = action === 'update' ? setColumns(target) : createdColumns(target);
  const { text, more } = previewStatement(target, source, action, keyColumns(target).length);
  const rows = await connection.rows<Cell[]>(text, [...keyParameters(group), ...more]);
  return new Map(
    rows.map(([nth, ...cells]) => [
      Number(nth) - 1,
      Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? null])),
    ]),
  );
}

function plannedWrite(
  mended: Mended,
  { key }: Decided,
  { action, to, pair }: NonNullable<Decided['todo']>,
  after: RowText,
): PlannedWrite {
  const from = to === 'left' ? 'right' : 'left';
  const [target, source] = [mended[to], mended[from]];
  const only = (row: RowText | null, columns: readonly string[]): RowText | null =>
    row && Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
  const guards = {
    keyText: key.map(String),
    before: only(pair[to], setColumns(target)),
    other: only(pair[from], comparedColumns(source)),
    after,
  };
  const main: Statement =
    action === 'update' ? updateStatement(target, source, guards) : createStatement(target, source, guards);
  const { journal } = target.written;
  const statements = journal ? [main, journalStatement(target, source, journal, guards)] : [main];
  return { action, side: to, table: target.side.table, ...guards, fingerprint: null, statements };
}
