/** Three days in the life of a few checks, saved the way the runner saves: good hours, an incident, an outage, missed runs. */
import { randomUUID } from 'node:crypto';
import type { Check } from '../../exporter/src/core/check.ts';
import type { Run, RunResult } from '../../exporter/src/core/run.ts';
import { statusOf } from '../../exporter/src/core/status.ts';
import { reconcile, violationId, type Disagreement } from '../../exporter/src/core/violation.ts';
import type { Board, CheckState } from '../../exporter/src/runner/board.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { checkNamed, mismatch, stateOf } from '../served-lockstep.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const EVERY = 15 * MINUTE;
const CHECKED = 2_000;

/** A row that names a person, so that a test can look for it where it must not be. */
export const PERSON = 'person-4711';

const common = { schedule: '*/15 * * * *' } as const;
export const CHECKS: readonly Check[] = [
  checkNamed('progress_license', { ...common, description: 'Levels agree for <every> student & licence' }),
  checkNamed('orders_invoices', common),
  checkNamed('profiles', common),
  checkNamed('archive', { ...common, enabled: false }),
  checkNamed('newcomer', common),
];

/** `hoursAgo` of the tick. Null: nobody was there; an empty list: all is well. */
type Story = (hoursAgo: number, tick: number) => readonly Disagreement[] | 'error' | null;

const people = (count: number, prefix: string): Disagreement[] =>
  Array.from({ length: count }, (_, i) => mismatch(`${prefix}-${String(i)}`, '3', String(4 + (i % 3))));
const OLD = [mismatch(PERSON), ...people(9, 'old')];

const STORIES: Readonly<Record<string, Story>> = {
  progress_license: (hoursAgo, tick) => {
    if (hoursAgo > 49 && hoursAgo <= 50) return 'error';
    if (hoursAgo > 20 && hoursAgo <= 20.5) return null;
    // it came at once and was mended bit by bit
    const incident = hoursAgo <= 34 && hoursAgo > 26 ? people(Math.round((hoursAgo - 26) * 8), 'hit') : [];
    // not at the baseline nor at the end, whatever the time of day
    const passing =
      tick % 16 === 0 && hoursAgo < 60 && hoursAgo > 1 ? people(2, `short-${String(tick)}`) : [];
    return [...OLD, ...incident, ...passing];
  },
  orders_invoices: () => [],
  profiles: (hoursAgo) => (hoursAgo <= 0.75 ? 'error' : people(4, 'profile')),
  archive: () => null,
  newcomer: () => null,
};

/** The newest tick of a schedule whose run is over for certain at `now`; all before it have theirs. */
export function lastTick(now: number): number {
  return Math.floor((now - 2 * MINUTE) / EVERY) * EVERY;
}

/** @param now epoch milliseconds: everything has happened before */
export async function seedThreeDays(store: Store, now: number): Promise<void> {
  const first = Math.ceil((now - 73 * HOUR) / EVERY);
  const last = lastTick(now) / EVERY;
  for (const check of CHECKS) {
    for (let tick = first; tick <= last; tick += 1) {
      const at = tick * EVERY;
      const story = STORIES[check.name]?.((now - at) / HOUR, tick) ?? null;
      if (story !== null) await save(store, check, story, at);
      // remembered early in the window, with the ten old violations
      if (check.name === 'progress_license' && tick === first + 20) {
        await store.makeBaseline({
          check: check.name,
          name: 'before | the move',
          note: null,
          by: 'ops',
          at: at + MINUTE,
        });
      }
    }
  }
  const accepted = OLD.slice(5).map(({ key }) => violationId('progress_license', key));
  const mark = { reason: 'moves in March', ticket: null, by: 'ops', at: now - HOUR, expiresAt: null };
  await store.markKnown(accepted, { ...mark, from: 'api' });
}

async function save(
  store: Store,
  check: Check,
  seen: readonly Disagreement[] | 'error',
  at: number,
): Promise<void> {
  const start = { id: randomUUID(), check: check.name, trigger: 'schedule' as const, startedAt: at + 5 };
  // a few are slow, each by an amount of its own
  const finishedAt =
    at + 300 + ((at / EVERY) % 50 === 0 ? 9_000 + ((at / EVERY) % 7) * 1_000 : (at / EVERY) % 97);
  const job = {
    job: check.name,
    lastStartAt: at,
    lastRunAt: at,
    lastSuccessAt: at,
    lastDurationMs: 1,
    consecutiveFailures: 0,
  };
  if (seen === 'error') {
    const run: Run = {
      ...start,
      finishedAt,
      outcome: 'error',
      status: 'unknown',
      result: null,
      error: 'source "app": gone',
    };
    await store.saveRun({ run, changes: null, configMarks: [], job });
    return;
  }
  const observed = seen.map((row) => ({ ...row, id: violationId(check.name, row.key) }));
  const changes = reconcile(
    await store.remembered(
      check.name,
      observed.map(({ id }) => id),
    ),
    observed,
  );
  const consistent = CHECKED - seen.length;
  const result: RunResult = {
    ...{
      checked: CHECKED,
      consistent,
      inconsistent: seen.length,
      left: CHECKED,
      right: CHECKED,
      empty: false,
    },
    ...{ counts: { missing_left: 0, missing_right: 0, mismatch: seen.length }, capped: false },
    opened: changes.opened.length + changes.reopened.length,
    resolved: changes.resolved.length,
  };
  const outcome = seen.length === 0 ? 'pass' : 'fail';
  const status = statusOf(CHECKED, consistent, check.thresholds);
  await store.saveRun({
    run: { ...start, finishedAt, outcome, status, result, error: null },
    changes,
    configMarks: [],
    job,
  });
}

/** What a server that starts now would show. */
export async function showRemembered(board: Board, store: Store): Promise<void> {
  const states: CheckState[] = [];
  for (const check of CHECKS) {
    states.push(
      stateOf(check, {
        latest: await store.lastRun(check.name),
        conclusive: await store.lastConclusiveRun(check.name),
        ...(await store.standing(check.name)),
        baseline: (await store.baselines(check.name)).find(({ current }) => current) ?? null,
      }),
    );
  }
  board.show(states);
}
