/** Asks the store, the board and what the API answered for what a gate needs. */
import { drift } from '../core/baseline.ts';
import type { GateCheck, GateFacts } from '../core/gate.ts';
import { scheduleReport } from '../core/report.ts';
import { ratioExcludingKnown } from '../core/status.ts';
import { totalOf } from '../core/tally.ts';
import { lookBack, remembering, type CountTicks, type Window } from '../reports/gather.ts';
import type { Board, CheckState } from '../runner/board.ts';
import { intervalMs } from '../schedule/interval.ts';
import { countTicks } from '../schedule/ticks.ts';
import type { Store } from '../stores/store.ts';
import type { RecentRequests } from './recent-requests.ts';

export interface GateQuestion {
  readonly windowMs: number;
  /** names; null: every check. Those that are disabled take no part. */
  readonly checks: readonly string[] | null;
  /** epoch milliseconds: the end of the window */
  readonly now: number;
}

export async function gatherGate(
  { store, board }: { readonly store: Store; readonly board: Board },
  requests: RecentRequests,
  { windowMs, checks: names, now }: GateQuestion,
): Promise<GateFacts> {
  const window = { from: now - windowMs, to: now };
  const asked = board
    .states()
    .filter(({ check }) => check.enabled && (names === null || names.includes(check.name)));
  const counted = remembering(countTicks);
  const checks: GateCheck[] = [];
  for (const state of asked) checks.push(await factsOf(store, state, window, counted));
  return { ...window, checks, requests: requests.facts(window.from) };
}

async function factsOf(
  store: Store,
  { check, latest, conclusive, baseline, known }: CheckState,
  window: Window,
  count: CountTicks,
): Promise<GateCheck> {
  const result = conclusive?.result ?? null;
  const ratio = result && ratioExcludingKnown(result, totalOf(known));
  const status = conclusive?.status ?? 'unknown';
  const { schedule, watchedSince } = await lookBack(
    store,
    check,
    window,
    { slowest: 0, resolutions: 0 },
    count,
  );
  return {
    name: check.name,
    healthy: check.thresholds.healthy,
    ratio,
    told: status !== 'unknown' && (ratio !== null || status === 'healthy'),
    held: latest?.outcome === 'error' && conclusive !== null,
    lookedAt: conclusive?.finishedAt ?? null,
    attemptedAt: latest?.finishedAt ?? null,
    intervalMs: intervalMs(check.schedule, check.timezone),
    drift: baseline && result && drift(baseline, result),
    baseline: baseline?.name ?? null,
    // a check that is new, or in a store that is, has missed nothing
    schedule: watchedSince === null ? null : scheduleReport(schedule),
  };
}
