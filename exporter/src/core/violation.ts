import { createHash } from 'node:crypto';
import type { Value } from './value.ts';

/** What is wrong with one key, as one run saw it. A side that is absent, or there more than once, is `null`. */
export interface Disagreement {
  readonly kind: string;
  readonly key: readonly Value[];
  readonly left: readonly Value[] | null;
  readonly right: readonly Value[] | null;
}

export type ViolationState = 'open' | 'resolved';

/** A disagreement followed over time. Times are epoch milliseconds. */
export interface Violation extends Disagreement {
  readonly id: string;
  readonly check: string;
  readonly state: ViolationState;
  readonly firstLeft: readonly Value[] | null;
  readonly firstRight: readonly Value[] | null;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly resolvedAt: number | null;
  readonly reopenedAt: number | null;
  readonly timesSeen: number;
  readonly timesReopened: number;
}

/** One step in the life of a violation. */
export interface ViolationEvent {
  readonly at: number;
  readonly event: 'opened' | 'changed' | 'resolved' | 'reopened';
  readonly runId: string;
  readonly kind: string;
  readonly left: readonly Value[] | null;
  readonly right: readonly Value[] | null;
}

/** What a remembered violation must tell for the next run to be compared with it. */
export type Remembered = Disagreement & { readonly id: string; readonly state: ViolationState };

export interface Observed extends Disagreement {
  readonly id: string;
}

/** What a run changes in memory. The four lists are disjoint; `changed` rows are seen again too. */
export interface Reconciliation {
  readonly opened: readonly Observed[];
  readonly reopened: readonly Observed[];
  readonly changed: readonly Observed[];
  readonly unchanged: readonly string[];
  readonly resolved: readonly Remembered[];
}

/** The text that identifies a key within its check: the same for `42` and `"42"`, so both sides give one id. */
export function keyText(key: readonly Value[]): string {
  return JSON.stringify(key.map((part) => (part === null ? null : String(part))));
}

/** A violation's id: a fingerprint of check and key, 32 hex digits. Rows of any kind at one key are one violation. */
export function violationId(check: string, key: readonly Value[]): string {
  return createHash('sha256')
    .update(JSON.stringify(check) + keyText(key))
    .digest('hex')
    .slice(0, 32);
}

/**
 * Compares what a run saw with what is remembered. Pure: the caller guarantees that the run looked at everything,
 * because whatever is open and not observed is resolved here.
 * @param remembered every open violation of the check, and any resolved one whose id was observed
 */
export function reconcile(
  remembered: ReadonlyMap<string, Remembered>,
  observed: readonly Observed[],
): Reconciliation {
  const opened: Observed[] = [];
  const reopened: Observed[] = [];
  const changed: Observed[] = [];
  const unchanged: string[] = [];
  const seen = new Set<string>();
  for (const row of observed) {
    seen.add(row.id);
    const before = remembered.get(row.id);
    if (!before) opened.push(row);
    else if (before.state === 'resolved') reopened.push(row);
    else if (sameContent(before, row)) unchanged.push(row.id);
    else changed.push(row);
  }
  const resolved = [...remembered.values()].filter((row) => row.state === 'open' && !seen.has(row.id));
  return { opened, reopened, changed, unchanged, resolved };
}

function sameContent(a: Disagreement, b: Disagreement): boolean {
  return a.kind === b.kind && sameValues(a.left, b.left) && sameValues(a.right, b.right);
}

function sameValues(a: readonly Value[] | null, b: readonly Value[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
