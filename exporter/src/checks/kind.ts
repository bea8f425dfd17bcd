/**
 * What can be wrong. A kind turns one entry of the config into questions to its sources.
 * Adding a kind: one file with its `CheckKind`, and one line in `register.ts`.
 */
import type { TSchema } from 'typebox';
import type { Check, Fields } from '../core/check.ts';
import type { Population } from '../core/run.ts';
import type { Value } from '../core/value.ts';
import type { Disagreement } from '../core/violation.ts';
import type { Explanation, LookLimits, Source } from '../sources/source.ts';

/** What a kind may touch while it looks. */
export interface Look extends LookLimits {
  source(name: string): Source;
}

/** The rows of one side of a violation as they are now, with their context columns, by output name. */
export interface SideRows {
  readonly side: 'left' | 'right';
  readonly source: string;
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, Value>>[];
}

/** Something wrong that a schema cannot express. `path` is relative to the check's entry. */
export interface SpecProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly fix: string;
}

/** What `validate --connect` found out about a check. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly message: string;
}

/** The part of a check that its kind derives from its entry. */
export interface Derived {
  readonly fields: Fields;
  readonly sources: readonly string[];
}

export interface CheckKind {
  /** the properties this kind adds to a check entry */
  readonly schema: TSchema;
  /** violation kind → default name of its remedy */
  readonly violationKinds: Readonly<Record<string, string>>;
  problems(spec: unknown): readonly SpecProblem[];
  derive(spec: unknown): Derived;
  /** Looks at everything once and calls back for each disagreeing key; throws when it could not look. */
  evaluate(check: Check, look: Look, onRow: (row: Disagreement) => void): Promise<Population>;
  /** Looks again at some keys only; returns those that still disagree, as they are now. */
  recheck(check: Check, look: Look, keys: readonly Disagreement[]): Promise<readonly Disagreement[]>;
  /** The current rows behind one key. */
  rows(check: Check, look: Look, key: readonly Value[]): Promise<readonly SideRows[]>;
  explain(check: Check, look: Look): Promise<readonly Explanation[]>;
  inspect(check: Check, look: Look): Promise<readonly Finding[]>;
}
