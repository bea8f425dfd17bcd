/**
 * Walks two ordered streams of rows side by side, in constant memory, and reports the keys worth a second look: there
 * on one side only, there twice, or with different values. Two sources share no snapshot, so these are candidates.
 */
import type { RowBlock, SideForms } from '../sources/source.ts';

export interface MergeCounts {
  /** distinct keys */
  left: number;
  right: number;
  both: number;
}

export interface MergeOptions {
  readonly forms: SideForms;
  /** which keys are of interest when only one side has them */
  readonly report: { readonly onlyLeft: boolean; readonly onlyRight: boolean };
  /** false where a side may hold a key more than once */
  readonly reportDuplicates: boolean;
  /** a second opinion on values whose bytes differ */
  readonly agrees: (index: number, left: string | null, right: string | null) => boolean;
}

export async function merge(
  left: AsyncIterable<RowBlock>,
  right: AsyncIterable<RowBlock>,
  options: MergeOptions,
  onCandidate: (key: string[]) => void,
  pause: () => Promise<void> | null,
): Promise<MergeCounts> {
  const { forms, report } = options;
  const a = new Cursor('left', left, forms);
  const b = new Cursor('right', right, forms);
  const counts = { left: 0, right: 0, both: 0 };
  const reportRepeat = (cursor: Cursor): void => {
    if (cursor.repeatsFirst && options.reportDuplicates) onCandidate(cursor.key());
  };
  const advance = async (cursor: Cursor): Promise<void> => {
    while (cursor.step() || (await cursor.nextBlock())) {
      if (!cursor.repeats) return;
      reportRepeat(cursor);
    }
  };
  // no await while the block lasts: at 1 M keys a second a microtask per row would double the time
  const next = (cursor: Cursor): Promise<void> | null => {
    if (!cursor.step()) return advance(cursor);
    if (!cursor.repeats) return null;
    reportRepeat(cursor);
    return advance(cursor);
  };
  try {
    await Promise.all([advance(a), advance(b)]);
    while (!a.done || !b.done) {
      const order = compareKeys(a, b);
      if (order === 0) {
        counts.both += 1;
        if (!sameValues(a, b, options)) onCandidate(a.key());
      } else if (order < 0 ? report.onlyLeft : report.onlyRight) {
        onCandidate((order < 0 ? a : b).key());
      }
      if (order <= 0) {
        counts.left += 1;
        const moving = next(a);
        if (moving) await moving;
      }
      if (order >= 0) {
        counts.right += 1;
        const moving = next(b);
        if (moving) await moving;
      }
      const waiting = pause();
      if (waiting) await waiting;
    }
    return counts;
  } catch (error) {
    // not awaited: the side that is well may not give its next block for minutes
    for (const cursor of [a, b]) void cursor.close().catch(() => undefined);
    throw error;
  }
}

class Cursor {
  done = false;
  /** true when this row has the key of the row before */
  repeats = false;
  /** true when it is the first to do so */
  repeatsFirst = false;
  bytes: Buffer = Buffer.alloc(0);
  offsets: Int32Array = new Int32Array(0);
  base = 0;
  readonly keyFields: number;
  readonly isInteger: readonly boolean[];
  readonly #side: string;
  readonly #blocks: AsyncIterator<RowBlock>;
  readonly #stride: number;
  #row = 0;
  #rows = 0;
  /** the last key of the block before, in the layout of a block of one row */
  #last: { bytes: Buffer; offsets: Int32Array } | null = null;

  constructor(side: string, blocks: AsyncIterable<RowBlock>, forms: SideForms) {
    this.#side = side;
    this.#blocks = blocks[Symbol.asyncIterator]();
    this.keyFields = forms.key.length;
    this.#stride = 2 * (forms.key.length + forms.compare.length);
    this.isInteger = forms.key.map((form) => form === 'integer');
  }

  /** To the next row of this block, if there is one. */
  step(): boolean {
    if (this.#row + 1 >= this.#rows) return false;
    const before = this.base;
    this.#row += 1;
    this.base += this.#stride;
    this.#judge(
      compareKeyFields(this, this.bytes, this.offsets, before, this.bytes, this.offsets, this.base),
    );
    return true;
  }

