/**
 * COPY … (FORMAT binary) as blocks of rows, without one object per row: a 10 M row table must not become 10 M objects.
 * Format: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4 — a header of 19 bytes and more, then
 * per row an int16 field count (-1 ends) and per field an int32 length (-1 is NULL) and its bytes.
 */
import type { Readable } from 'node:stream';
import type { RowBlock } from '../source.ts';

const SIGNATURE_BYTES = 11;
const HEADER_BYTES = SIGNATURE_BYTES + 4 + 4;

/** A block is valid until the next one is asked for. */
export async function* rowBlocks(copy: Readable, fields: number): AsyncGenerator<RowBlock> {
  let rest: Buffer = Buffer.alloc(0);
  let inHeader = true;
  let offsets = new Int32Array(0);
  for await (const chunk of copy as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    if (inHeader) {
      if (bytes.length < HEADER_BYTES) {
        rest = bytes;
        continue;
      }
      start = HEADER_BYTES + bytes.readInt32BE(SIGNATURE_BYTES + 4);
      inHeader = false;
    }
    const mostRows = Math.ceil(bytes.length / (2 + 4 * fields));
    if (offsets.length < mostRows * fields * 2) offsets = new Int32Array(mostRows * fields * 2);
    const { rows, end } = parseRows(bytes, start, fields, offsets);
    if (rows > 0) yield { bytes, offsets, rows };
    rest = bytes.subarray(end);
  }
}

/** Fills `offsets` with the whole rows from `start`; `end` is where the first unfinished one begins. */
function parseRows(
  bytes: Buffer,
  start: number,
  fields: number,
  offsets: Int32Array,
): { rows: number; end: number } {
  let position = start;
  let rows = 0;
  for (;;) {
    const rowStart = position;
    if (position + 2 > bytes.length) return { rows, end: rowStart };
    if (bytes.readInt16BE(position) === -1) return { rows, end: bytes.length };
    position += 2;
    for (let field = 0; field < fields; field += 1) {
      if (position + 4 > bytes.length) return { rows, end: rowStart };
      const length = bytes.readInt32BE(position);
      position += 4;
      const slot = (rows * fields + field) * 2;
      offsets[slot] = position;
      offsets[slot + 1] = length;
      if (length > 0) position += length;
    }
    if (position > bytes.length) return { rows, end: rowStart };
    rows += 1;
  }
}
