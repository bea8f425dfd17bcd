/**
 * How an engine mends pairs: the only part of Lockstep that writes to a database it watches, with a login of its own.
 * An engine that cannot leaves `Engine.mender` out.
 */
import type { Direction, PlannedWrite, PlanRow, RowResult } from '../core/sync-plan.ts';
import type { Value } from '../core/value.ts';
import type { Coupling, LookLimits } from './source.ts';

/** A column and what is written to it: a value, or SQL over the rows `source` and `target` (a journal: `old`, `new`). */
export type Assignment = { readonly column: string } & (
  { readonly value: Value } | { readonly expr: string }
);

/** A row that is inserted in the same transaction as the one that was mended. */
export interface Journal {
  readonly schema: string | null;
  readonly table: string;
  readonly values: readonly Assignment[];
}

/** How rows of one side are written. Key and compared columns come from the other side. */
export interface WrittenSide {
  /** beside key and compared columns, in a row that is created */
  readonly create: readonly Assignment[];
  /** beside the compared columns, in a row that is updated */
  readonly set: readonly Assignment[];
  readonly journal: Journal | null;
}

/** What the configuration lets a sync write. Keys and compared columns are plain columns. */
export interface Repair extends Pick<Coupling, 'left' | 'right' | 'tolerances'> {
  /** violation kind → which side is right */
  readonly directions: Readonly<Record<string, Direction>>;
  readonly written: { readonly left: WrittenSide; readonly right: WrittenSide };
}

/** A violation to mend, by its id and its key as it is remembered. */
export interface ToMend {
  readonly violationId: string;
  readonly key: readonly Value[];
}

/** What was read again under lock and is to be written, by its place in the plan. */
export interface PlacedWrite {
  readonly nth: number;
  readonly write: PlannedWrite;
}

export interface WriteOptions extends LookLimits {
  /** everything is done and then rolled back */
  readonly dryRun: boolean;
  /**
   * Called after the last write and before the commit, with the name of the transaction; what it remembers survives a
   * crash, and {@link Mender.fate} tells afterwards whether the transaction did. Not called when nothing was written.
   */
  readonly beforeCommit: (transaction: string, results: readonly RowResult[]) => Promise<void>;
}

export interface Written {
  readonly results: readonly RowResult[];
  /** rows that somebody else was writing to; nothing was done to them */
  readonly busy: readonly PlacedWrite[];
  /** rows that had no turn, because the locks of those before them had been held for long enough */
  readonly later: readonly PlacedWrite[];
}

export interface Mender {
  /** What the login lacks, each as the statement that grants it; empty when it may do all that the repair says. */
  missingGrants(limits: LookLimits): Promise<readonly string[]>;
  /** Tries every expression of the repair on no row; each that the database refuses, by its setting. */
  refusedExpressions(
    limits: LookLimits,
  ): Promise<readonly { readonly setting: string; readonly reason: string }[]>;
  /** Reads the rows as they are now, in one snapshot, and says what would be written. Writes nothing. */
  propose(violations: readonly ToMend[], limits: LookLimits): Promise<readonly PlanRow[]>;
  /** For each write: why its rows are not as it expects them; null when they are. Locks nothing. */
  differences(writes: readonly PlannedWrite[], limits: LookLimits): Promise<readonly (string | null)[]>;
  /**
   * One transaction: each row is locked and read again, then written if it is as it was planned. Rejects with a
   * {@link FateError} when the commit got no answer.
   */
  write(writes: readonly PlacedWrite[], options: WriteOptions): Promise<Written>;
  /** What became of a transaction; `forgotten` also when the database has never heard of it. */
  fate(transaction: string, limits: LookLimits): Promise<'committed' | 'aborted' | 'running' | 'forgotten'>;
}

/** The commit was sent and not answered: only {@link Mender.fate} tells what became of it. */
export class FateError extends Error {
  override name = 'FateError';
  readonly transaction: string;
  constructor(transaction: string, options?: ErrorOptions) {
    super('the commit was not answered', options);
    this.transaction = transaction;
  }
}