  async nextBlock(): Promise<boolean> {
    if (this.#rows > 0) this.#last = this.#copyOfKey();
    const next = await this.#blocks.next();
    if (next.done) {
      this.done = true;
      this.#rows = 0;
      this.repeats = false;
      return false;
    }
    ({ bytes: this.bytes, offsets: this.offsets, rows: this.#rows } = next.value);
    this.#row = 0;
    this.base = 0;
    const last = this.#last;
    if (last) this.#judge(compareKeyFields(this, last.bytes, last.offsets, 0, this.bytes, this.offsets, 0));
    return true;
  }

  field(index: number): string | null {
    const start = this.offsets[this.base + 2 * index] ?? 0;
    const length = this.offsets[this.base + 2 * index + 1] ?? -1;
    return length < 0 ? null : this.bytes.toString('utf8', start, start + length);
  }

  integerField(index: number): string | null {
    const length = this.offsets[this.base + 2 * index + 1] ?? -1;
    return length < 0 ? null : String(this.bytes.readBigInt64BE(this.offsets[this.base + 2 * index]));
  }

  key(): string[] {
    return this.isInteger.map((integer, i) => (integer ? this.integerField(i) : this.field(i)) ?? '');
  }

  async close(): Promise<void> {
    await this.#blocks.return?.();
  }

  #judge(order: number): void {
    // rows out of order would pass for missing ones: better no result than a wrong one
    if (order > 0)
      throw new Error(`the ${this.#side} side did not arrive in key order; its keys cannot be merged`);
    this.repeatsFirst = order === 0 && !this.repeats;
    this.repeats = order === 0;
  }

  #copyOfKey(): { bytes: Buffer; offsets: Int32Array } {
    const offsets = this.offsets.slice(this.base, this.base + 2 * this.keyFields);
    const start = offsets[0] ?? 0;
    const lastField = 2 * (this.keyFields - 1);
    const end = (offsets[lastField] ?? 0) + Math.max(0, offsets[lastField + 1] ?? 0);
    const bytes = Buffer.from(this.bytes.subarray(start, end));
    for (let i = 0; i < offsets.length; i += 2) offsets[i] = (offsets[i] ?? 0) - start;
    return { bytes, offsets };
  }
}

/** Keys are ordered by value where they are integers, by bytes where they are text. A side at its end comes last. */
function compareKeys(a: Cursor, b: Cursor): number {
  if (a.done || b.done) return a.done ? 1 : -1;
  return compareKeyFields(a, a.bytes, a.offsets, a.base, b.bytes, b.offsets, b.base);
}

function compareKeyFields(
  { keyFields, isInteger }: Cursor,
  aBytes: Buffer,
  aOffsets: Int32Array,
  aBase: number,
  bBytes: Buffer,
  bOffsets: Int32Array,
  bBase: number,
): number {
  for (let field = 0; field < keyFields; field += 1) {
    const aStart = aOffsets[aBase + 2 * field] ?? 0;
    const bStart = bOffsets[bBase + 2 * field] ?? 0;
    const aLength = aOffsets[aBase + 2 * field + 1] ?? 0;
    const bLength = bOffsets[bBase + 2 * field + 1] ?? 0;
    const order = compareBytes(aBytes, aStart, aLength, bBytes, bStart, bLength, isInteger[field] === true);
    if (order !== 0) return order;
  }
  return 0;
}

/** A loop, not Buffer.compare: on keys of 4 to 16 bytes the call out of JavaScript costs more than the comparison. */
function compareBytes(
  a: Buffer,
  aStart: number,
  aLength: number,
  b: Buffer,
  bStart: number,
  bLength: number,
  signed: boolean,
): number {
  // two's complement orders like unsigned bytes once the sign bit is flipped
  const flip = signed ? 0x80 : 0;
  const shared = Math.min(aLength, bLength);
  for (let i = 0; i < shared; i += 1) {
    const mask = i === 0 ? flip : 0;
    const apart = ((a[aStart + i] ?? 0) ^ mask) - ((b[bStart + i] ?? 0) ^ mask);
    if (apart !== 0) return apart;
  }
  return aLength - bLength;
}

function sameValues(a: Cursor, b: Cursor, { forms, agrees }: MergeOptions): boolean {
  for (let i = 0; i < forms.compare.length; i += 1) {
    const field = a.keyFields + i;
    const slot = 2 * field;
    const aLength = a.offsets[a.base + slot + 1] ?? -1;
    const bLength = b.offsets[b.base + slot + 1] ?? -1;
    const sameBytes =
      aLength === bLength &&
      (aLength < 0 ||
        compareBytes(
          a.bytes,
          a.offsets[a.base + slot] ?? 0,
          aLength,
          b.bytes,
          b.offsets[b.base + slot] ?? 0,
          bLength,
          false,
        ) === 0);
    if (sameBytes) continue;
    if (forms.compare[i] === 'integer' || !agrees(i, a.field(field), b.field(field))) return false;
  }
  return true;
}
