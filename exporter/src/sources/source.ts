/**
 * Where Lockstep looks. A source answers questions about its tables inside one read-only snapshot and never writes.
 * Adding an engine: one file (or folder) with the engine's `Engine`, and one line in `register.ts`.
 */
import type { TSchema } from 'typebox';
import type { Value } from '../core/value.ts';
import type { Disagreement } from '../core/violation.ts';

/** One column or expression of a side; `label` names it in messages, `normalise` and `tolerance`. */
export interface Column {
  readonly label: string;
  readonly column?: string;
  readonly expr?: string;
  /** applied in this order before comparing */
  readonly normalise: readonly Normalisation[];
}

export type Normalisation = 'upper' | 'lower' | 'trim';

/** How far two values may be apart and still agree. */
export type Tolerance = { readonly by: number } | { readonly withinMs: number };

export interface Side {
  readonly schema: string | null;
  readonly table: string;
  /** SQL condition, or null for every row */
  readonly where: string | null;
  readonly key: readonly Column[];
  readonly compare: readonly Column[];
  /** columns that are shown next to the row and never compared */
  readonly context: readonly string[];
}

export type Universe = 'both' | 'left' | 'right';

/** Two sides that must agree, key by key. `tolerances[i]` belongs to the i-th compared pair. */
export interface Coupling {
  readonly left: Side;
  readonly right: Side;
  readonly universe: Universe;
  readonly tolerances: readonly (Tolerance | null)[];
}

/** Every key of `from` must exist in `to`. */
export interface Reference {
  readonly from: Side;
  readonly to: Side;
}

/** Distinct keys. A side that the universe leaves out is only known to be empty or not. */
export interface SideCounts {
  readonly checked: number;
  readonly left: number | null;
  readonly right: number | null;
  readonly empty: boolean;
}

/**
 * How a pair of columns is compared outside the database: `integer` as 64 bits, everything else as text that is equal
 * exactly when the database calls the values equal. `exact` is text of one and the same type on both sides, which can
 * be cast back; `epoch` is seconds, for times with a tolerance.
 */
export type Form =
  'integer' | 'decimal' | 'float' | 'instant' | 'epoch' | 'text' | 'caseless' | 'document' | 'exact';

export interface ColumnType {
  readonly label: string;
  /** the engine's own name of the type, for people */
  readonly type: string;
  readonly form: Form;
}

export interface SideTypes {
  readonly key: readonly ColumnType[];
  readonly compare: readonly ColumnType[];
  /** true when the database guarantees that no two rows share a key */
  readonly keyIsUnique: boolean;
}

export interface SideForms {
  readonly key: readonly Form[];
  readonly compare: readonly Form[];
}

/**
 * Rows in ascending key order. Field `f` of row `r` is `bytes[offsets[2*(r*fields+f)] … +offsets[2*(r*fields+f)+1]]`,
 * key fields first; a length of -1 is NULL. Integers are 8 bytes, big-endian, two's complement; all else UTF-8 whose
 * byte order is the order of the rows.
 */
export interface RowBlock {
  readonly bytes: Buffer;
  readonly offsets: Int32Array;
  readonly rows: number;
}

/** A row read by key: comparable forms as text, and the values as shown to people. */
export interface KeyedRow {
  readonly keyForms: readonly (string | null)[];
  readonly compareForms: readonly (string | null)[];
  readonly key: readonly Value[];
  readonly compare: readonly Value[];
  readonly context: readonly Value[];
  /** how many rows share this key */
  readonly rows: number;
}

/** `keys` are key forms as text, as `ordered` or an earlier `lookup` gave them; a NULL part matches NULL. */
export interface Lookup {
  readonly side: Side;
  readonly forms: SideForms;
  readonly keys: readonly (readonly (string | null)[])[];
  /** how many rows to return of a key that is there more than once */
  readonly rowsPerKey: number;
}

export interface Explanation {
  readonly sql: string;
  readonly plan: readonly string[];
  /** the planner's estimate of rows read, and of cost in its own unit */
  readonly estimatedRows: number;
  readonly estimatedCost: number;
  /** by the speeds measured in docs/performance.md, in milliseconds */
  readonly expectedMs: number;
  /** what would make it faster, or null */
  readonly advice: string | null;
}

/** One read-only snapshot; every question asked of it sees the same state. */
export interface Reader {
  /** Both sides in this source: calls back for each disagreeing key, while rows arrive. */
  compare(coupling: Coupling, onRow: (row: Disagreement) => void): Promise<SideCounts>;
  /** Both sides in this source: calls back for each key of `from` that `to` lacks; `left` is [rows that refer to it]. */
  orphans(reference: Reference, onRow: (row: Disagreement) => void): Promise<SideCounts>;
  /** Throws a `SourceError` that names the missing table or column and the nearest existing name. */
  types(side: Side): Promise<SideTypes>;
  /** Rows whose key has no NULL, ordered by key; keys may repeat. */
  ordered(side: Side, forms: SideForms): AsyncIterable<RowBlock>;
  /** Calls back for each distinct key that has a NULL part. */
  nullKeys(side: Side, onKey: (key: readonly Value[]) => void): Promise<void>;
  lookup(lookup: Lookup): Promise<readonly KeyedRow[]>;
  /** Key values, as a violation keeps them, to key forms. */
  keyForms(side: Side, forms: SideForms, keys: readonly (readonly Value[])[]): Promise<(string | null)[][]>;
  /** How many keys are there more than once. */
  countDuplicates(side: Side): Promise<number>;
  /** True when no row has a complete key. */
  isEmpty(side: Side): Promise<boolean>;
  explain(question: Coupling | Reference | { readonly side: Side }): Promise<readonly Explanation[]>;
}

export interface LookLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What `validate --connect` wants to know of a source. */
export interface Probe {
  readonly version: string;
  readonly user: string;
  /** grants that let this login write, each with the statement that revokes it; empty when it can only read */
  readonly writeGrants: readonly string[];
  /** true when a write was tried in a read-only transaction and refused */
  readonly writeRefused: boolean;
}

export interface CatalogTable {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  readonly primaryKey: readonly string[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly foreignKeys: readonly {
    readonly columns: readonly string[];
    readonly schema: string;
    readonly table: string;
    readonly references: readonly string[];
  }[];
  readonly estimatedRows: number;
}

export interface Source {
  readonly name: string;
  readonly engine: string;
  /** How many checks may look at once. */
  readonly concurrency: number;
  /** One statement that needs no table; resolves when the source answers. */
  ping(limits: LookLimits): Promise<void>;
  look<T>(limits: LookLimits, body: (reader: Reader) => Promise<T>): Promise<T>;
  probe(limits: LookLimits): Promise<Probe>;
  catalog(limits: LookLimits): Promise<readonly CatalogTable[]>;
  close(): Promise<void>;
}

/** A kind of source, as the register knows it. `schema` holds the properties it adds beside `engine`. */
export interface Engine {
  readonly schema: TSchema;
  open(name: string, spec: unknown): Source;
}
