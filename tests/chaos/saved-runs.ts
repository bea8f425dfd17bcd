/** Runs whose violations follow from their number, so that what a store must hold after run n can be calculated. */
import type { Disagreement } from '../../exporter/src/core/violation.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { everyRow, look, mismatch } from '../conformance/looks.ts';

export const CHECK = 'progress_license';
const BASE = Date.UTC(2026, 0, 1);
/** more than one statement holds */
const OPEN = 700;
const STEP = 60;

/** A window that moves on: some rows are new, some changed, most known, some resolved. */
function rowsOf(run: number): Disagreement[] {
  return Array.from({ length: OPEN }, (_, i) => {
    const key = run * STEP + i;
    return mismatch([key, 'PLAYER'], key % 10 === 0 ? run : 1, 2);
  });
}

/** Number of the newest saved run; 0 when there is none. */
export async function lastSaved(store: Store): Promise<number> {
  const run = await store.lastRun(CHECK);
  return run === null ? 0 : run.finishedAt - BASE;
}

export async function saveNext(store: Store): Promise<number> {
  const next = (await lastSaved(store)) + 1;
  await look(store, CHECK, rowsOf(next), BASE + next);
  return next;
}

/** What is wrong with a store that should hold exactly the runs 1 to `last`, whole; empty when nothing is. */
export async function faults(store: Store, last: number): Promise<string[]> {
  const found: string[] = [];
  const runs = await everyRow((cursor) => store.runs(CHECK, 500, cursor));
  const numbers = runs.map(({ finishedAt }) => finishedAt - BASE).reverse();
  if (numbers.some((number, i) => number !== i + 1) || numbers.length !== last) {
    found.push(`runs are ${numbers.join(' ')}, not 1 to ${String(last)}`);
  }
  const [state] = (await store.jobs()).filter(({ job }) => job === CHECK);
  if (last > 0 && state?.lastRunAt !== BASE + last) found.push('the job state is of another run');
  const violations = await everyRow((cursor) =>
    store.violations({
      checks: [CHECK],
      sort: 'key',
      descending: false,
      limit: 1_000,
      ...(cursor === undefined ? {} : { cursor }),
    }),
  );
  const expected = expectedViolations(last);
  if (violations.length !== expected.length) found.push(`${String(violations.length)} violations`);
  for (const [i, violation] of violations.entries()) {
    const { key, state, timesSeen, firstSeenAt, lastSeenAt } = violation;
    const got = JSON.stringify([key[0], state, timesSeen, firstSeenAt - BASE, lastSeenAt - BASE]);
    if (got !== JSON.stringify(expected[i])) found.push(`${got} instead of ${JSON.stringify(expected[i])}`);
  }
  return found.concat(await lifeFaults(store, violations.map(({ id }) => id).slice(-OPEN - STEP), last));
}

function expectedViolations(last: number): unknown[] {
  const seen = new Map<number, number[]>();
  for (let run = 1; run <= last; run += 1) {
    for (let key = run * STEP; key < run * STEP + OPEN; key += 1)
      seen.set(key, [...(seen.get(key) ?? []), run]);
  }
  return [...seen].map(([key, runs]) => {
    const state = runs.at(-1) === last ? 'open' : 'resolved';
    return [key, state, runs.length, runs[0], runs.at(-1)];
  });
}

/** The newest run has left exactly one step in every life that it touched. */
async function lifeFaults(store: Store, ids: readonly string[], last: number): Promise<string[]> {
  const events = { opened: 0, changed: 0, resolved: 0, reopened: 0 };
  for (const id of ids) {
    for (const { at, event } of (await store.violation(id))?.life ?? [])
      if (at === BASE + last && event in events) events[event as keyof typeof events] += 1;
  }
  if (last < 2) return events.opened === (last === 0 ? 0 : OPEN) ? [] : [`life: ${JSON.stringify(events)}`];
  const changed = (OPEN - STEP) / 10;
  const expected = { opened: STEP, changed, resolved: STEP, reopened: 0 };
  const same = JSON.stringify(events) === JSON.stringify(expected);
  return same ? [] : [`life: ${JSON.stringify(events)} instead of ${JSON.stringify(expected)}`];
}
