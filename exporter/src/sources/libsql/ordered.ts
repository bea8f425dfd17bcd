/** One side in key order: by pages where an index gives them, in one go where the side must be sorted anyway. */
import type { RowBlock, Side, SideForms } from '../source.ts';
import { rowsOf, type Cell, type Connection, type Parameter } from './connection.ts';
import { afterKey, orderedSql, pageSql } from './keyed-statements.ts';
import { unpack } from './packed-rows.ts';
import { planOf } from './plan.ts';
import { LEAST_ROWS, smaller, tooWide } from './rows-by-key.ts';
import type { SideShape } from './shape.ts';

/** A page weighs about so much, as far as the rows of the page before can tell. */
const PAGE_BYTES = 2 * 1024 * 1024;
/** Nothing is known of the width of rows yet. */
const FIRST_ROWS = 100;
const GROWTH = 4;
/**
 * Of a server's rows a page is about 10 ms of work, so that the event loop breathes in between, and no answer exceeds 10 MB.
 * Nothing bounds the cell of a file: where narrow rows are followed by wide ones, one page of so many is held.
 */
const MOST_ROWS = { ofServer: 10_000, ofFile: 2_000 };
const BLOCK_BYTES = 64 * 1024;

export async function* orderedBlocks(
  connection: Connection,
  side: Side,
  shape: SideShape,
  forms: SideForms,
): AsyncGenerator<RowBlock> {
  const paged = !connection.snapshot || (await isIndexed(connection, side, shape, forms));
  yield* paged ? pages(connection, side, shape, forms) : streamed(connection, side, shape, forms);
}

async function isIndexed(
  connection: Connection,
  side: Side,
  shape: SideShape,
  forms: SideForms,
): Promise<boolean> {
  const plan = await planOf(connection, pageSql(side, shape, forms, false));
  return plan.some((line) => line.includes('SEARCH')) && !plan.some((line) => line.includes('TEMP B-TREE'));
}

async function* streamed(
  connection: Connection,
  side: Side,
  shape: SideShape,
  forms: SideForms,
): AsyncGenerator<RowBlock> {
  let rows: Uint8Array[] = [];
  let bytes = 0;
  for await (const batch of connection.batches(orderedSql(side, shape, forms))) {
    for (const [packed] of batch) {
      if (!(packed instanceof Uint8Array)) continue;
      rows.push(packed);
      bytes += packed.length;
    }
    if (bytes < BLOCK_BYTES) continue;
    yield unpack(connection.source, side, forms, Buffer.concat(rows));
    [rows, bytes] = [[], 0];
  }
  if (rows.length > 0) yield unpack(connection.source, side, forms, Buffer.concat(rows));
}

/** The next page is on its way while the caller is at this one. */
async function* pages(
  connection: Connection,
  side: Side,
  shape: SideShape,
  forms: SideForms,
): AsyncGenerator<RowBlock> {
  const reader = new PageReader(connection, side, shape, forms);
  for (let following = reader.next(); ;) {
    const { block, isLast } = await following;
    if (!isLast) following = reader.next();
    // the caller may stop before it asks for this one
    following.catch(() => undefined);
    if (block.rows > 0) yield block;
    if (isLast) return;
  }
}

class PageReader {
  readonly #connection: Connection;
  readonly #side: Side;
  readonly #shape: SideShape;
  readonly #forms: SideForms;
  #limit = FIRST_ROWS;
  #after: Parameter[] = [];

  constructor(connection: Connection, side: Side, shape: SideShape, forms: SideForms) {
    this.#connection = connection;
    this.#side = side;
    this.#shape = shape;
    this.#forms = forms;
  }

  async next(): Promise<{ readonly block: RowBlock; readonly isLast: boolean }> {
    const { packed, limit } = await this.#read();
    if (!(packed instanceof Uint8Array)) return { block: unpack(this.#connection.source, this.#side, this.#forms, new Uint8Array()), isLast: true }; // prettier-ignore
    const block = unpack(this.#connection.source, this.#side, this.#forms, packed);
    const isLast = block.rows < limit;
    this.#adapt(packed.length / Math.max(1, block.rows));
    const whole = isLast || this.#shape.keyIsUnique ? block : this.#withoutHalfKey(block);
    if (!isLast) this.#after = this.#lastKey(whole);
    return { block: whole, isLast };
  }

  #adapt(bytesPerRow: number): void {
    const most = this.#connection.snapshot ? MOST_ROWS.ofFile : MOST_ROWS.ofServer;
    const fitting = Math.floor(PAGE_BYTES / Math.max(1, bytesPerRow));
    this.#limit = Math.max(LEAST_ROWS, Math.min(fitting, this.#limit * GROWTH, most));
  }

  /** One page, made smaller until a server sends it. */
  async #read(): Promise<{ readonly packed: Cell; readonly limit: number }> {
    const sql = pageSql(this.#side, this.#shape, this.#forms, this.#after.length === 0);
    return smaller(this.#limit, LEAST_ROWS, tooWide(this.#connection, this.#side.table), async (limit) => {
      const [row] = await rowsOf(this.#connection, sql, [BigInt(limit), ...this.#after]);
      this.#limit = limit;
      return { packed: row?.[0] ?? null, limit };
    });
  }

  /**
   * A page may end between two rows of one key: the next page then begins with that key. Where two rows of it are here already,
   * it is known to be there more than once, and the rest of it is skipped.
   */
  #withoutHalfKey(block: RowBlock): RowBlock {
    const last = block.rows - 1;
    return this.#sameKey(block, last - 1, last) ? block : { ...block, rows: last };
  }

  #sameKey(block: RowBlock, a: number, b: number): boolean {
    return this.#forms.key.every((_, i) => this.#field(block, a, i).equals(this.#field(block, b, i)));
  }

  #lastKey(block: RowBlock): Parameter[] {
    return this.#shape.key.map((column, i) =>
      afterKey(column, this.#forms.key[i] ?? 'text', Buffer.from(this.#field(block, block.rows - 1, i))),
    );
  }

  #field({ bytes, offsets }: RowBlock, row: number, field: number): Buffer {
    const slot = 2 * (row * (this.#forms.key.length + this.#forms.compare.length) + field);
    const start = offsets[slot] ?? 0;
    return bytes.subarray(start, start + Math.max(0, offsets[slot + 1] ?? 0));
  }
}
