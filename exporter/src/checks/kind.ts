/**
 * What can be wrong. A kind turns one entry of the config into questions to its sources.
 * Adding a kind: one file with its `CheckKind`, and one line in `register.ts`.
 */
import type { TSchema } from 'typebox';
import type { Check, Fields, SyncTerms } from '../core/check.ts';
import type { Population } from '../core/run.ts';
import type { Value } from '../core/value.ts';
import type { Disagreement } from '../core/violation.ts';
import type { Repair } from '../sources/mender.ts';
import type { Explanation, LookLimits, Prevention, Source, SourceNature } from '../sources/source.ts';

/** What a kind may touch while it looks. */
export interface Look extends LookLimits {
  source(name: string): Source;
}

/** The rows behind a violation as they are now, of one side where the kind has sides, by output name. */
export interface SideRows {
  /** null where the kind has no sides */
  readonly side: 'left' | 'right' | null;
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
  /** absent, or null: nothing may be written */
  readonly sync?: SyncTerms | null;
}

/** What may be written to mend violations of a check, with which login, and when it happens by itself. */
export interface RepairOrder extends Omit<SyncTerms, 'directions'> {
  readonly check: string;
  readonly source: string;
  /** a secret */
  readonly url: string;
  readonly repair: Repair;
  readonly retries: number;
  readonly misfireGraceMs: number;
}

/** What was counted, and for kinds that measure, what was measured. */
export interface Evaluated extends Population {
  /** how long the source took as a user of it would see, in milliseconds; else the time of the look stands in */
  readonly latencyMs?: number;
  /** what was measured, in milliseconds, by names that follow from the configuration and never from rows */
  readonly measuredMs?: Readonly<Record<string, number>>;
}

export interface CheckKind {
  /** what its sources must be */
  readonly asks: SourceNature;
  /**
   * true when the values of a violation are measured: other values are no other violation, and a mark on it holds. Absent:
   * values are what a violation is about.
   */
  readonly measures?: boolean;
  /** the properties this kind adds to a check entry */
  readonly schema: TSchema;
  /** violation kind → default name of its remedy */
  readonly violationKinds: Readonly<Record<string, string>>;
  problems(spec: unknown): readonly SpecProblem[];
  derive(spec: unknown): Derived;
  /** Looks at everything once and calls back for each disagreeing key; throws when it could not look. */
  evaluate(check: Check, look: Look, onRow: (row: Disagreement) => void): Promise<Evaluated>;
  /** Looks again at some keys only; returns those that still disagree, as they are now. */
  recheck(check: Check, look: Look, keys: readonly Disagreement[]): Promise<readonly Disagreement[]>;
  /** The current rows behind one key. */
  rows(check: Check, look: Look, key: readonly Value[]): Promise<readonly SideRows[]>;
  explain(check: Check, look: Look): Promise<readonly Explanation[]>;
  inspect(check: Check, look: Look): Promise<readonly Finding[]>;
  /** What a sync may write; null, or absent, where nothing may be. */
  repair?(check: Check): RepairOrder | null;
  /** What the database would have to watch so that this cannot break; absent, or a `UserError`, where it cannot. */
  prevention?(check: Check): Omit<Prevention, 'check' | 'mode'>;
}
