/** What a report asks of a window beyond its history, in numbers only. */
import { sql } from 'kysely';
import { readRun } from './rows.ts';
import type { WindowFacts, WindowQuery } from './store.ts';
import type { Backend, Tables } from './tables.ts';
import type { Transaction } from 'kysely';

type Trx = Transaction<Tables>;

/** When the oldest run ended that is still remembered, or the day of the oldest sum began; null without any. */
export async function watchedSince(backend: Backend, check: string): Promise<number | null> {
  const day = await backend.read
    .selectFrom('rollup')
    .select('day')
    .where('check_name', '=', check)
    .orderBy('day')
    .limit(1)
    .executeTakeFirst();
  const run = await backend.read
    .selectFrom('run')
    .select('finished_at')
    .where('check_name', '=', check)
    .orderBy('finished_at')
    .limit(1)
    .executeTakeFirst();
  const known = [day?.day, run?.finished_at].filter((at) => at !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}

/** One snapshot, so that a run that is being saved shows whole or not at all. */
export async function windowFacts(backend: Backend, query: WindowQuery): Promise<WindowFacts> {
  return backend.read
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      scheduled: await scheduled(trx, query),
      slowest: await slowest(trx, query),
      resolutions: await resolutions(trx, query),
    }));
}

async function scheduled(
  trx: Trx,
  { check, startedFrom, startedTo }: WindowQuery,
): Promise<WindowFacts['scheduled']> {
  const rows = await trx
    .selectFrom('run')
    .select((eb) => ['outcome', eb.fn.countAll<number>().as('count')])
    .where('check_name', '=', check)
    // a run ends after it began: this is what the index knows
    .where('finished_at', '>=', startedFrom)
    .where('started_at', '>=', startedFrom)
    .where('started_at', '<=', startedTo)
    .where('trigger', '=', 'schedule')
    .groupBy('outcome')
    .execute();
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  return { ran: total, failed: rows.find(({ outcome }) => outcome === 'error')?.count ?? 0 };
}

async function slowest(trx: Trx, { check, from, to, slowest: limit }: WindowQuery) {
  const rows = await trx
    .selectFrom('run')
    .selectAll()
    .where('check_name', '=', check)
    .where('finished_at', '>=', from)
    .where('finished_at', '<=', to)
    .orderBy(sql`finished_at - started_at`, 'desc')
    .orderBy('finished_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(readRun);
}

/** By the steps of their lives, because a violation may resolve more than once; the newest first when there are too many. */
async function resolutions(
  trx: Trx,
  { check, from, to, resolutions: limit }: WindowQuery,
): Promise<WindowFacts['resolutions']> {
  const rows = await trx
    .selectFrom('violation_event as ended')
    .innerJoin('violation', 'violation.id', 'ended.violation_id')
    .select((eb) => [
      'ended.at',
      eb
        .selectFrom('violation_event as began')
        .select((began) => began.fn.max<number | null>('began.at').as('at'))
        .whereRef('began.violation_id', '=', 'ended.violation_id')
        .where('began.event', 'in', ['opened', 'reopened'])
        .whereRef('began.at', '<=', 'ended.at')
        .as('began_at'),
    ])
    .where('ended.event', '=', 'resolved')
    .where('ended.at', '>=', from)
    .where('ended.at', '<=', to)
    .where('violation.check_name', '=', check)
    .orderBy('ended.at', 'desc')
    .limit(limit + 1)
    .execute();
  const ms = rows.slice(0, limit).flatMap(({ at, began_at: began }) => (began === null ? [] : [at - began]));
  return { ms, capped: rows.length > limit };
}
