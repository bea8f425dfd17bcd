import fc from 'fast-check';
import type { RowBlock, SideForms } from '../sources/source.ts';
import { merge, type MergeCounts } from './merge.ts';

type Row = readonly [key: string | null, value: string | null];

const TEXT: SideForms = { key: ['text'], compare: ['text'] };
const INTEGER: SideForms = { key: ['integer'], compare: ['text'] };

function cell(text: string | null, isInteger: boolean): Buffer {
  if (!isInteger || text === null) return Buffer.from(text ?? '');
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(text));
  return bytes;
}

/** Blocks as a source gives them, with four bytes of length before each field; the blocks before are overwritten. */
async function* blocks(rows: readonly Row[], perBlock: number, forms: SideForms): AsyncGenerator<RowBlock> {
  let before: RowBlock | null = null;
  for (let from = 0; from < rows.length; from += perBlock) {
    before?.bytes.fill(0x7f);
    const some = rows.slice(from, from + perBlock);
    const offsets = new Int32Array(some.length * 4);
    const parts: Buffer[] = [];
    let position = 0;
    some.flat().forEach((text, field) => {
      const bytes = cell(text, field % 2 === 0 && forms.key[0] === 'integer');
      parts.push(Buffer.from([0, 0, 0, bytes.length & 0xff]), bytes);
      offsets[2 * field] = position + 4;
      offsets[2 * field + 1] = text === null ? -1 : bytes.length;
      position += 4 + bytes.length;
    });
    before = { bytes: Buffer.concat(parts), offsets, rows: some.length };
    await Promise.resolve();
    yield before;
  }
}

async function merged(
  left: readonly Row[],
  right: readonly Row[],
  options: {
    perBlock?: readonly [number, number];
    forms?: SideForms;
    report?: 'both' | 'left' | 'right';
    duplicates?: boolean;
  } = {},
): Promise<{ counts: MergeCounts; candidates: string[] }> {
  const { perBlock = [2, 3], forms = TEXT, report = 'both', duplicates = true } = options;
  const candidates = new Set<string>();
  const counts = await merge(
    blocks(left, perBlock[0], forms),
    blocks(right, perBlock[1], forms),
    {
      forms,
      report: { onlyLeft: report !== 'right', onlyRight: report !== 'left' },
      reportDuplicates: duplicates,
      agrees: (_, a, b) => a === b,
    },
    (key) => candidates.add(key.join(',')),
    () => null,
  );
  return { counts, candidates: [...candidates] };
}

test('keys of one side, of both, and with other values', async () => {
  const left: Row[] = [['a', '1'], ['b', '1'], ['c', null], ['e', null]]; // prettier-ignore
  const right: Row[] = [['b', '2'], ['c', null], ['d', '1'], ['e', '']]; // prettier-ignore
  expect(await merged(left, right)).toEqual({
    counts: { left: 4, right: 4, both: 3 },
    candidates: ['a', 'b', 'd', 'e'],
  });
  expect((await merged(left, right, { report: 'left' })).candidates).toEqual(['a', 'b', 'e']);
  expect((await merged(left, right, { report: 'right' })).candidates).toEqual(['b', 'd', 'e']);
});

test('nothing on one side, or on both', async () => {
  expect(await merged([], [])).toEqual({ counts: { left: 0, right: 0, both: 0 }, candidates: [] });
  expect((await merged([['a', '1']], [])).candidates).toEqual(['a']);
  expect((await merged([], [['a', '1']])).candidates).toEqual(['a']);
});

test.each([1, 2, 3, 4, 9])(
  'keys repeated across blocks of %i rows are one key, told once',
  async (perBlock) => {
    const left: Row[] = [['a', '1'], ['a', '1'], ['a', '1'], ['b', '1'], ['b', '1'], ['c', '1']]; // prettier-ignore
    const right: Row[] = [['a', '1'], ['b', '1'], ['c', '1'], ['c', '1']]; // prettier-ignore
    const found = await merged(left, right, { perBlock: [perBlock, 1] });
    expect(found).toEqual({ counts: { left: 3, right: 3, both: 3 }, candidates: ['a', 'b', 'c'] });
    const allowed = await merged(left, right, { perBlock: [perBlock, 2], duplicates: false });
    expect(allowed).toEqual({ counts: { left: 3, right: 3, both: 3 }, candidates: [] });
  },
);

