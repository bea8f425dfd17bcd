/**
 * Many rows in one cell: SQLite concatenates them, this takes them apart. One row at a time the driver gives half as many
 * rows a second, and of a server's answer three quarters would be JSON around the values.
 * A field is an integer and `;`, or the length of a form in bytes, `:` and the form; `~` is NULL, `!` a key that cannot
 * be ordered.
 */
import { isUtf8 } from 'node:buffer';
import { SourceError } from '../../core/errors.ts';
import type { Form, RowBlock, Side, SideForms } from '../source.ts';
import { notUtf8 } from './connection.ts';
import type { SideShape } from './shape.ts';
import { canonical, formSql, isStoredSql, normalisedSql, ordersItself, type Storage } from './values.ts';

const COLON = 0x3a;
const SEMICOLON = 0x3b;
const MINUS = 0x2d;
const NULL_MARK = 0x7e; // ~
const MISFIT = 0x21; // !
const ZERO = 0x30;
const INTEGER_BYTES = 8;

/** SQL for one row as text. */
export function packedSql(side: Side, shape: SideShape, forms: SideForms): string {
  const keys = side.key.map((column, i) =>
    packedKey(normalisedSql(column), forms.key[i] ?? 'text', shape.key[i]?.storage ?? 'mixed'),
  );
  const values = side.compare.map((column, i) =>
    packedValue(normalisedSql(column), forms.compare[i] ?? 'text', shape.compare[i]?.storage ?? 'mixed'),
  );
  return [...keys, ...values].join(' || ');
}

function packedKey(sql: string, form: Form, storage: Storage): string {
  if (form === 'integer') return `CASE typeof(${sql}) WHEN 'integer' THEN ${sql} || ';' ELSE '!' END`;
  if (ordersItself(form, storage)) {
    const field = packedText(storage === 'text' ? sql : formSql(form, storage, sql));
    return `CASE WHEN ${isStoredSql(storage, sql)} THEN ${field} ELSE '!' END`;
  }
  const field = packedText(formSql(form, storage, sql));
  // canonical() would change the text of a REAL, and with it the order
  const isNumber = form === 'decimal' || form === 'float';
  return isNumber ? `CASE typeof(${sql}) WHEN 'integer' THEN ${field} ELSE '!' END` : field;
}

/** The usual case first and short: of a whole run the work on these expressions is a half. */
function packedValue(sql: string, form: Form, storage: Storage): string {
  const usual = form === 'integer' ? `WHEN 'integer' THEN ${sql} || ';'` : form === 'text' && storage === 'text' ? `WHEN 'text' THEN ${packedText(sql)}` : ''; // prettier-ignore
  return `CASE typeof(${sql}) ${usual} WHEN 'null' THEN '~' ELSE ${packedText(formSql(form, storage, sql))} END`;
}

function packedText(sql: string): string {
  return `length(CAST(${sql} AS BLOB)) || ':' || ${sql}`;
}

/** @throws SourceError for a key that is not what its column declares: in the order of the column it would be misplaced */
export function unpack(source: string, side: Side, forms: SideForms, packed: Uint8Array): RowBlock {
  if (!isUtf8(packed)) throw notUtf8(source);
  const all = [...forms.key, ...forms.compare];
  const reader = new PackedReader(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
  const block = new BlockWriter(packed.length, all.length);
  let rows = 0;
  while (!reader.done) {
    for (const [i, form] of all.entries()) {
      const mark = reader.next();
      if (mark === MISFIT) throw misfit(source, side, i);
      if (mark === NULL_MARK) block.writeNull();
      else if (mark === SEMICOLON) block.writeInteger(reader.number, reader);
      else if (form === 'integer') block.writeMisfit(reader.text());
      else if (form === 'float' || form === 'decimal') block.writeText(canonical(form, reader.text()));
      else block.writeBytes(reader.bytes, reader.start, reader.end);
    }
    rows += 1;
  }
  return { bytes: block.bytes, offsets: block.offsets, rows };
}

function misfit(source: string, side: Side, field: number): SourceError {
  const label = side.key[field]?.label ?? '';
  return new SourceError(
    source,
    `key column "${label}" of ${side.table} holds a value of another type than the rest, which has no place in the order of keys; ` +
      'mend it, leave it out by where:, or give the key as expr: CAST(… AS TEXT)',
  );
}

class PackedReader {
  readonly bytes: Buffer;
  start = 0;
  end = 0;
  number = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.end >= this.bytes.length;
  }

  /** To the next field, and how it is marked: `:` has bytes from start to end, `;` a number and its digits there. */
  next(): number {
    const start = this.end;
    const first = this.bytes[start] ?? 0;
    if (first === NULL_MARK || first === MISFIT) {
      this.end = start + 1;
      return first;
    }
    let at = first === MINUS ? start + 1 : start;
    let number = 0;
    let digit = this.bytes[at] ?? COLON;
    while (digit !== COLON && digit !== SEMICOLON) {
      number = number * 10 + digit - ZERO;
      at += 1;
      digit = this.bytes[at] ?? COLON;
    }
    if (digit === SEMICOLON) {
      this.number = first === MINUS ? -number : number;
      this.start = start;
      this.end = at + 1;
      return SEMICOLON;
    }
    this.start = at + 1;
    this.end = this.start + number;
    return COLON;
  }

  text(): string {
    return this.bytes.toString('utf8', this.start, this.end);
  }
}

class BlockWriter {
  bytes: Buffer;
  offsets: Int32Array;
  #end = 0;
  #slot = 0;

  /** @param size of the packed rows, which their block hardly ever exceeds */
  constructor(size: number, fields: number) {
    this.bytes = Buffer.allocUnsafe(size + INTEGER_BYTES * 64);
    this.offsets = new Int32Array(2 * fields * 256);
  }

  writeNull(): void {
    this.#place(this.#end, -1);
  }

  writeBytes(source: Buffer, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    // a loop: a call of copy() costs more than the 4 to 16 bytes of a usual key
    for (let i = 0; i < length; i += 1) this.bytes[this.#end + i] = source[start + i] ?? 0;
    this.#place(this.#end, length);
  }

  writeText(text: string): void {
    const bytes = Buffer.from(text);
    this.writeBytes(bytes, 0, bytes.length);
  }

  writeInteger(number: number, digits: PackedReader): void {
    this.#reserve(INTEGER_BYTES);
    if (Number.isSafeInteger(number)) {
      this.bytes.writeInt32BE(Math.floor(number / 0x1_0000_0000), this.#end);
      this.bytes.writeUInt32BE(number >>> 0, this.#end + 4);
    } else this.bytes.writeBigInt64BE(BigInt(digits.text().slice(0, -1)), this.#end);
    this.#place(this.#end, INTEGER_BYTES);
  }

  /** Among integers it keeps its text: it must differ from all of them, and is then looked at by its key. */
  writeMisfit(text: string): void {
    this.writeText(Buffer.byteLength(text) === INTEGER_BYTES ? `${text} ` : text);
  }

  #place(start: number, length: number): void {
    if (this.#slot + 2 > this.offsets.length) {
      const larger = new Int32Array(this.offsets.length * 2);
      larger.set(this.offsets);
      this.offsets = larger;
    }
    this.offsets[this.#slot] = start;
    this.offsets[this.#slot + 1] = length;
    this.#slot += 2;
    this.#end += Math.max(0, length);
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe((this.#end + length) * 2);
    this.bytes.copy(larger, 0, 0, this.#end);
    this.bytes = larger;
  }
}
