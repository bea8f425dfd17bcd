import { consistencyRatio } from './status.ts';
import type { Disagreement } from './violation.ts';

/** A run that is remembered to be compared with. Times are epoch milliseconds. */
export interface Baseline {
  readonly id: string;
  readonly check: string;
  readonly name: string;
  readonly note: string | null;
  readonly createdAt: number;
  readonly createdBy: string;
  /** the one that metrics compare with; one per check */
  readonly current: boolean;
  readonly runId: string;
  readonly runAt: number;
  readonly checked: number;
  readonly consistent: number;
  readonly inconsistent: number;
  readonly counts: Readonly<Record<string, number>>;
  /** true when more violations were counted than are remembered row by row */
  readonly capped: boolean;
}

/** How far below the baseline a ratio may fall before somebody looks, and before somebody is called. */
export const DRIFT_LIMITS = { investigate: 0.02, escalate: 0.05 } as const;

type Counted = Pick<Baseline, 'checked' | 'consistent'>;
type Followed = Disagreement & { readonly id: string };

/** Consistency now minus then, -1 to 1; null where either had nothing to check. */
export function drift(then: Counted, now: Counted): number | null {
  const before = consistencyRatio(then.checked, then.consistent);
  const after = consistencyRatio(now.checked, now.consistent);
  return before === null || after === null ? null : after - before;
}

/** In percentage points, two decimals. */
export function driftPoints(then: Counted, now: Counted): number | null {
  const by = drift(then, now);
  return by === null ? null : Math.round(by * 10_000) / 100;
}

export interface Part<T> {
  readonly rows: readonly T[];
  /** violation kind → how many */
  readonly byKind: Readonly<Record<string, number>>;
  /** right minus left (`+2`), or the kind where that is no number → how many */
  readonly byDifference: Readonly<Record<string, number>>;
}

/** `still` shows the rows as they are now. */
export function compare<T extends Followed>(
  then: readonly T[],
  now: readonly T[],
): { readonly fresh: Part<T>; readonly resolved: Part<T>; readonly still: Part<T> } {
  const before = new Set(then.map(({ id }) => id));
  const after = new Set(now.map(({ id }) => id));
  return {
    fresh: partOf(now.filter(({ id }) => !before.has(id))),
    resolved: partOf(then.filter(({ id }) => !after.has(id))),
    still: partOf(now.filter(({ id }) => before.has(id))),
  };
}

export function partOf<T extends Disagreement>(rows: readonly T[]): Part<T> {
  return { rows, byKind: tallied(rows, ({ kind }) => kind), byDifference: tallied(rows, differenceOf) };
}

function tallied<T>(rows: readonly T[], of: (row: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[of(row)] = (counts[of(row)] ?? 0) + 1;
  return counts;
}

/** Of the first compared pair. */
function differenceOf({ kind, left, right }: Disagreement): string {
  const [a, b] = [left?.[0], right?.[0]].map((value) =>
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : NaN,
  );
  const by = (b ?? NaN) - (a ?? NaN);
  if (!Number.isFinite(by) || by === 0) return kind;
  const text = String(Number(by.toPrecision(12)));
  return by > 0 ? `+${text}` : text;
}
