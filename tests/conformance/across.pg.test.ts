/** A Postgres side and a libSQL side: how their types meet, and random rows against the oracle. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { reference } from '../../exporter/src/checks/reference.ts';
import { keyText } from '../../exporter/src/core/violation.ts';
import { libsql } from '../../exporter/src/sources/libsql.ts';
import { postgres } from '../../exporter/src/sources/postgres.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { libsqlFile, type LibsqlFile } from '../libsql.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { evaluated, lookAt } from './source-engines.ts';

const STATES = Math.ceil(Number(process.env['LOCKSTEP_PROPERTY_STATES'] ?? 1_000) / 5);

let database: TestDatabase;
let client: pg.Client;
let file: LibsqlFile;
let sources: ReadonlyMap<string, Source>;

beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  file = libsqlFile();
  sources = new Map([
    ['pg', postgres.open('pg', { url: database.url })],
    ['lite', libsql.open('lite', { url: file.url })],
  ]);
});

afterAll(async () => {
  await Promise.all([...sources.values()].map((source) => source.close()));
  await client.end();
  await database.drop();
  file.remove();
});

async function given(inPostgres: string, inLibsql: string): Promise<void> {
  await client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${inPostgres}`);
  file.clear();
  file.run(inLibsql);
}

/** The kinds and keys of what disagrees, whichever of the two is the left side; and a second look says the same. */
async function found(more: object = {}, side: object = {}): Promise<string[]> {
  const [l, r] = ['pg', 'lite'].map((source) => ({
    source,
    table: 't',
    key: ['id'],
    compare: ['v'],
    ...side,
  }));
  const forth = await evaluated(coupling, checkOf(coupling, { left: l, right: r, ...more }), lookAt(sources));
  const back = await evaluated(coupling, checkOf(coupling, { left: r, right: l, ...more }), lookAt(sources));
  const swapped: Readonly<Record<string, string>> = {
    missing_left: 'missing_right',
    missing_right: 'missing_left',
  };
  const texts = forth.rows.map((row) => `${row.kind} ${keyText(row.key)}`);
  expect(back.rows.map((row) => `${swapped[row.kind] ?? row.kind} ${keyText(row.key)}`)).toEqual(texts);
  expect(back.population.checked).toBe(forth.population.checked);
  return texts;
}

