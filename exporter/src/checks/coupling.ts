/** Two tables must hold the same keys, each once, with the same values. */
import { Type, type Static } from 'typebox';
import type { Check } from '../core/check.ts';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { UserError } from '../core/errors.ts';
import type { Disagreement } from '../core/violation.ts';
import type { Coupling, KeyedRow, Tolerance, Universe } from '../sources/source.ts';
import {
  compareAcross,
  currentRows,
  hide,
  inOneSource,
  joinsInSource,
  recheckKeys,
  withReaders,
  type Comparison,
  type Judge,
} from './comparison.ts';
import { agree } from './forms.ts';
import { inspectComparison } from './inspect.ts';
import type { CheckKind, Derived, SpecProblem } from './kind.ts';
import { comparedProperties, labelOf, shared, sideProblems, sideProperties, toSide } from './sides.ts';
import { repairOrder, SyncEntry, syncProblems, syncTerms } from './sync.ts';

const strict = { additionalProperties: false } as const;
const CoupledSide = Type.Object({ ...sideProperties, ...comparedProperties }, strict);

const CouplingSpec = Type.Object({
  left: CoupledSide,
  right: CoupledSide,
  universe: Type.Optional(
    Type.Union([Type.Literal('both'), Type.Literal('left'), Type.Literal('right')], {
      default: 'both',
      description: 'Which keys are checked: those of either side, or of one',
    }),
  ),
  tolerance: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.String({ pattern: DURATION_PATTERN })]),
      { description: 'By left column: how far numbers (0.01) or times (5s) may be apart' },
    ),
  ),
  ...shared,
  sync: Type.Optional(SyncEntry),
});
type CouplingEntry = Static<typeof CouplingSpec>;

export const coupling: CheckKind = {
  asks: 'database',
  schema: CouplingSpec,
  violationKinds: {
    missing_left: 'create_left',
    missing_right: 'create_right',
    mismatch: 'sync_required',
    duplicate_key: 'remove_duplicate',
    null_key: 'complete_key',
  },
  problems: (spec) => problems(spec as CouplingEntry),
  derive: (spec) => derive(spec as CouplingEntry),

  async evaluate(check, look, onRow) {
    const comparison = toComparison(check);
    const redacted = redactor(check);
    const emit = (row: Disagreement): void => {
      onRow(redacted(row));
    };
    if (!joinsInSource(comparison, look)) return compareAcross(comparison, look, emit);
    return look
      .source(comparison.left.source)
      .look(look, (reader) => reader.compare(questionOf(check), emit));
  },

  async recheck(check, look, rows) {
    return (await recheckKeys(toComparison(check), look, rows)).map(redactor(check));
  },

  rows: (check, look, key) =>
    currentRows(toComparison(check), look, key, new Set((check.spec as CouplingEntry).redact ?? [])),

  async explain(check, look) {
    const comparison = toComparison(check);
    const { left, right } = comparison;
    if (joinsInSource(comparison, look)) {
      return look.source(left.source).look(look, (reader) => reader.explain(questionOf(check)));
    }
    return withReaders(comparison, look, async (a, b) => [
      ...(await a.explain({ side: left.side })),
      ...(await b.explain({ side: right.side })),
    ]);
  },

  inspect: (check, look) => inspectComparison(toComparison(check), look, coupling.explain(check, look)),

  repair(check) {
    const { sync } = check.spec as CouplingEntry;
    return sync ? repairOrder(check.name, sync, questionOf(check), toComparison(check).left.source) : null;
  },

  prevention(check) {
    const comparison = toComparison(check);
    const { left, right, universe, tolerances } = comparison;
    if (!inOneSource(comparison)) {
      throw new UserError(
        `check "${check.name}": its sides are in two databases, and no transaction spans both; only the check itself can tell`,
      );
    }
    if (tolerances.some((tolerance) => tolerance !== null)) {
      throw new UserError(
        `check "${check.name}" has a tolerance: values may drift apart step by step; remove it, or go on detecting`,
      );
    }
    return { left: left.side, right: right.side, universe };
  },
};

