/** What is held at once of a libSQL database whose rows are wide. */
import { FileConnection } from '../../exporter/src/sources/libsql/file-connection.ts';
import { libsql } from '../../exporter/src/sources/libsql.ts';
import type { Side } from '../../exporter/src/sources/source.ts';
import { EVERY_ENGINE, type AnyDatabase } from './source-engines.ts';

const MB = 1024 * 1024;
const ROWS = 1_200;
const limits = { timeoutMs: 60_000, signal: new AbortController().signal };
const column = (name: string) => ({ label: name, column: name, normalise: [] });
const side: Side = { schema: null, table: 't', where: null, key: [column('id')], compare: [column('v')], context: [] }; // prettier-ignore

/** Rows 1 to `count`; `value` is an expression over `i`. */
const filled = (count: number, value: string): string =>
  `CREATE TABLE t (id INTEGER PRIMARY KEY, v text);
   INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${String(count)}) SELECT i, ${value} FROM n`;

describe.each(EVERY_ENGINE.filter(({ dialect }) => dialect === 'libsql'))('$title', ({ start, title }) => {
  let database: AnyDatabase;
  beforeAll(async () => {
    database = await start();
  }, 60_000);
  afterAll(() => database.stop());
  beforeEach(() => database.clear());

  async function pages(): Promise<{ rows: number; bytes: number }[]> {
    const source = libsql.open('app', { url: database.url });
    const blocks: { rows: number; bytes: number }[] = [];
    await source.look(limits, async (reader) => {
      for await (const { rows, bytes } of reader.ordered(side, { key: ['integer'], compare: ['text'] })) blocks.push({ rows, bytes: bytes.length }); // prettier-ignore
    });
    await source.close();
    return blocks;
  }
  const all = (blocks: readonly { rows: number }[]): number =>
    blocks.reduce((sum, { rows }) => sum + rows, 0);
  const largest = (blocks: readonly { bytes: number }[]): number => Math.max(...blocks.map(({ bytes }) => bytes)); // prettier-ignore

  test('of wide rows a page has few, and of narrow ones many', async () => {
    await database.run(filled(ROWS, 'hex(zeroblob(12500))'));
    const wide = await pages();
    expect(all(wide)).toBe(ROWS);
    expect(largest(wide)).toBeLessThan(3 * MB);
    await database.clear();
    await database.run(filled(20_000, "'x'"));
    const narrow = await pages();
    expect(all(narrow)).toBe(20_000);
    expect(narrow.length).toBeLessThan(20);
  });

  test('a key that is there many times is read at least twice, and the pages around it lose none', async () => {
    const keys = `CASE WHEN i BETWEEN 5000 AND 15000 THEN 5000 ELSE i - i % 3 END`;
    await database.run(`CREATE TABLE t (p int, v text); CREATE INDEX t_p ON t (p);
      INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) SELECT ${keys}, 'v' FROM n`);
    const source = libsql.open('app', { url: database.url });
    const seen = new Map<bigint, number>();
    await source.look(limits, async (reader) => {
      const byKey: Side = { ...side, key: [column('p')], compare: [] };
      for await (const { bytes, offsets, rows } of reader.ordered(byKey, { key: ['integer'], compare: [] })) {
        for (let row = 0; row < rows; row += 1) {
          const key = bytes.readBigInt64BE(offsets[2 * row]);
          seen.set(key, Math.min(2, (seen.get(key) ?? 0) + 1));
        }
      }
    });
    await source.close();
    const expected = new Map<bigint, number>();
    for (let i = 1; i <= 25_000; i += 1) {
      const key = BigInt(i >= 5_000 && i <= 15_000 ? 5_000 : i - (i % 3));
      expected.set(key, Math.min(2, (expected.get(key) ?? 0) + 1));
    }
    expect([...seen]).toEqual([...expected]);
  });

  test('wide rows that follow narrow ones make one page of them, and then pages of few', async () => {
    await database.run(filled(12_000, 'CASE WHEN i > 8000 THEN hex(zeroblob(4000)) ELSE 1 END'));
    const blocks = await pages();
    expect(all(blocks)).toBe(12_000);
    expect(largest(blocks)).toBeLessThan((title.includes('file') ? 2_000 * 8_100 : 10 * MB) + MB);
    expect(largest(blocks.slice(-3))).toBeLessThan(3 * MB);
  });
});

test('texts count for what they weigh, in what the process that reads a file sends at once', async () => {
  const engine = EVERY_ENGINE.find(({ title }) => title === 'a libSQL file');
  const database = await engine?.start();
  const connection = new FileConnection('app', new URL(database?.url ?? '').pathname, 5_000);
  const sizes: number[] = [];
  const wide = `SELECT '\\x' || hex(zeroblob(200000)) FROM json_each('[1,2,3,4,5,6,7,8,9,10]')`;
  for await (const batch of connection.batches(wide)) sizes.push(batch.length);
  expect(sizes).toEqual(Array(10).fill(1));
  await connection.kill();
  await database?.stop();
});
