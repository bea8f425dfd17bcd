/** Asks the store and the board for what a report needs. */
import {
  reportOf,
  type CheckFacts,
  type Report,
  type ReportKind,
  type RunFact,
  type ScheduleFacts,
} from '../core/report.ts';
import type { Run } from '../core/run.ts';
import type { Board, CheckState } from '../runner/board.ts';
import { intervalMs } from '../schedule/interval.ts';
import { countTicks } from '../schedule/ticks.ts';
import type { HistoryPoint, Store, WindowQuery } from '../stores/store.ts';

export interface ReportQuestion {
  readonly kind: ReportKind;
  readonly windowMs: number;
  /** names; null: every check */
  readonly checks: readonly string[] | null;
  /** epoch milliseconds: the end of the window */
  readonly now: number;
}

export type Window = Pick<Report, 'from' | 'to'>;
export type CountTicks = typeof countTicks;

const SLOWEST_RUNS = 5;
const MOST_RESOLUTIONS = 10_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export async function gatherReport(
  { store, board }: { readonly store: Store; readonly board: Board },
  { kind, windowMs, checks, now }: ReportQuestion,
): Promise<Report> {
  const window = { from: now - windowMs, to: now };
  const states = board.states().filter(({ check }) => checks === null || checks.includes(check.name));
  const counted = remembering(countTicks);
  const facts: CheckFacts[] = [];
  // one after the other: a report is in no hurry, and others use the store too
  for (const state of states) facts.push(await factsOf(store, state, window, counted));
  return reportOf(kind, window, facts);
}

async function factsOf(
  store: Store,
  state: CheckState,
  window: Window,
  count: CountTicks,
): Promise<CheckFacts> {
  const { check, latest, conclusive, baseline, oldestOpenAt, known: knownByKind } = state;
  const { name, description, enabled, thresholds, schedule, timezone } = check;
  const most = { slowest: SLOWEST_RUNS, resolutions: MOST_RESOLUTIONS };
  const { points, watchedSince, found, schedule: kept } = await lookBack(store, check, window, most, count);
  return {
    ...{ name, description, enabled, thresholds, watchedSince, points, baseline, oldestOpenAt, knownByKind },
    status: latest?.status ?? 'unknown',
    held: latest?.outcome === 'error' && conclusive !== null,
    attemptedAt: latest?.finishedAt ?? null,
    lookedAt: conclusive?.finishedAt ?? null,
    result: conclusive?.result ?? null,
    open: await store.countViolations({ checks: [name], state: 'open' }),
    known: await store.countViolations({ checks: [name], state: 'known' }),
    resolutions: found.resolutions,
    slowest: found.slowest.map(runFact),
    intervalMs: enabled ? intervalMs(schedule, timezone) : null,
    schedule: kept,
  };
}

/** What the store knows of a check in a window, and how its schedule was kept: null when disabled or nothing can be counted. */
export async function lookBack(
  store: Store,
  { name, enabled, schedule, timezone, timeoutMs }: CheckState['check'],
  window: Window,
  most: Pick<WindowQuery, 'slowest' | 'resolutions'>,
  count: CountTicks,
) {
  const points = await store.history(name, window.from, window.to);
  const watchedSince = await store.watchedSince(name);
  const counting = countingTime(window, watchedSince, points, timeoutMs);
  const counted = { startedFrom: counting.since, startedTo: counting.until };
  const found = await store.windowFacts({ check: name, ...window, ...counted, ...most });
  const kept: ScheduleFacts | null =
    enabled && counting.since < counting.until
      ? {
          ...counting,
          expected: await count(schedule, timezone, counting.since, counting.until),
          ...found.scheduled,
        }
      : null;
  return { points, watchedSince, found, schedule: kept };
}

/**
 * Which ticks and scheduled runs are held against each other. Not those before the check was first seen, nor the days
 * whose single runs are gone, nor what may still be going on. Both ends lie between two whole minutes, so that no tick
 * is on one side and its run on the other. A check that has never run is counted from the beginning: it should have.
 */
function countingTime(
  { from, to }: Window,
  watchedSince: number | null,
  points: readonly HistoryPoint[],
  timeoutMs: number,
): { since: number; until: number } {
  const afterDays = points.filter(({ span }) => span === 'day').map(({ at }) => at + DAY_MS);
  const since = Math.max(from, watchedSince ?? from, ...afterDays);
  return { since: betweenMinutes(since), until: Math.min(to, betweenMinutes(to - timeoutMs)) };
}

function betweenMinutes(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS + MINUTE_MS / 2;
}

function runFact({ startedAt, finishedAt, trigger, outcome }: Run): RunFact {
  return { startedAt, finishedAt, trigger, outcome };
}

/** Many checks share one schedule, and counting is the costly part. */
export function remembering(count: CountTicks): CountTicks {
  const before = new Map<string, Promise<number>>();
  return (...question) => {
    const name = JSON.stringify(question);
    const answer = before.get(name) ?? count(...question);
    before.set(name, answer);
    return answer;
  };
}