/** What one source is asked that holds both sides. */
function questionOf(check: Check): Coupling {
  const { left, right, universe, tolerances } = toComparison(check);
  return { left: left.side, right: right.side, universe, tolerances };
}

function toComparison({ spec }: Check): Comparison {
  const { left, right, universe = 'both', tolerance = {}, normalise } = spec as CouplingEntry;
  const tolerances = (left.compare ?? []).map((column) => toTolerance(tolerance[labelOf(column)]));
  return {
    left: { source: left.source, side: toSide(left, left, normalise) },
    right: { source: right.source, side: toSide(right, left, normalise) },
    universe,
    tolerances,
    unique: true,
    nullIsWrong: true,
    judge: judge(universe, tolerances),
  };
}

function toTolerance(entry: string | number | undefined): Tolerance | null {
  if (entry === undefined) return null;
  return typeof entry === 'number' ? { by: entry } : { withinMs: durationMs(entry) };
}

function judge(universe: Universe, tolerances: readonly (Tolerance | null)[]): Judge {
  return (left, right) => {
    const row = left ?? right;
    if (!row || (universe === 'left' && !left) || (universe === 'right' && !right)) return null;
    const kind = kindOf(row, left, right, tolerances);
    if (kind === null) return null;
    const shown = (side: KeyedRow | undefined) =>
      side?.rows === 1 && kind !== 'null_key' ? side.compare : null;
    return { kind, key: row.key, left: shown(left), right: shown(right) };
  };
}

function kindOf(
  row: KeyedRow,
  left: KeyedRow | undefined,
  right: KeyedRow | undefined,
  tolerances: readonly (Tolerance | null)[],
): string | null {
  if (row.keyForms.includes(null)) return 'null_key';
  if ((left?.rows ?? 0) > 1 || (right?.rows ?? 0) > 1) return 'duplicate_key';
  if (!left) return 'missing_left';
  if (!right) return 'missing_right';
  const same = left.compareForms.every((value, i) =>
    agree(value, right.compareForms[i] ?? null, tolerances[i] ?? null),
  );
  return same ? null : 'mismatch';
}

/** Hides redacted values before anything remembers or shows them; that they differ is still told. */
function redactor({ spec }: Check): (row: Disagreement) => Disagreement {
  const { left, right, redact = [] } = spec as CouplingEntry;
  if (redact.length === 0) return (row) => row;
  const hidden = (left.compare ?? []).map((column, i) => {
    const partner = right.compare?.[i];
    return redact.includes(labelOf(column)) || (partner !== undefined && redact.includes(labelOf(partner)));
  });
  const hideAll = (values: Disagreement['left']) =>
    values?.map((value, i) => hide(value, hidden[i] === true)) ?? null;
  return (row) => ({ ...row, left: hideAll(row.left), right: hideAll(row.right) });
}

function derive({ left, right, sync }: CouplingEntry): Derived {
  return {
    fields: {
      key: left.key.map(labelOf),
      left: (left.compare ?? []).map((column) => `left_${labelOf(column)}`),
      right: (right.compare ?? []).map((column) => `right_${labelOf(column)}`),
    },
    sources: [...new Set([left.source, right.source])].sort(),
    sync: sync ? syncTerms(sync) : null,
  };
}

function problems(entry: CouplingEntry): SpecProblem[] {
  const { left, right, tolerance = {} } = entry;
  const compared = (left.compare ?? []).map(labelOf);
  const found = sideProblems(entry, ['left', 'right'], [...left.key.map(labelOf), ...compared]);
  if ((left.compare ?? []).length !== (right.compare ?? []).length) {
    found.push({
      path: ['right', 'compare'],
      message: `left compares ${String(compared.length)} columns and right ${String((right.compare ?? []).length)}`,
      fix: 'List the partner of each column, in the same order',
    });
  }
  for (const label of Object.keys(tolerance).filter((name) => !compared.includes(name))) {
    found.push({
      path: ['tolerance', label],
      message: `left.compare has no column "${label}"`,
      fix: `Use one of: ${compared.join(', ') || '(nothing is compared)'}`,
    });
  }
  return [...found, ...syncProblems(entry)];
}
