/** Every key of one side must exist on the other. */
import { Type, type Static } from 'typebox';
import type { Check } from '../core/check.ts';
import {
  compareAcross,
  currentRows,
  joinsInSource,
  recheckKeys,
  withReaders,
  type Comparison,
} from './comparison.ts';
import { inspectComparison } from './inspect.ts';
import type { CheckKind } from './kind.ts';
import { labelOf, shared, sideProblems, sideProperties, toSide } from './sides.ts';

const Referring = Type.Object(sideProperties, { additionalProperties: false });

const ReferenceSpec = Type.Object({ from: Referring, to: Referring, ...shared });
type ReferenceEntry = Static<typeof ReferenceSpec>;

export const reference: CheckKind = {
  asks: 'database',
  schema: ReferenceSpec,
  violationKinds: { orphan: 'remove_or_restore' },

  problems(spec) {
    const entry = spec as ReferenceEntry;
    return sideProblems(entry, ['from', 'to'], entry.from.key.map(labelOf));
  },

  derive(spec) {
    const { from, to } = spec as ReferenceEntry;
    return {
      fields: { key: from.key.map(labelOf), left: ['rows'], right: [] },
      sources: [...new Set([from.source, to.source])].sort(),
    };
  },

  async evaluate(check, look, onRow) {
    const comparison = toComparison(check);
    if (!joinsInSource(comparison, look)) return compareAcross(comparison, look, onRow);
    const { left, right } = comparison;
    return look
      .source(left.source)
      .look(look, (reader) => reader.orphans({ from: left.side, to: right.side }, onRow));
  },

  recheck: (check, look, rows) => recheckKeys(toComparison(check), look, rows),

  rows: (check, look, key) =>
    currentRows(toComparison(check), look, key, new Set((check.spec as ReferenceEntry).redact ?? [])),

  async explain(check, look) {
    const comparison = toComparison(check);
    const { left, right } = comparison;
    if (joinsInSource(comparison, look)) {
      const question = { from: left.side, to: right.side };
      return look.source(left.source).look(look, (reader) => reader.explain(question));
    }
    return withReaders(comparison, look, async (a, b) => [
      ...(await a.explain({ side: left.side })),
      ...(await b.explain({ side: right.side })),
    ]);
  },

  inspect: (check, look) => inspectComparison(toComparison(check), look, reference.explain(check, look)),
};

/** A coupling of which only the left keys matter, and that may hold a key many times, or NULL, as foreign keys do. */
function toComparison({ spec }: Check): Comparison {
  const { from, to, normalise } = spec as ReferenceEntry;
  return {
    left: { source: from.source, side: toSide(from, from, normalise) },
    right: { source: to.source, side: toSide(to, from, normalise) },
    universe: 'left',
    tolerances: [],
    unique: false,
    nullIsWrong: false,
    judge: (left, right) =>
      left && !right ? { kind: 'orphan', key: left.key, left: [left.rows], right: null } : null,
  };
}