describe('types of Postgres and of SQLite', () => {
  test.each([
    ['int', 'INTEGER', '-5, 5, 2147483647', '-5, 5, 2147483647'],
    [
      'int8',
      'BIGINT',
      '-9223372036854775808, 9007199254740993, 7',
      '-9223372036854775808, 9007199254740993, 7',
    ],
    ['text', 'TEXT', "'', 'a', 'Z', 'é', '～', '😀'", "'', 'a', 'Z', 'é', '～', '😀'"],
    ['varchar(9)', 'VARCHAR(9)', "'10', '9'", "'10', '9'"],
    ['int', 'TEXT', '10, 9, -1', "'10', '9', '-1'"],
    ['text', 'INT', "'10', '9', '-1'", '10, 9, -1'],
    ['numeric', 'INTEGER', '10.00, 9, -1', '10, 9, -1'],
    ['uuid', 'TEXT', "'4f3c1a5e-0000-4000-8000-00000000000a'", "'4f3c1a5e-0000-4000-8000-00000000000a'"],
    ['bytea', 'BLOB', String.raw`'\x00ff', '\x', '\x61'`, "x'00ff', x'', x'61'"],
    ['boolean', 'BOOLEAN', 'true, false', '1, 0'],
    ['int', '', '3, 20, 100', '3, 20, 100'],
    ['text', 'DATETIME', "'2024-01-01 00:00:00'", "'2024-01-01 00:00:00'"],
  ])('a key of %s finds its partner in %s', async (inPostgres, inLibsql, left, right) => {
    const rows = (values: string): string => values.split(', ').map((value) => `(${value}, 1)`).join(', '); // prettier-ignore
    await given(
      `CREATE TABLE t (id ${inPostgres}, v int); INSERT INTO t VALUES ${rows(left)}`,
      `CREATE TABLE t (id ${inLibsql}, v int); INSERT INTO t VALUES ${rows(right)}`,
    );
    expect(await found()).toEqual([]);
    file.run('DELETE FROM t WHERE id = (SELECT min(id) FROM t)');
    expect((await found()).map((row) => row.split(' ')[0])).toEqual(['missing_right']);
  });

  test.each([
    ['numeric(20,4)', 'DECIMAL(20,4)', ['10.5000', '10.5'], ['0.1', '0.10'], ['1000000000000000', '1e15']],
    [
      'float8',
      'REAL',
      ['0.1', '0.1'],
      ['1e300', '1e300'],
      ["'Infinity'", '9e999'],
      ['1e-7', '0.0000001'],
      ['-0', '0.0'],
    ],
    ['float8', 'INTEGER', ['2', '2']],
    ['int', 'REAL', ['2', '2.0']],
    ['boolean', 'BOOL', ['true', '1'], ['false', '0'], ['NULL', 'NULL']],
    ['bytea', 'BLOB', [String.raw`'\x00ff'`, "x'00FF'"]],
    ['timestamp', 'TEXT', ["'2024-01-01 10:00:00'", "'2024-01-01 10:00:00'"]],
    ['text', 'TEXT', ["''", "''"], ["E'a\\nb'", "'a' || char(10) || 'b'"]],
  ])('%s and %s are equal when they mean the same', async (inPostgres, inLibsql, ...pairs) => {
    const rows = (n: 0 | 1): string => pairs.map((pair, i) => `(${String(i)}, ${pair[n]})`).join(', ');
    await given(
      `CREATE TABLE t (id int PRIMARY KEY, v ${inPostgres}); INSERT INTO t VALUES ${rows(0)}`,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v ${inLibsql}); INSERT INTO t VALUES ${rows(1)}`,
    );
    expect(await found()).toEqual([]);
    file.run('UPDATE t SET v = NULL WHERE id = 0');
    expect(await found()).toEqual(['mismatch ["0"]']);
  });

  test('times of the two engines meet within a tolerance', async () => {
    await given(
      `CREATE TABLE t (id int, v timestamptz); INSERT INTO t SELECT n, '2024-01-01 00:00:00Z' FROM generate_series(1, 5) AS n`,
      `CREATE TABLE t (id int, v); INSERT INTO t VALUES (1, '2024-01-01 00:00:01'), (2, '2024-01-01T02:00:00.5+02:00'),
        (3, 1704067201), (4, 1704067199000), (5, '2024-01-01 00:00:01.001')`,
    );
    expect(await found({ tolerance: { v: '1s' } })).toEqual(['mismatch ["5"]']);
  });

  test('a key of real numbers is told to have no order that both share', async () => {
    await given(
      'CREATE TABLE t (id float8, v int); INSERT INTO t VALUES (1.5, 1)',
      'CREATE TABLE t (id REAL, v int); INSERT INTO t VALUES (1.5, 1)',
    );
    await expect(found()).rejects.toThrow('give the key as expr: CAST(… AS TEXT)');
  });
});

const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 6 });
const rowArbitrary = fc.record({
  id: nullable(fc.integer({ min: -3, max: 3 })),
  name: nullable(fc.constantFrom('', 'x', 'X', 'é', '～', '😀', 'a\tb', "q'")),
  v: nullable(fc.constantFrom('1', '1.25', '-3.5')),
});
type Row = { readonly id: number | null; readonly name: string | null; readonly v: string | null };

/** One key at a time, on its own rows only. */
function expected(left: readonly Row[], right: readonly Row[]): string[] {
  const key = (row: Row): string => JSON.stringify([row.id === null ? null : String(row.id), row.name]);
  return [...new Set([...left, ...right].map(key))]
    .flatMap((each) => {
      const [l, r] = [left, right].map((rows) => rows.filter((row) => key(row) === each)) as [Row[], Row[]];
      if (each.includes('null')) return [`null_key ${each}`];
      if (l.length > 1 || r.length > 1) return [`duplicate_key ${each}`];
      if (l.length === 0) return [`missing_left ${each}`];
      if (r.length === 0) return [`missing_right ${each}`];
      return l[0]?.v === r[0]?.v ? [] : [`mismatch ${each}`];
    })
    .sort();
}

test(`rows of a Postgres and a libSQL database agree with the oracle (${String(STATES)} states)`, async () => {
  await given(
    'CREATE TABLE t (id int, name text, v numeric)',
    'CREATE TABLE t (id int, name text, v numeric); CREATE TABLE u (id int, name text)',
  );
  const literal = (value: string | number | null): string =>
    value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;
  const insert = (rows: readonly Row[]): string =>
    rows.length === 0 ? '' : `INSERT INTO t VALUES ${rows.map((row) => `(${[row.id, row.name, row.v].map(literal).join(', ')})`).join(', ')}`; // prettier-ignore
  const rows = fc.array(rowArbitrary, { maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(rows, rows, fc.boolean(), async (left, other, mirror) => {
      const right = mirror ? left : other;
      await client.query(`DELETE FROM t; ${insert(left)}`);
      file.run(`DELETE FROM t; ${insert(right)}`);
      expect((await found({}, { key: ['id', 'name'] })).sort()).toEqual(expected(left, right));
    }),
    { numRuns: STATES },
  );
}, 600_000);

test('a reference may lead from one engine to the other', async () => {
  await given(
    'CREATE TABLE users (id int8 PRIMARY KEY); INSERT INTO users VALUES (1)',
    "CREATE TABLE roles (user_id int, role text); CREATE INDEX by_user ON roles (user_id); INSERT INTO roles VALUES (1, 'a'), (7, 'a'), (7, 'b'), (7, 'c'), (NULL, 'c')",
  );
  const check = checkOf(reference, {
    from: { source: 'lite', table: 'roles', key: ['user_id'] },
    to: { source: 'pg', table: 'users', key: ['id'] },
  });
  const { rows, population } = await evaluated(reference, check, lookAt(sources));
  expect(rows).toEqual([{ kind: 'orphan', key: [7], left: [3], right: null }]);
  expect(population).toEqual({ checked: 2, left: 2, right: null, empty: false });
});

test('pages of a file end at keys, also where a key is there many times', async () => {
  const series = 'WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 25000)';
  await given(
    'CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT n, n % 5 FROM generate_series(1, 25000) AS n',
    `CREATE TABLE t (id int, v int); CREATE INDEX by_id ON t (id); INSERT INTO t ${series} SELECT n, n % 5 FROM s;
      INSERT INTO t SELECT id, v FROM t WHERE id IN (10000, 9999, 20000)`,
  );
  expect(await found()).toEqual(['10000', '20000', '9999'].map((id) => `duplicate_key ["${id}"]`));
});
