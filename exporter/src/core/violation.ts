import { createHash } from 'node:crypto';
import type { Value } from './value.ts';

/** What is wrong with one key, as one run saw it. A side that is absent, or there more than once, is `null`. */
export interface Disagreement {
  readonly kind: string;
  readonly key: readonly Value[];
  readonly left: readonly Value[] | null;
  readonly right: readonly Value[] | null;
}

export type ViolationState = 'open' | 'known' | 'resolved';

/** Why a violation is accepted for a while. It holds for the values that it was made for. Times are epoch milliseconds. */
export interface KnownMark {
  readonly reason: string;
  /** URL, or null */
  readonly ticket: string | null;
  readonly by: string;
  readonly at: number;
  /** null: until it is taken back */
  readonly expiresAt: number | null;
  /** a mark of the configuration is changed only there */
  readonly from: 'api' | 'config';
}

/** A disagreement followed over time. Times are epoch milliseconds. */
export interface Violation extends Disagreement {
  readonly id: string;
  readonly check: string;
  readonly state: ViolationState;
  /** not null exactly when the state is `known` */
  readonly known: KnownMark | null;
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
  readonly event: 'opened' | 'changed' | 'resolved' | 'reopened' | 'marked' | 'unmarked' | 'expired';
  /** null where no run made the step */
  readonly runId: string | null;
  /** who marked or unmarked it, and why it was marked */
  readonly by: string | null;
  readonly reason: string | null;
  readonly kind: string;
  readonly left: readonly Value[] | null;
  readonly right: readonly Value[] | null;
}

/** What a remembered violation must tell for the next run to be compared with it. */
export type Remembered = Disagreement & { readonly id: string; readonly state: ViolationState };

export interface Observed extends Disagreement {
  readonly id: string;
}

/** What an entry of the configuration accepts; null: whatever the values are. */
export type AcceptedValues = Pick<Disagreement, 'left' | 'right'>;

/** What a run changes in memory. The lists are disjoint. */
export interface Reconciliation {
  readonly opened: readonly Observed[];
  readonly reopened: readonly Observed[];
  readonly changed: readonly Observed[];
  /** seen again with other measured values, which is no step in its life */
  readonly remeasured: readonly Observed[];
  /** known and with other values, which the configuration accepts as well */
  readonly accepted: readonly Observed[];
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
 * because whatever is open or known and not observed is resolved here. A
 * known violation whose values are other than those that were accepted is open again, unless they are measured or the
 * configuration accepts them, too.
 * @param remembered every open or known violation of the check, and any resolved one whose id was observed
 * @param measured whether values are measured, so that other values are no other violation
 * @param configured what the configuration accepts now, by id
 */
export function reconcile(
  remembered: ReadonlyMap<string, Remembered>,
  observed: readonly Observed[],
  measured = false,
  configured: ReadonlyMap<string, AcceptedValues> = new Map(),
): Reconciliation {
  const opened: Observed[] = [];
  const reopened: Observed[] = [];
  const changed: Observed[] = [];
  const remeasured: Observed[] = [];
  const accepted: Observed[] = [];
  const unchanged: string[] = [];
  const seen = new Set<string>();
  for (const row of observed) {
    seen.add(row.id);
    const before = remembered.get(row.id);
    if (!before) opened.push(row);
    else if (before.state === 'resolved') reopened.push(row);
    else if (sameContent(before, row)) unchanged.push(row.id);
    else if (measured && before.kind === row.kind) remeasured.push(row);
    else if (before.state === 'open') changed.push(row);
    else (accepts(configured.get(row.id), row) ? accepted : reopened).push(row);
  }
  const resolved = [...remembered.values()].filter((row) => row.state !== 'resolved' && !seen.has(row.id));
  return { opened, reopened, changed, remeasured, accepted, unchanged, resolved };
}

/** As text, because a file cannot tell 3 from "3" as a database does. */
export function accepts(mark: AcceptedValues | undefined, row: Disagreement): boolean {
  const text = (values: readonly Value[] | null): string => JSON.stringify(values?.map(String) ?? null);
  const holds = (side: 'left' | 'right'): boolean =>
    mark !== undefined && (mark[side] === null || text(mark[side]) === text(row[side]));
  return holds('left') && holds('right');
}

function sameContent(a: Disagreement, b: Disagreement): boolean {
  return a.kind === b.kind && sameValues(a.left, b.left) && sameValues(a.right, b.right);
}

function sameValues(a: readonly Value[] | null, b: readonly Value[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
