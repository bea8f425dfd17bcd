import { statusOf, type Status, type Thresholds } from './status.ts';
import type { Tally } from './tally.ts';

export type Outcome = 'pass' | 'fail' | 'error';
export type Trigger = 'start' | 'schedule' | 'manual';

/** How many keys a check looked at, from the same snapshot as its disagreements. */
export interface Population {
  /** distinct keys in the universe of the check */
  readonly checked: number;
  /** distinct keys of each side; null where the kind or the universe has no such side */
  readonly left: number | null;
  readonly right: number | null;
  /** true when a side that should hold rows is empty */
  readonly empty: boolean;
}

/** One finished execution of a check. Times are epoch milliseconds. */
export interface Run {
  readonly id: string;
  readonly check: string;
  readonly trigger: Trigger;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: Outcome;
  readonly status: Status;
  /** null when the outcome is `error` */
  readonly result: RunResult | null;
  /** what could not be looked at and what to do; null unless the outcome is `error` */
  readonly error: string | null;
}

export interface RunResult {
  readonly checked: number;
  readonly consistent: number;
  readonly inconsistent: number;
  readonly left: number | null;
  readonly right: number | null;
  readonly empty: boolean;
  /** exact count of each violation kind */
  readonly counts: Readonly<Record<string, number>>;
  /** true when more violations were counted than are followed row by row */
  readonly capped: boolean;
  readonly opened: number;
  readonly resolved: number;
}

/** What a run found, before memory is consulted. Every kind of the check is in `counts`, at 0 if need be. */
export function conclude(
  population: Population,
  tally: Tally,
  rules: { violationKinds: readonly string[]; thresholds: Thresholds; onEmpty: 'unknown' | 'pass' },
): { outcome: Outcome; status: Status; result: Omit<RunResult, 'opened' | 'resolved'> } {
  const inconsistent = tally.total;
  const consistent = Math.max(0, population.checked - inconsistent);
  const counts = Object.fromEntries(rules.violationKinds.map((kind) => [kind, tally.counts.get(kind) ?? 0]));
  const result = {
    ...population,
    consistent,
    inconsistent,
    counts,
    capped: tally.rows.length < inconsistent,
  };
  return {
    outcome: inconsistent === 0 ? 'pass' : 'fail',
    status: statusOfRun(population, consistent, rules),
    result,
  };
}

function statusOfRun(
  population: Population,
  consistent: number,
  rules: { thresholds: Thresholds; onEmpty: 'unknown' | 'pass' },
): Status {
  if (population.empty && rules.onEmpty === 'unknown') return 'unknown';
  if (population.checked === 0) return rules.onEmpty === 'pass' ? 'healthy' : 'unknown';
  return statusOf(population.checked, consistent, rules.thresholds);
}
