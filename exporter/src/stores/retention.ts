/** What is too old or too much goes, in short transactions; a run that goes is added to its day's rollup. */
import type { Transaction } from 'kysely';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { DAY_MS, newestRun, runRatio } from './runs.ts';
import { checkSubject } from './check-lock.ts';
import type { Retention } from './store.ts';
import { forgetPlans } from './sync-plans.ts';
import type { Backend, RollupRow, RunRow, Tables } from './tables.ts';

type Trx = Transaction<Tables>;

type Repeat = (subject: string, work: (trx: Trx) => Promise<number>) => Promise<number>;

const ROWS_PER_TRANSACTION = 1_000;

/** @param stopped asked between transactions: what is left then waits for the next time */
export async function retain(
  backend: Backend,
  retention: Retention,
  now: number,
  stopped: () => boolean,
): Promise<number> {
  const repeat: Repeat = (subject, work) => untilNothingGoes(backend, subject, work, stopped);
  let gone = 0;
  for (const check of await checksWith(backend, 'run')) {
    gone += await retainRuns(backend, repeat, check, retention, now);
  }
  for (const check of await checksWith(backend, 'violation')) {
    gone += await repeat(checkSubject(check), (trx) =>
      forgetResolved(trx, check, now - retention.violationsMs),
    );
  }
  gone += await repeat('events', (trx) => forgetChanges(trx, now - retention.violationsMs));
  gone += await repeat('rollups', (trx) => forgetRollups(trx, now - retention.rollupsMs));
  gone += await repeat('audit', (trx) => forgetOlder(trx, 'audit', now - retention.rollupsMs));
  gone += await repeat('deployments', (trx) => forgetOlder(trx, 'deployment', now - retention.runsMs));
  const plans = { expiredBefore: now - DAY_MS, madeBefore: now - retention.rollupsMs };
  gone += await repeat('sync plans', (trx) => forgetPlans(trx, plans));
  return gone;
}

async function untilNothingGoes(
  backend: Backend,
  subject: string,
  work: (trx: Trx) => Promise<number>,
  stopped: () => boolean,
): Promise<number> {
  let total = 0;
  while (!stopped()) {
    const gone = await backend.write.transaction().execute(async (trx) => {
      await backend.lock(trx, subject);
      return work(trx);
    });
    if (gone === 0) break;
    total += gone;
    await letOthersRun();
  }
  return total;
}

async function checksWith(backend: Backend, table: 'run' | 'violation'): Promise<string[]> {
  const rows = await backend.read.selectFrom(table).select('check_name').distinct().execute();
  return rows.map((row) => row.check_name);
}

async function retainRuns(
  backend: Backend,
  repeat: Repeat,
  check: string,
  limits: Retention,
  now: number,
): Promise<number> {
  // Whole UTC days go by age, so that a day is told by its runs or by its rollup.
  const oldest = Math.floor((now - limits.runsMs) / DAY_MS) * DAY_MS;
  const surplus = await backend.read
    .selectFrom('run')
    .select(['id', 'finished_at'])
    .where('check_name', '=', check)
    .orderBy('finished_at', 'desc')
    .orderBy('id', 'desc')
    .offset(limits.maxRuns)
    .limit(1)
    .executeTakeFirst();
  const last = await newestRun(backend, check, false);
  const conclusive = await newestRun(backend, check, true);
  const kept = [last, conclusive].flatMap((run) => (run ? [run.id] : []));
  return repeat(checkSubject(check), async (trx) => {
    const rows = await trx
      .selectFrom('run')
      .selectAll()
      .where('check_name', '=', check)
      .where('id', 'not in', kept)
      .where((eb) => {
        const tooOld = eb('finished_at', '<', oldest);
        if (!surplus) return tooOld;
        const tie = eb.and([eb('finished_at', '=', surplus.finished_at), eb('id', '<=', surplus.id)]);
        return eb.or([tooOld, eb('finished_at', '<', surplus.finished_at), tie]);
      })
      .orderBy('finished_at')
      .orderBy('id')
      .limit(ROWS_PER_TRANSACTION)
      .execute();
    await rollUp(trx, check, rows);
    if (rows.length > 0) await trx.deleteFrom('run').where('id', 'in', rows.map(({ id }) => id)).execute(); // prettier-ignore
    return rows.length;
  });
}

