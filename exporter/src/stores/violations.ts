/** Reading violations: lists, counts, one with its life, and what the next run is compared with. */
import { sql, type ExpressionBuilder, type OrderByDirection, type SelectQueryBuilder } from 'kysely';
import type { Remembered, Violation, ViolationEvent } from '../core/violation.ts';
import { IDS_PER_STATEMENT, inChunks } from './chunks.ts';
import { decodeCursor, encodeCursor, page, type Position } from './cursor.ts';
import { readEvent, readRemembered, readViolation, REMEMBERED_COLUMNS } from './rows.ts';
import { searchText } from './sort-key.ts';
import type { Page, ViolationQuery, ViolationSort } from './store.ts';
import type { Backend, Tables, ViolationRow } from './tables.ts';

type ViolationFilter = Omit<ViolationQuery, 'sort' | 'descending' | 'limit' | 'cursor'>;
type Select<O> = SelectQueryBuilder<Tables, 'violation', O>;

const SORT_COLUMNS = {
  first_seen: 'first_seen_at',
  last_seen: 'last_seen_at',
  resolved: 'resolved_at',
  times_seen: 'times_seen',
  check: 'check_name',
  kind: 'kind',
  key: 'sort_key',
  left: 'sort_left',
  right: 'sort_right',
} as const satisfies Record<ViolationSort, keyof ViolationRow>;

/** A value that changes with every run makes a long life; the newest steps are shown. */
const MAX_EVENTS = 1_000;

export async function violationsPage(backend: Backend, query: ViolationQuery): Promise<Page<Violation>> {
  const column = SORT_COLUMNS[query.sort];
  const direction = query.descending ? 'desc' : 'asc';
  const list = ['violations', query.sort, direction, ...filterParts(query)];
  const after = query.cursor === undefined ? null : decodeCursor(list, query.cursor);
  if (matchesNothing(query)) return { rows: [], nextCursor: null };
  let select = filtered(backend.read.selectFrom('violation'), query);
  if (after) select = select.where((eb) => isAfter(eb, column, direction, after));
  const rows = await select
    .selectAll()
    .orderBy((eb) => eb(column, 'is', null)) // rows without the value come last in both directions
    .orderBy(column, direction)
    .orderBy('id', direction)
    .limit(query.limit + 1)
    .execute();
  return page(rows, query.limit, readViolation, (row) => encodeCursor(list, [row[column], row.id]));
}

export async function countViolations(backend: Backend, filter: ViolationFilter): Promise<number> {
  if (matchesNothing(filter)) return 0;
  const { count } = await filtered(backend.read.selectFrom('violation'), filter)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

function filterParts(filter: ViolationFilter): readonly unknown[] {
  return [
    [...filter.checks].sort(),
    filter.kinds ? [...filter.kinds].sort() : null,
    filter.state ?? null,
    filter.search ?? null,
  ];
}

function matchesNothing({ checks, kinds }: ViolationFilter): boolean {
  return checks.length === 0 || kinds?.length === 0;
}

function filtered<O>(select: Select<O>, { checks, kinds, state, search }: ViolationFilter): Select<O> {
  let result = select.where('check_name', 'in', checks);
  if (kinds) result = result.where('kind', 'in', kinds);
  if (state) result = result.where('state', '=', state);
  if (search !== undefined && search !== '') {
    const pattern = `%${searchText([search]).replace(/[!%_]/g, '!$&')}%`;
    result = result.where(sql<boolean>`${sql.ref('key_text')} like ${pattern} escape '!'`);
  }
  return result;
}

function isAfter(
  eb: ExpressionBuilder<Tables, 'violation'>,
  column: (typeof SORT_COLUMNS)[ViolationSort],
  direction: OrderByDirection,
  [value, id]: Position,
) {
  const beyond = direction === 'desc' ? '<' : '>';
  if (value === null) return eb.and([eb(column, 'is', null), eb('id', beyond, id)]);
  return eb.or([
    eb(column, beyond, value),
    eb.and([eb(column, '=', value), eb('id', beyond, id)]),
    eb(column, 'is', null),
  ]);
}

export async function violationWithLife(
  backend: Backend,
  id: string,
): Promise<{ violation: Violation; life: readonly ViolationEvent[] } | null> {
  return backend.read
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const row = await trx.selectFrom('violation').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return null;
      const events = await trx
        .selectFrom('violation_event')
        .selectAll()
        .where('violation_id', '=', id)
        .orderBy('at', 'desc')
        .orderBy('run_id', 'desc')
        .limit(MAX_EVENTS)
        .execute();
      return { violation: readViolation(row), life: events.reverse().map(readEvent) };
    });
}

export async function remembered(
  backend: Backend,
  check: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Remembered>> {
  const open = await backend.read
    .selectFrom('violation')
    .select(REMEMBERED_COLUMNS)
    .where('check_name', '=', check)
    .where('state', 'in', ['open', 'known'])
    .execute();
  const found = new Map(open.map((row) => [row.id, readRemembered(row)]));
  const others = ids.filter((id) => !found.has(id));
  await inChunks(others, IDS_PER_STATEMENT, async (chunk) => {
    const resolved = await backend.read
      .selectFrom('violation')
      .select(REMEMBERED_COLUMNS)
      .where('id', 'in', chunk)
      .where('check_name', '=', check)
      .where('state', '=', 'resolved')
      .execute();
    for (const row of resolved) found.set(row.id, readRemembered(row));
  });
  return found;
}
