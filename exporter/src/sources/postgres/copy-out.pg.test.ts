import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../../tests/postgres.ts';
import { rowBlocks } from './copy-binary.ts';
import { CopyOut } from './copy-out.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

beforeEach(async () => {
  client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
});
afterEach(() => client.end());

async function read(sql: string, fields: number): Promise<(string | null)[][]> {
  const copy = client.query(new CopyOut(`COPY (${sql}) TO STDOUT (FORMAT binary)`));
  const found: (string | null)[][] = [];
  for await (const { bytes, offsets, rows } of rowBlocks(copy.messages(), fields)) {
    for (let row = 0; row < rows; row += 1) {
      const cells = Array.from({ length: fields }, (_, field) => {
        const slot = 2 * (row * fields + field);
        const [start, length] = [offsets[slot]!, offsets[slot + 1]!];
        return length < 0 ? null : bytes.toString('utf8', start, start + length);
      });
      found.push(cells);
    }
  }
  return found;
}

test('every row arrives whole, however long, and the connection serves the next query', async () => {
  // from rows of no bytes to rows that need many packets
  const sql = `SELECT n::text, nullif(repeat('é', (n * 7919) % 90000), '') FROM generate_series(1, 200) AS n`;
  const found = await read(sql, 2);
  expect(found).toHaveLength(200);
  for (const [i, [n, text]] of found.entries()) {
    expect(n).toBe(String(i + 1));
    expect(text).toBe('é'.repeat(((i + 1) * 7919) % 90_000) || null);
  }
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('no rows are no rows', async () => {
  expect(await read(`SELECT 'x' WHERE false`, 1)).toEqual([]);
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('a statement that cannot be run, or fails half-way, rejects with what Postgres says', async () => {
  await expect(read('SELECT nothing', 1)).rejects.toThrow('column "nothing" does not exist');
  const divided = `SELECT (1 / (5000 - n))::text FROM generate_series(1, 10000) AS n`;
  await expect(read(divided, 1)).rejects.toThrow('division by zero');
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('a backend that is terminated half-way rejects instead of ending early', async () => {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const reading = read(`SELECT n::text, pg_sleep(0.001)::text FROM generate_series(1, 100000) AS n`, 2);
  const refused = expect(reading).rejects.toThrow(/terminat/i);
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  await other.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
  await other.end();
  await refused;
});

test('the server waits while the reader is busy', async () => {
  const sql = `SELECT repeat('x', 1000) FROM generate_series(1, 200000)`;
  const copy = client.query(new CopyOut(`COPY (${sql}) TO STDOUT (FORMAT binary)`));
  const messages = copy.messages();
  await messages.next();
  const before = process.memoryUsage();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers;
  // 200 MB are on their way
  expect(grown).toBeLessThan(5_000_000);
  let bytes = 0;
  for await (const chunk of { [Symbol.asyncIterator]: () => messages }) bytes += chunk.length;
  expect(bytes).toBeGreaterThan(190_000_000);
});
