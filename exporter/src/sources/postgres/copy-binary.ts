/**
 * COPY … (FORMAT binary) as blocks of rows, without one object per row: a 10 M row table must not become 10 M objects.
 * Format: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4 — a header of 19 bytes and more, then
 * per row an int16 field count (-1 ends) and per field an int32 length (-1 is NULL) and its bytes.
 */
import type { RowBlock } from '../source.ts';
import { COPY_DATA, MESSAGE_HEADER_BYTES } from './copy-out.ts';

const SIGNATURE_BYTES = 11;
const HEADER_BYTES = SIGNATURE_BYTES + 4 + 4;

/**
 * A block is valid until the next one is asked for.
 * @param messages whole protocol messages, as `CopyOut` gives them
 */
export async function* rowBlocks(messages: AsyncIterable<Buffer>, fields: number): AsyncGenerator<RowBlock> {
  let offsets = new Int32Array(0);
  let inHeader = true;
  for await (const bytes of messages) {
    const mostRows = Math.ceil(bytes.length / (MESSAGE_HEADER_BYTES + 2 + 4 * fields));
    if (offsets.length < mostRows * fields * 2) offsets = new Int32Array(mostRows * fields * 2);
    let rows = 0;
    let end = 0;
    while (end < bytes.length) {
      const start = end;
      end += 1 + int32At(bytes, start + 1);
      if (bytes[start] !== COPY_DATA) continue;
      let content = start + MESSAGE_HEADER_BYTES;
      if (inHeader) {
        content += HEADER_BYTES + int32At(bytes, content + SIGNATURE_BYTES + 4);
        inHeader = false;
      }
      if (content < end && parseRow(bytes, content, end, offsets, rows * fields * 2, fields)) rows += 1;
    }
    if (rows > 0) yield { bytes, offsets, rows };
  }
}

/** Writes where the fields of a row are; false for the end mark that comes after the last row. */
function parseRow(
  bytes: Buffer,
  start: number,
  end: number,
  offsets: Int32Array,
  slot: number,
  fields: number,
): boolean {
  if (bytes[start] === 0xff) return false;
  let position = start + 2;
  for (let field = 0; field < fields; field += 1) {
    const length = int32At(bytes, position);
    position += 4;
    offsets[slot + 2 * field] = position;
    offsets[slot + 2 * field + 1] = length;
    if (length > 0) position += length;
  }
  if (position !== end) throw new Error('a COPY message of the server does not hold one whole row');
  return true;
}

/** Several times for every row: readInt32BE and its checks took a tenth of a merge's time. */
function int32At(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}
