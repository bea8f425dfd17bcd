import type { Check } from './check.ts';
import type { Value } from './value.ts';
import type { Disagreement } from './violation.ts';

/** A violation under the names its check publishes, with the name of its remedy as `recommended_action`. */
export type ViolationRow = Readonly<Record<string, Value>>;

/** A side that is absent shows as nulls, so that every row of a check has the same fields. */
export function toRow(
  violation: Disagreement,
  check: Pick<Check, 'fields' | 'recommendedActions'>,
): ViolationRow {
  const { key, left, right } = check.fields;
  return Object.fromEntries([
    ...named(key, violation.key),
    ...named(left, violation.left),
    ...named(right, violation.right),
    ['recommended_action', check.recommendedActions[violation.kind] ?? null],
  ]);
}

function named(names: readonly string[], values: readonly Value[] | null): [string, Value][] {
  return names.map((name, i) => [name, values?.[i] ?? null]);
}
