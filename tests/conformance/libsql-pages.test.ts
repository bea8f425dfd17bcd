/** What a server cannot send in one answer of 10 MB is read by pages, and is what a file gives in one go. */
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { query } from '../../exporter/src/checks/query.ts';
import type { CheckKind } from '../../exporter/src/checks/kind.ts';
import type { Check } from '../../exporter/src/core/check.ts';
import { keyText, type Disagreement } from '../../exporter/src/core/violation.ts';
import { libsql } from '../../exporter/src/sources/libsql.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { EVERY_ENGINE, lookAt, type AnyDatabase } from './source-engines.ts';

const LIBSQL = EVERY_ENGINE.filter(({ dialect }) => dialect === 'libsql');
const numbers = (count: number): string =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${String(count)})`;

let databases: readonly AnyDatabase[];
let sources: readonly Source[];

beforeAll(async () => {
  databases = await Promise.all(LIBSQL.map(({ start }) => start()));
  sources = databases.map(({ url }) => libsql.open('here', { url }));
}, 60_000);
afterAll(async () => {
  await Promise.all(sources.map((source) => source.close()));
  await Promise.all(databases.map((database) => database.stop()));
});
beforeEach(() => Promise.all(databases.map((database) => database.clear())));

/** What the file and the server give, in that order. */
async function both(sql: string, kind: CheckKind, check: Check) {
  const found = databases.map(async (database, i) => {
    await database.run(sql);
    const rows: Disagreement[] = [];
    const source = sources[i];
    const look = lookAt(new Map(source ? [['here', source], ['there', source]] : []), 60_000); // prettier-ignore
    const { checked } = await kind.evaluate(check, look, (row) => rows.push(row));
    return { checked, rows: rows.map(({ key, left }) => keyText(key) + JSON.stringify(left)).sort(), look };
  });
  return Promise.all(found);
}

const asked = (more: object): Check =>
  checkOf(query, { source: 'here', population: 'SELECT count(*) FROM t', ...more });

test('60,000 rows of a statement, 12 MB of them, are all counted', async () => {
  const sql = `CREATE TABLE t (id text PRIMARY KEY);
    INSERT INTO t ${numbers(60_000)} SELECT printf('%0120d', i) FROM n`;
  const [file, server] = await both(sql, query, asked({ sql: 'SELECT id FROM t', key: ['id'] }));
  expect(server?.rows.length).toBe(60_000);
  expect(server?.rows).toEqual(file?.rows);
  expect(server?.checked).toBe(60_000);
}, 120_000);

test('keys of every type, NULL among them and some of them many times, are each counted once', async () => {
  const a = `CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN i / 60 WHEN 2 THEN i / 60.0 WHEN 3 THEN 'T' || i / 60 WHEN 4 THEN CAST('B' || i / 60 AS BLOB) ELSE 7 END`;
  const sql = `CREATE TABLE t (a, b); INSERT INTO t ${numbers(60_000)} SELECT ${a}, CASE i % 5 WHEN 0 THEN NULL ELSE i / 30000 END FROM n`;
  const [file, server] = await both(sql, query, asked({ sql: 'SELECT a, b FROM t', key: ['a', 'b'] }));
  expect(server?.rows.length).toBeGreaterThan(10_000);
  expect(server?.rows).toEqual(file?.rows);
}, 60_000);

test('wide rows come in smaller pages, and rows that no page holds are told', async () => {
  const sql = `CREATE TABLE t (id int, v text); INSERT INTO t ${numbers(60)} SELECT i, hex(zeroblob(150000 + i)) FROM n`;
  const [file, server] = await both(sql, query, asked({ sql: 'SELECT * FROM t', key: ['id'], show: ['v'] }));
  expect(server?.rows.length).toBe(60);
  expect(server?.rows).toEqual(file?.rows);
  const tooWide = asked({ sql: 'SELECT id, hex(zeroblob(3000000)) AS w FROM t', key: ['id'], show: ['w'] });
  const evaluating = query.evaluate(tooWide, server?.look ?? lookAt(new Map()), () => undefined);
  await expect(evaluating).rejects.toThrow(
    'a few rows of the statement are more than the server sends at once; ask for fewer columns',
  );
}, 60_000);

test('incomplete keys, and keys that are read again with wide columns, are as many as there are', async () => {
  const side = (table: string) => ({
    source: 'here',
    table,
    key: ['a', 'b'],
    compare: ['v'],
    context: ['w'],
  });
  const check = checkOf(coupling, { left: side('t'), right: { ...side('u'), source: 'there' } });
  const rows = `SELECT printf('%060d', i), CASE WHEN i > 500 THEN NULL ELSE 'key ' || i END, i % 9, CASE WHEN i <= 500 THEN hex(zeroblob(20000)) END FROM n`;
  const sql = `CREATE TABLE t (a text, b text, v int, w text); INSERT INTO t ${numbers(100_000)} ${rows};
    CREATE TABLE u (a text, b text, v int, w text)`;
  const [, server] = await both(sql, coupling, check);
  expect(server?.rows.length).toBe(100_000);
  const keys = Array.from({ length: 500 }, (_, i) => [
    String(i + 1).padStart(60, '0'),
    `key ${String(i + 1)}`,
  ]);
  const column = (name: string) => ({ label: name, column: name, normalise: [] });
  const found = await sources[1]?.look({ timeoutMs: 60_000, signal: new AbortController().signal }, (reader) =>
    reader.lookup({
      side: { schema: null, table: 't', where: null, key: [column('a'), column('b')], compare: [column('v')], context: ['w'] },
      ...{ forms: { key: ['text', 'text'], compare: ['integer'] }, keys, rowsPerKey: 1 },
    }),
  ); // prettier-ignore
  expect(found?.length).toBe(500);
}, 120_000);
