/** One look of a check at its sources, bounded in time: evaluate, settle, conclude. Touches no memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckKind } from '../checks/kind.ts';
import type { Check } from '../core/check.ts';
import { humanDuration } from '../core/duration.ts';
import { UserError } from '../core/errors.ts';
import { conclude, type Outcome, type RunResult } from '../core/run.ts';
import type { Status } from '../core/status.ts';
import { lengthen, NO_STREAKS, type Streaks } from '../core/streaks.ts';
import { Tally } from '../core/tally.ts';
import type { Disagreement } from '../core/violation.ts';
import type { Source } from '../sources/source.ts';
import { enterAll, type Gate } from './gate.ts';

export interface Evaluation {
  readonly outcome: Outcome;
  readonly status: Status;
  readonly result: Omit<RunResult, 'opened' | 'resolved'>;
  readonly rows: readonly Disagreement[];
  /** how long the sources took, without the wait for their turn and the settle window; or as the kind measured it */
  readonly latencyMs: number;
  /** what the kind measured, in milliseconds, by name */
  readonly measuredMs: Readonly<Record<string, number>>;
  /** the keys that were found wrong and wait for another run to find them; they count as consistent until then */
  readonly waiting: Streaks;
}

/** A check with what it needs to look. */
export interface Lens {
  readonly check: Check;
  readonly kind: CheckKind;
  /** by name; those of the check at least */
  readonly sources: ReadonlyMap<string, Source>;
  /** one for each of `check.sources`, in that order */
  readonly gates: readonly Gate[];
}

/** How long a source may take to notice that it was cancelled before it is left to itself. */
const CANCEL_GRACE_MS = 5_000;

/**
 * @param followed `keyText` of every violation that is open now
 * @param streaks those of the run before; null when no run came before and none will follow, so that waiting were forgetting
 */
export async function evaluate(
  lens: Lens,
  followed: ReadonlySet<string>,
  stopping: AbortSignal,
  streaks: Streaks | null,
): Promise<Evaluation> {
  const { check, kind } = lens;
  const tally = new Tally(check.maxViolations, followed);
  const { value: evaluated, tookMs } = await bounded(lens, stopping, (look) =>
    kind.evaluate(check, look, (row) => {
      tally.add(row);
    }),
  );
  let latencyMs = tookMs;
  if (check.settleMs > 0 && tally.candidates.length > 0) {
    await sleep(check.settleMs, undefined, { signal: stopping });
    const still = await bounded(lens, stopping, (look) => kind.recheck(check, look, tally.candidates));
    tally.settle(still.value);
    latencyMs += still.tookMs;
  }
  const needed = streaks === null ? 1 : check.consecutiveFailures;
  const { lasting, waiting } = lengthen(streaks ?? NO_STREAKS, tally.candidates, needed);
  if (waiting.size > 0) tally.settle(lasting);
  const { latencyMs: measured, measuredMs = {}, ...population } = evaluated;
  const concluded = conclude(population, tally, check);
  return { ...concluded, rows: tally.rows, latencyMs: measured ?? latencyMs, measuredMs, waiting };
}

/** Runs `body` with its sources reserved, for at most the timeout of the check. */
async function bounded<T>(
  { check, sources, gates }: Lens,
  stopping: AbortSignal,
  body: (look: Parameters<CheckKind['evaluate']>[1]) => Promise<T>,
): Promise<{ readonly value: T; readonly tookMs: number }> {
  const leave = await enterAll(gates, stopping);
  const entered = performance.now();
  const expiry = new AbortController();
  const timer = setTimeout(() => {
    expiry.abort(timeoutError(check));
  }, check.timeoutMs);
  const signal = AbortSignal.any([stopping, expiry.signal]);
  const source = (name: string): Source => {
    const found = sources.get(name);
    if (!found)
      throw new UserError(`check "${check.name}" asks for source "${name}", which is not configured`);
    return found;
  };
  try {
    const value = await orAbandon(body({ source, timeoutMs: check.timeoutMs, signal }), signal);
    return { value, tookMs: performance.now() - entered };
  } finally {
    clearTimeout(timer);
    leave();
  }
}

/** Waits for `work`, but not for ever: whatever ignores the signal is left behind, so that the next tick can try. */
async function orAbandon<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const abandoned = new Promise<never>((_, reject) => {
    onAbort = () => {
      timer = setTimeout(() => {
        reject(signal.reason as Error);
      }, CANCEL_GRACE_MS);
    };
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, abandoned]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function timeoutError({ timeoutMs }: Check): UserError {
  return new UserError(
    `cancelled after ${humanDuration(timeoutMs)}, the timeout of the check; raise it, or see what \`lockstep explain\` advises`,
  );
}
