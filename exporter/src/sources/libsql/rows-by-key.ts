/** All rows of a statement, in the order of their keys: in one go from a file, by pages from a server, which sends 10 MB at once. */
import { SourceError } from '../../core/errors.ts';
import { rowsOf, type Cell, type Connection, type Parameter } from './connection.ts';
import { isTooLarge } from './errors.ts';

const MOST_ROWS = 25_000;
/** Of a key that fills a page on its own no further rows are read: more than one is all that anybody asks about. */
export const LEAST_ROWS = 4;

export interface Listing {
  /** what stands after FROM */
  readonly from: string;
  /** each column of the key as SQL for what is shown of it, which tells apart whatever the source does */
  readonly key: readonly string[];
  readonly other: readonly string[];
  /** of the key in a file, where an index may give it */
  readonly order: string;
  /** whose rows they are, for a message */
  readonly what: string;
}

type Row = readonly Cell[];

interface Asked {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

export async function* rowsByKey(connection: Connection, listing: Listing): AsyncGenerator<readonly Row[]> {
  const { from, key, other, order } = listing;
  const select = `SELECT ${[...key, ...other].join(', ') || '1'} FROM ${from}`;
  if (connection.snapshot || key.length === 0) yield* connection.batches(`${select}${order}`);
  else yield* pages(connection, select, listing);
}

async function* pages(
  connection: Connection,
  select: string,
  { key, what }: Listing,
): AsyncGenerator<readonly Row[]> {
  const order = key.map((sql) => `${sql} COLLATE BINARY`);
  let limit = MOST_ROWS;
  let last: Row | null = null;
  for (;;) {
    const { sql, parameters }: Asked = last === null ? { sql: '', parameters: [] } : after(order, last);
    const page: { rows: readonly Row[]; limit: number } = await smaller(
      limit,
      LEAST_ROWS,
      tooWide(connection, what),
      async (most) => {
        const statement = `${select}${sql} ORDER BY ${order.join(', ')} LIMIT ${String(most)}`;
        return { rows: await rowsOf(connection, statement, parameters), limit: most };
      },
    );
    limit = page.limit;
    const isLast = page.rows.length < limit;
    const rows = isLast ? page.rows : withoutLastKey(page.rows, key.length);
    yield rows;
    if (isLast) return;
    last = rows.at(-1) ?? null;
  }
}

/** What `ask` gives for as many as the server sends at once: `most` of them, a quarter, and so on down to `least`. */
export async function smaller<T>(
  most: number,
  least: number,
  tooWideBy: (cause: unknown) => SourceError,
  ask: (count: number) => Promise<T>,
): Promise<T> {
  for (let count = most; ; count = Math.max(least, Math.floor(count / 4))) {
    try {
      return await ask(count);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (count <= least) throw tooWideBy(error);
    }
  }
}

export function tooWide({ source }: Connection, what: string): (cause: unknown) => SourceError {
  return (cause) =>
    new SourceError(
      source,
      `a few rows of ${what} are more than the server sends at once; ask for fewer columns, or for a digest of the long ones`,
      { cause },
    );
}

/** NULL stands before every other value, as ORDER BY has it. */
function after(order: readonly string[], last: Row): Asked {
  const parameters: Parameter[] = [];
  const parts = order.map((own, i) => {
    const value = last[i] ?? null;
    if (value === null) return { greater: `${own} IS NOT NULL`, equal: `${own} IS NULL` };
    parameters.push(value);
    const parameter = `?${String(parameters.length)}`;
    return { greater: `${own} > ${parameter}`, equal: `${own} = ${parameter}` };
  });
  const sql = parts.reduceRight(
    (rest, { greater, equal }) => (rest === '' ? greater : `(${greater} OR (${equal} AND ${rest}))`),
    '',
  );
  return { sql: ` WHERE ${sql}`, parameters };
}

/** A page may end between two rows of one key: that key is left to the next page. */
function withoutLastKey(rows: readonly Row[], keys: number): readonly Row[] {
  const last = rows.at(-1) ?? [];
  const first = rows.findIndex((row) => sameKey(row, last, keys));
  return first === 0 ? rows : rows.slice(0, first);
}

/** Two great integers that pass for one key here are only read once more. */
function sameKey(a: Row, b: Row, keys: number): boolean {
  for (let i = 0; i < keys; i += 1) {
    const [one, other] = [a[i] ?? null, b[i] ?? null];
    const same =
      one instanceof Uint8Array && other instanceof Uint8Array
        ? Buffer.compare(one, other) === 0
        : asNumber(one) === asNumber(other);
    if (!same) return false;
  }
  return true;
}

/** 1 and 1.0 are one key. */
function asNumber(cell: Cell): Cell {
  return typeof cell === 'bigint' ? Number(cell) : cell;
}