async function rollUp(trx: Trx, check: string, runs: readonly RunRow[]): Promise<void> {
  for (const day of new Set(runs.map(dayOf))) {
    const before = await trx
      .selectFrom('rollup')
      .selectAll()
      .where('check_name', '=', check)
      .where('day', '=', day)
      .executeTakeFirst();
    const after = runs.filter((run) => dayOf(run) === day).reduce(addRun, before ?? emptyDay(check, day));
    await trx
      .insertInto('rollup')
      .values(after)
      .onConflict((conflict) => conflict.columns(['check_name', 'day']).doUpdateSet(after))
      .execute();
  }
}

function dayOf(run: RunRow): number {
  return Math.floor(run.finished_at / DAY_MS) * DAY_MS;
}

function emptyDay(check: string, day: number): RollupRow {
  const unknown = { last_at: null, checked: null, inconsistent: null, min_ratio: null, max_ratio: null };
  return { check_name: check, day, runs: 0, errors: 0, opened: 0, resolved: 0, ...unknown };
}

function addRun(day: RollupRow, run: RunRow): RollupRow {
  const ratio = runRatio(run);
  const newer = run.checked !== null && run.finished_at >= (day.last_at ?? 0);
  return {
    ...day,
    ...(newer ? { last_at: run.finished_at, checked: run.checked, inconsistent: run.inconsistent } : {}),
    runs: day.runs + 1,
    errors: day.errors + (run.outcome === 'error' ? 1 : 0),
    min_ratio: ratio === null ? day.min_ratio : Math.min(ratio, day.min_ratio ?? ratio),
    max_ratio: ratio === null ? day.max_ratio : Math.max(ratio, day.max_ratio ?? ratio),
    opened: day.opened + (run.opened ?? 0),
    resolved: day.resolved + (run.resolved ?? 0),
  };
}

async function forgetResolved(trx: Trx, check: string, before: number): Promise<number> {
  const rows = await trx
    .selectFrom('violation')
    .select('id')
    .where('check_name', '=', check)
    .where('state', '=', 'resolved')
    .where('resolved_at', '<', before)
    .limit(ROWS_PER_TRANSACTION)
    .execute();
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  const events = await trx.deleteFrom('violation_event').where('violation_id', 'in', ids).executeTakeFirst();
  await trx.deleteFrom('violation').where('id', 'in', ids).execute();
  return rows.length + Number(events.numDeletedRows);
}

/** A violation that stays open for months while its values change all the time keeps only the newer steps. */
async function forgetChanges(trx: Trx, before: number): Promise<number> {
  const rows = await trx
    .selectFrom('violation_event')
    .select(['violation_id', 'at', 'run_id'])
    .where('event', '=', 'changed')
    .where('at', '<', before)
    .limit(ROWS_PER_TRANSACTION)
    .execute();
  for (const row of rows) {
    await trx
      .deleteFrom('violation_event')
      .where('violation_id', '=', row.violation_id)
      .where('at', '=', row.at)
      .where('run_id', '=', row.run_id)
      .execute();
  }
  return rows.length;
}

async function forgetRollups(trx: Trx, before: number): Promise<number> {
  const { numDeletedRows } = await trx.deleteFrom('rollup').where('day', '<', before).executeTakeFirst();
  return Number(numDeletedRows);
}

async function forgetOlder(trx: Trx, table: 'audit' | 'deployment', before: number): Promise<number> {
  const { numDeletedRows } = await trx
    .deleteFrom(table)
    .where('id', 'in', (eb) =>
      eb.selectFrom(table).select('id').where('at', '<', before).limit(ROWS_PER_TRANSACTION),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}
