/** Disagreements that no violation has come of yet, because a check waits for several runs in a row that find them. */
import { keyText, type Disagreement } from './violation.ts';

/** `keyText` → how many runs in a row found the key wrong. */
export type Streaks = ReadonlyMap<string, number>;

export const NO_STREAKS: Streaks = new Map();

/**
 * @param before the streaks after the last run that could look
 * @param candidates every key that this run found wrong and that is no violation yet
 * @param needed in how many runs in a row a key must be found; 1: the first one counts
 * @returns those that were found often enough, and the streaks of the others; a key that was not found has none
 */
export function lengthen(
  before: Streaks,
  candidates: readonly Disagreement[],
  needed: number,
): { readonly lasting: readonly Disagreement[]; readonly waiting: Streaks } {
  const lasting: Disagreement[] = [];
  const waiting = new Map<string, number>();
  for (const row of candidates) {
    const text = keyText(row.key);
    const runs = (before.get(text) ?? 0) + 1;
    if (runs >= needed) lasting.push(row);
    else waiting.set(text, runs);
  }
  return { lasting, waiting };
}
