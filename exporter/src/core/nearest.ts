import { closest, distance } from 'fastest-levenshtein';

/** The name that was probably meant: one that begins so, or is at most 3 edits or 40 % of the letters away, and not a wholly different word. */
export function nearest(name: string, valid: readonly string[]): string | null {
  const others = valid.filter((candidate) => candidate !== name);
  if (others.length === 0 || name === '') return null;
  const lower = new Map(others.map((candidate) => [candidate.toLowerCase(), candidate]));
  const begun = name.length < 3 ? undefined : others.find((candidate) => candidate.startsWith(name));
  if (begun !== undefined) return begun;
  const best = closest(name.toLowerCase(), [...lower.keys()]);
  const edits = distance(name.toLowerCase(), best);
  const length = Math.max(name.length, best.length);
  const alike = edits <= length * 0.6 || letters(name) === letters(best);
  return alike && edits <= Math.max(3, length * 0.4) ? (lower.get(best) ?? null) : null;
}

/** Swapped letters are two edits, which is most of a short name. */
function letters(name: string): string {
  return Array.from(name.toLowerCase()).sort().join('');
}