test('text is ordered by its bytes, where JavaScript orders otherwise', async () => {
  const rows: Row[] = [['Z', null], ['a', null], ['é', null], ['～', null], ['😀', null]]; // prettier-ignore
  expect((await merged(rows, rows)).candidates).toEqual([]);
});

test('integers are ordered by value, the negative ones too, and exact beyond 2^53', async () => {
  const keys = [
    '-9223372036854775808',
    '-1',
    '0',
    '9007199254740992',
    '9007199254740993',
    '9223372036854775807',
  ];
  const rows = keys.map((key): Row => [key, 'x']);
  const found = await merged(rows, rows.toSpliced(4, 1), { forms: INTEGER });
  expect(found.candidates).toEqual(['9007199254740993']);
});

test.each([1, 2, 9])(
  'rows out of order are refused, not taken for missing ones (blocks of %i)',
  async (perBlock) => {
    const shuffled: Row[] = [['b', '1'], ['a', '1'], ['c', '1']]; // prettier-ignore
    const sorted: Row[] = [['a', '1'], ['b', '1'], ['c', '1']]; // prettier-ignore
    const message = (name: string): string => `the ${name} side did not arrive in key order`;
    await expect(merged(shuffled, sorted, { perBlock: [perBlock, 9] })).rejects.toThrow(message('left'));
    await expect(merged(sorted, shuffled, { perBlock: [9, perBlock] })).rejects.toThrow(message('right'));
  },
);

test('a side that fails fails the merge, though the other one never gives its first row', async () => {
  const failing = (async function* (): AsyncGenerator<RowBlock> {
    await Promise.resolve();
    throw new Error('cut');
    yield* blocks([], 1, TEXT);
  })();
  const silent = (async function* (): AsyncGenerator<RowBlock> {
    await new Promise(() => undefined);
    yield* blocks([], 1, TEXT);
  })();
  const options = {
    forms: TEXT,
    report: { onlyLeft: true, onlyRight: true },
    reportDuplicates: true,
    agrees: () => true,
  };
  await expect(
    merge(
      silent,
      failing,
      options,
      () => undefined,
      () => null,
    ),
  ).rejects.toThrow('cut');
});

test('whatever the keys and the blocks, the merge tells what a comparison of maps tells', async () => {
  const key = fc.constantFrom('', 'a', 'ab', 'b', 'é', '～', '😀');
  const rows = fc.array(fc.tuple(key, fc.constantFrom('1', '2', null)), { maxLength: 12 });
  const blockSize = fc.integer({ min: 1, max: 5 });
  const byBytes = (a: Row, b: Row): number =>
    Buffer.compare(Buffer.from(a[0] ?? ''), Buffer.from(b[0] ?? ''));
  await fc.assert(
    fc.asyncProperty(rows, rows, blockSize, blockSize, async (left, right, a, b) => {
      const sides = [left, right].map((side) => [...side].sort(byBytes));
      const { counts, candidates } = await merged(sides[0] ?? [], sides[1] ?? [], { perBlock: [a, b] });
      const values = (side: readonly Row[], of: string) =>
        side.filter((row) => row[0] === of).map((row) => row[1]);
      const keys = [...new Set([...left, ...right].map((row) => row[0]))];
      const wrong = keys.filter((each) => {
        const [l, r] = [values(left, each), values(right, each)];
        return l.length !== 1 || r.length !== 1 || l[0] !== r[0];
      });
      expect(candidates.sort()).toEqual(wrong.sort());
      expect(counts.left + counts.right - counts.both).toBe(keys.length);
    }),
    { numRuns: 500 },
  );
});
