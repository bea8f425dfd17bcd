import { PassThrough } from 'node:stream';
import type { Connection } from 'pg';
import { rowBlocks } from './copy-binary.ts';
import { CopyOut } from './copy-out.ts';

type Row = readonly (string | null)[];

function message(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

function rowOf(cells: Row): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(cells.length);
  return Buffer.concat([
    count,
    ...cells.flatMap((text) => {
      const bytes = Buffer.from(text ?? '');
      const length = Buffer.alloc(4);
      length.writeInt32BE(text === null ? -1 : bytes.length);
      return [length, bytes];
    }),
  ]);
}

const header = (extension: number): Buffer =>
  Buffer.concat([
    Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, extension]),
    Buffer.alloc(extension),
  ]);
const REST = Buffer.concat([
  message('c', Buffer.alloc(0)),
  message('C', Buffer.from('COPY 3\0')),
  message('Z', Buffer.from('I')),
]);

/** What a server sends, with a notice in the middle; the header comes alone or together with the first row. */
function sent(rows: readonly Row[], { extension = 0, headerAlone = false } = {}): Buffer {
  const [first, ...others] = rows.map(rowOf);
  const start = headerAlone
    ? [message('d', header(extension)), ...(first ? [message('d', first)] : [])]
    : [message('d', Buffer.concat([header(extension), first ?? Buffer.alloc(0)]))];
  return Buffer.concat([
    message('H', Buffer.from([1, 0, 2, 0, 1, 0, 1])),
    ...start,
    message('N', Buffer.from('SNOTICE\0\0')),
    ...others.map((row) => message('d', row)),
    message('d', Buffer.from([0xff, 0xff])),
    REST,
  ]);
}

/** Reads as a source does, and tells what was given back to pg. */
async function read(chunks: readonly Buffer[], fields: number): Promise<{ rows: Row[]; handedBack: Buffer }> {
  const stream = new PassThrough();
  const handedBack: Buffer[] = [];
  const copy = new CopyOut('COPY');
  stream.on('data', (chunk: Buffer) => {
    handedBack.push(chunk);
    if (Buffer.concat(handedBack).length >= REST.length) copy.handleReadyForQuery();
  });
  copy.submit({ stream, query: () => undefined } as unknown as Connection);
  for (const chunk of chunks) stream.write(chunk);
  const rows: Row[] = [];
  for await (const block of rowBlocks(copy.messages(), fields)) {
    for (let row = 0; row < block.rows; row += 1) {
      rows.push(
        Array.from({ length: fields }, (_, field) => {
          const slot = 2 * (row * fields + field);
          const [start = 0, length = 0] = block.offsets.subarray(slot, slot + 2);
          return length < 0 ? null : block.bytes.toString('utf8', start, start + length);
        }),
      );
    }
  }
  return { rows, handedBack: Buffer.concat(handedBack) };
}

const ROWS: readonly Row[] = [
  ['1', 'é\0"'],
  [null, ''],
  ['', null],
  ['😀', 'x'.repeat(300)],
];

test('rows are whole wherever the network cuts them, and the rest goes back to pg', async () => {
  const bytes = sent(ROWS);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const { rows, handedBack } = await read([bytes.subarray(0, cut), bytes.subarray(cut)], 2);
    expect({ cut, rows }).toEqual({ cut, rows: ROWS });
    expect(handedBack.equals(REST)).toBe(true);
  }
});

test.each([1, 2, 3, 7, 64])('rows are whole when %i bytes come at a time', async (size) => {
  const bytes = sent(ROWS);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  expect((await read(chunks, 2)).rows).toEqual(ROWS);
});

test('no rows, a header of its own and a header extension are read as the format says', async () => {
  expect((await read([sent([])], 2)).rows).toEqual([]);
  expect((await read([sent(ROWS, { headerAlone: true })], 2)).rows).toEqual(ROWS);
  expect((await read([sent(ROWS, { extension: 12 })], 2)).rows).toEqual(ROWS);
});

test('a row with more or fewer fields than asked for is refused, not misread', async () => {
  await expect(read([sent(ROWS)], 1)).rejects.toThrow('does not hold one whole row');
  await expect(read([sent(ROWS)], 3)).rejects.toThrow('does not hold one whole row');
});
