/**
 * Where Lockstep looks. A source answers questions about its tables inside one read-only snapshot and never writes.
 * Adding an engine: one file (or folder) with the engine's `Engine`, and one line in `register.ts`.
 */
import type { TSchema } from 'typebox';
import type { Value } from '../core/value.ts';
import type { Disagreement } from '../core/violation.ts';
import type { Mender, Repair } from './mender.ts';

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
  /** or, of a service, the request */
  readonly sql: string;
  readonly plan: readonly string[];
  /** the planner's estimate of rows read, and of cost in its own unit; null where nobody plans */
  readonly estimatedRows: number | null;
  readonly estimatedCost: number | null;
  /** by the speeds measured in docs/performance.md, in milliseconds */
  readonly expectedMs: number | null;
  /** what would make it faster, or null */
  readonly advice: string | null;
}

/** A SELECT of the configuration, and which of its columns are asked for, by name. */
export interface Selection {
  readonly sql: string;
  /** equal keys give equal values */
  readonly key: readonly string[];
  readonly show: readonly string[];
}

/** When rows were last written. Rows dated after the source's own now do not count. */
export interface Recency {
  readonly schema: string | null;
  readonly table: string;
  readonly where: string | null;
  /** the instant of a row */
  readonly column: Column;
  /** count rows this young too; null: no need to */
  readonly withinMs: number | null;
}

/** Instants as epoch milliseconds, by the clock of the source. */
export interface RecencyFacts {
  readonly now: number;
  /** null when no row has an instant up to now */
  readonly newest: number | null;
  /** rows within `withinMs`; null unless asked for */
  readonly recent: number | null;
}

/** What `explain` can be asked about. */
export type Question =
  | Coupling
  | Reference
  | { readonly side: Side }
  | { readonly sql: string }
  | { readonly recency: Recency }
  | { readonly lookup: Side };

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
  /**
   * Runs a statement of the configuration and calls back for each row while rows arrive, equal keys one after the other; of a key that is there thousands
   * of times maybe not for each. Throws a `SourceError` when it is
   * several statements, or lacks a column that is asked for, whether there are rows or not.
   */
  select(
    selection: Selection,
    onRow: (key: readonly Value[], shown: readonly Value[]) => void,
  ): Promise<void>;
  /** The whole number, 0 or more, that a statement of the configuration gives as its only row and column. */
  selectCount(sql: string): Promise<number>;
  /** Throws a `SourceError` when the column is no date or time. */
  recency(recency: Recency): Promise<RecencyFacts>;
  /**
   * Picks up to `samples` keys of the side at random and looks each up on its own, once the way is warm. Milliseconds of
   * each look-up, to the last byte of its rows; neither keys nor rows leave the reader. Empty when there is no key.
   */
  lookupTimes(side: Side, samples: number): Promise<readonly number[]>;
  /** Milliseconds of `samples` runs of a statement of the configuration, once it is warm; its rows stay where they are. */
  statementTimes(sql: string, samples: number): Promise<readonly number[]>;
  explain(question: Question): Promise<readonly Explanation[]>;
}

export interface LookLimits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** One request to a service. Only what reads is asked: GET or HEAD. */
export interface ServiceRequest {
  readonly method: 'GET' | 'HEAD';
  /** begins with a slash */
  readonly path: string;
  /** from the first byte sent to the last one received, redirects included */
  readonly timeoutMs: number;
  /** how many redirects to follow; 0 takes the redirect itself for the answer */
  readonly redirects: number;
  /** sent without what a log-in gave */
  readonly anonymous: boolean;
}

/**
 * What became of a request. That nobody answered, or that the answer broke off, is a fact about the service and no
 * error: whoever asked decides what it means.
 */
export type ServiceAnswer = ServiceTimes &
  (
    | { readonly status: number; readonly body: string; readonly failure: null }
    | { readonly status: null; readonly body: null; readonly failure: ServiceFailure }
  );

export interface ServiceTimes {
  readonly tookMs: number;
  /** until the certificate expires, in milliseconds; null without TLS or before its handshake */
  readonly certificateMs: number | null;
}

export interface ServiceFailure {
  /** `login`: the service failed already when it was to log us in */
  readonly reason: 'refused' | 'timeout' | 'tls' | 'too_large' | 'redirect' | 'broken' | 'login';
  /** for people; holds nothing of what was sent or received */
  readonly message: string;
}

/** What `validate --connect` wants to know of a source. */
export interface Probe {
  readonly version: string;
  /** null where nobody logs in */
  readonly user: string | null;
  /**
   * grants that let this login write, each with the statement that revokes it, or where nothing can be revoked what to do
   * instead; empty when it can only read
   */
  readonly writeGrants: readonly string[];
  /** true when a write was tried in a read-only transaction and refused; null where none can be tried */
  readonly writeRefused: boolean | null;
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
  /** false: no two questions of a look see one state, so two sides of this source are merged as those of two sources */
  readonly joins?: boolean;
  /** One statement that needs no table; resolves when the source answers. */
  ping(limits: LookLimits): Promise<void>;
  /** Of a database; a service throws a `SourceError`. */
  look<T>(limits: LookLimits, body: (reader: Reader) => Promise<T>): Promise<T>;
  /**
   * Of a service; absent on a database. Calls back with a way to send requests, logged in where the source says so. A
   * request throws a `SourceError` when the log-in is refused, which is ours to mend; what else it meets is its answer.
   */
  visit?<T>(
    limits: LookLimits,
    body: (request: (request: ServiceRequest) => Promise<ServiceAnswer>) => Promise<T>,
  ): Promise<T>;
  probe(limits: LookLimits): Promise<Probe>;
  catalog(limits: LookLimits): Promise<readonly CatalogTable[]>;
  close(): Promise<void>;
}

/** What a database is asked to keep from coming apart at all. */
export interface Prevention {
  /** of the check; part of the names of what is made */
  readonly check: string;
  readonly left: Side;
  readonly right: Side;
  readonly universe: Universe;
  /** `refuse` fails the transaction, `log` only warns */
  readonly mode: 'refuse' | 'log';
}

/** What a source is: tables to read, or a service to send requests to. */
export type SourceNature = 'database' | 'service';

/** A kind of source, as the register knows it. `schema` holds the properties it adds beside `engine`. */
export interface Engine {
  readonly nature: SourceNature;
  readonly schema: TSchema;
  open(name: string, spec: unknown): Source;
  /** Writes with the login of `url` to the database of the source, and nothing but what `repair` says. */
  mender?(source: string, spec: unknown, url: string, repair: Repair): Mender;
  /** The same entry with its relative paths starting at `folder`; absent where it holds none. */
  fromFolder?(spec: unknown, folder: string): unknown;
  /** The migration and its inverse, as SQL; throws a `UserError` for what it cannot prevent. */
  prevent?(asked: Prevention): { readonly up: string; readonly down: string };
}
