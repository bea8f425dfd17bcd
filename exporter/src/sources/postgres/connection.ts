/** One Postgres session inside one transaction: its limits, its end, and what its errors mean. */
import { Query, type Client, type ClientBase, type FieldDef, type QueryArrayResult } from 'pg';
import type { Value } from '../../core/value.ts';
import { CopyOut } from './copy-out.ts';
import { decoder } from './values.ts';

/** Text as Postgres sent it, or null. */
export type Cell = string | null;

export type Field = Pick<FieldDef, 'name' | 'dataTypeID'>;

const RAW = { getTypeParser: () => (text: string | Buffer) => text.toString() };
const DECODED = {
  getTypeParser: (oid: number) => {
    const decode = decoder(oid);
    return (text: string | Buffer): Value => decode(text.toString());
  },
};

export interface SessionLimits {
  readonly timeoutMs: number;
  readonly lockTimeoutMs: number;
}

const TRANSACTIONS = {
  reading: 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY',
  // each statement sees what was committed before it, so that what is read under a lock is how the row is
  writing: 'BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE',
} as const;

/** The settings make text forms independent of the server's and the login's own. */
export function beginSql(
  { timeoutMs, lockTimeoutMs }: SessionLimits,
  purpose: keyof typeof TRANSACTIONS = 'reading',
): string {
  const timeout = String(Math.max(1, Math.round(timeoutMs)));
  return [
    TRANSACTIONS[purpose],
    `SET LOCAL statement_timeout = ${timeout}`,
    `SET LOCAL lock_timeout = ${String(Math.max(1, Math.round(lockTimeoutMs)))}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${timeout}`,
    'SET LOCAL jit = off',
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    'SET LOCAL extra_float_digits = 1',
  ].join('; ');
}

export class Connection {
  readonly source: string;
  readonly #client: ClientBase;

  constructor(source: string, client: ClientBase) {
    this.source = source;
    this.#client = client;
  }

  async run(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  /** Rows as arrays of undecoded text. */
  async rows<Row extends readonly Cell[]>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    const result: QueryArrayResult = await this.#client.query({
      text: sql,
      values: [...parameters],
      rowMode: 'array',
      types: RAW,
    });
    return result.rows as unknown as Row[];
  }

  /** What a statement that writes returns, one array for each row that it changed. */
  async changed(sql: string, parameters: readonly unknown[]): Promise<Cell[][]> {
    const result: QueryArrayResult = await this.#client.query({
      text: sql,
      values: [...parameters],
      rowMode: 'array',
      types: RAW,
    });
    if (result.fields.length > 0) return result.rows as Cell[][];
    return Array.from({ length: result.rowCount ?? 0 }, () => []);
  }

  /** Rows as arrays of exact values. */
  async values(sql: string, parameters: readonly unknown[]): Promise<Value[][]> {
    const result: QueryArrayResult = await this.#client.query({
      text: sql,
      values: [...parameters],
      rowMode: 'array',
      types: DECODED,
    });
    return result.rows as Value[][];
  }

  async count(sql: string): Promise<number> {
    const [row] = await this.rows<[string]>(sql, []);
    return Number(row?.[0] ?? 0);
  }

  /** Type OIDs of the columns; domains give the type they are made of. */
  async describe(sql: string): Promise<number[]> {
    const result: QueryArrayResult = await this.#client.query({ text: sql, rowMode: 'array' });
    return result.fields.map((field) => field.dataTypeID);
  }

  /** Columns of a statement that is not ours: the extended protocol refuses a second statement behind it. */
  async fieldsOf(sql: string): Promise<readonly Field[]> {
    const asked = { text: sql, rowMode: 'array', queryMode: 'extended' } as const;
    const result: QueryArrayResult = await this.#client.query(asked);
    return result.fields;
  }

  /**
   * Calls back for each row of undecoded cells while they arrive and keeps none. No cursor: a portal that is fetched in
   * steps rules out parallel plans, and the callback is synchronous, so nothing can pile up.
   */
  stream(sql: string, onRow: (row: readonly Cell[]) => void): Promise<void> {
    return this.#stream({ text: sql }, onRow);
  }

  /** The same for a statement that is not ours: the extended protocol refuses a second statement behind it. */
  streamOne(sql: string, onRow: (row: readonly Cell[]) => void): Promise<void> {
    return this.#stream({ text: sql, queryMode: 'extended' }, onRow);
  }

  #stream(
    asked: { readonly text: string; readonly queryMode?: 'extended' },
    onRow: (row: readonly Cell[]) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const query = new Query<Cell[]>({ ...asked, rowMode: 'array', types: RAW } as never);
      let failure: Error | null = null;
      query.on('row', (row) => {
        if (failure !== null) return;
        try {
          onRow(row);
        } catch (error) {
          failure = error instanceof Error ? error : new Error('a row could not be read', { cause: error });
        }
      });
      query.on('error', reject);
      query.on('end', () => {
        if (failure === null) resolve();
        else reject(failure);
      });
      (this.#client as unknown as Client).query(query);
    });
  }

  /** The result of `sql` as messages of COPY BINARY. */
  copyBinary(sql: string): AsyncIterable<Buffer> {
    const copy = new CopyOut(`COPY (${sql}) TO STDOUT (FORMAT binary)`);
    return this.#client.query(copy).messages();
  }
}
