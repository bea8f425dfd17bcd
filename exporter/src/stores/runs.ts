/** Reading runs, and the past that runs and daily rollups tell together. */
import { consistencyRatio } from '../core/status.ts';
import type { Run } from '../core/run.ts';
import { decodeCursor, encodeCursor, page } from './cursor.ts';
import { readRun } from './rows.ts';
import type { HistoryPoint, Page } from './store.ts';
import type { Backend, RollupRow, RunRow } from './tables.ts';

export const DAY_MS = 86_400_000;

export async function runsPage(
  backend: Backend,
  check: string,
  limit: number,
  cursor?: string,
): Promise<Page<Run>> {
  const list = ['runs', check];
  let select = backend.read.selectFrom('run').selectAll().where('check_name', '=', check);
  if (cursor !== undefined) {
    const [at, id] = decodeCursor(list, cursor);
    select = select.where((eb) =>
      eb.or([
        eb('finished_at', '<', Number(at)),
        eb.and([eb('finished_at', '=', Number(at)), eb('id', '<', id)]),
      ]),
    );
  }
  const rows = await select
    .orderBy('finished_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return page(rows, limit, readRun, (row) => encodeCursor(list, [row.finished_at, row.id]));
}

export async function findRun(backend: Backend, id: string): Promise<Run | null> {
  const row = await backend.read.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst();
  return row ? readRun(row) : null;
}

export async function newestRun(backend: Backend, check: string, conclusive: boolean): Promise<Run | null> {
  let select = backend.read.selectFrom('run').selectAll().where('check_name', '=', check);
  if (conclusive) select = select.where('outcome', '!=', 'error');
  const row = await select.orderBy('finished_at', 'desc').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row ? readRun(row) : null;
}

/** A run is either a row or part of its day's rollup, never both; one snapshot, so that retention cannot come between. */
export async function history(
  backend: Backend,
  check: string,
  sinceMs: number,
  untilMs: number,
): Promise<readonly HistoryPoint[]> {
  return backend.read
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const days = await trx
        .selectFrom('rollup')
        .selectAll()
        .where('check_name', '=', check)
        .where('day', '>', sinceMs - DAY_MS)
        .where('day', '<=', untilMs)
        .execute();
      const runs = await trx
        .selectFrom('run')
        .selectAll()
        .where('check_name', '=', check)
        .where('finished_at', '>=', sinceMs)
        .where('finished_at', '<=', untilMs)
        .orderBy('finished_at')
        .orderBy('id')
        .execute();
      return [...days.map(dayPoint), ...runs.map(runPoint)].sort((a, b) => a.at - b.at);
    });
}

function dayPoint(row: RollupRow): HistoryPoint {
  return {
    at: row.day,
    span: 'day',
    runs: row.runs,
    errors: row.errors,
    checked: row.checked,
    inconsistent: row.inconsistent,
    minRatio: row.min_ratio,
    maxRatio: row.max_ratio,
    opened: row.opened,
    resolved: row.resolved,
  };
}

function runPoint(row: RunRow): HistoryPoint {
  const ratio = runRatio(row);
  return {
    at: row.finished_at,
    span: 'run',
    runs: 1,
    errors: row.outcome === 'error' ? 1 : 0,
    checked: row.checked,
    inconsistent: row.inconsistent,
    minRatio: ratio,
    maxRatio: ratio,
    opened: row.opened ?? 0,
    resolved: row.resolved ?? 0,
  };
}

export function runRatio({ checked, consistent }: Pick<RunRow, 'checked' | 'consistent'>): number | null {
  return checked === null || consistent === null ? null : consistencyRatio(checked, consistent);
}
