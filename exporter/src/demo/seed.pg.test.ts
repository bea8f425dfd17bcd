import pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../tests/postgres.ts';
import { DEMO_SIZE, stride } from './data.ts';
import { seed } from './seed.ts';
import { createReader, READER } from './tables.ts';
import { writeOnce } from './writer.ts';

const JOINED = `
  FROM specialization_progress p
  FULL JOIN user_licenses l ON (l.user_id, l.specialization_type) = (p.student_id, p.specialization_id)`;

let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

async function faults(): Promise<Record<string, number>> {
  const { rows } = await client.query<{ fault: string; count: number }>(`
    SELECT CASE WHEN p.student_id IS NULL THEN 'missing_progress' WHEN l.user_id IS NULL THEN 'missing_license'
                WHEN p.current_level > l.current_level THEN 'progress_ahead'
                WHEN p.current_level < l.current_level THEN 'license_ahead' ELSE 'none' END AS fault,
           count(*)::int ${JOINED} GROUP BY 1`);
  return Object.fromEntries(rows.map(({ fault, count }) => [fault, count]));
}

async function number(sql: string): Promise<number> {
  return (await client.query<{ n: number }>(`SELECT (${sql})::int AS n`)).rows[0]!.n;
}

test('The demo has 150 users, 452 pairs of which 18 are wrong in every way, and two orphans', async () => {
  await seed(client, DEMO_SIZE, false);
  expect(await faults()).toEqual({
    none: 434,
    progress_ahead: 5,
    license_ahead: 5,
    missing_license: 4,
    missing_progress: 4,
  });
  expect(await number('SELECT count(*) FROM users')).toBe(150);
  expect(await number('SELECT count(*) FROM user_licenses WHERE user_id NOT IN (SELECT id FROM users)')).toBe(
    2,
  );
  expect(await number('SELECT count(DISTINCT name) FROM users')).toBeGreaterThan(50);
});

test('The same size gives the same rows', async () => {
  const rows = `SELECT string_agg(concat_ws(',', student_id, specialization_id, p.current_level, l.current_level), ';'
    ORDER BY student_id, specialization_id, user_id, specialization_type) AS all ${JOINED}`;
  await seed(client, DEMO_SIZE, false);
  const first = await client.query(rows);
  await seed(client, DEMO_SIZE, true);
  expect((await client.query(rows)).rows).toEqual(first.rows);
});

test.each([
  { pairs: 5, wrong: 3 },
  { pairs: 1_000, wrong: 0 },
  { pairs: 1_001, wrong: 999 },
  { pairs: 20_000, wrong: 100 },
])('Of $pairs pairs exactly $wrong are wrong', async ({ pairs, wrong }) => {
  await seed(client, { pairs, wrong }, false);
  const { none = 0, ...others } = await faults();
  const counted = Object.values(others).reduce((sum, count) => sum + count, 0);
  expect([counted, none + counted]).toEqual([wrong, pairs]);
});

test('Neighbouring keys lie apart on disk, and both sides can be read from their index alone', async () => {
  await seed(client, { pairs: 30_000, wrong: 150 }, false);
  const near = `SELECT count(*) FROM (SELECT abs(student_id - lag(student_id) OVER (ORDER BY ctid)) AS apart
    FROM specialization_progress) AS walk WHERE apart < 100`;
  expect(await number(near)).toBeLessThan(100);
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    'EXPLAIN SELECT student_id, specialization_id, current_level FROM specialization_progress ORDER BY 1, 2',
  );
  expect(rows[0]!['QUERY PLAN']).toContain('Index Only Scan');
});

test('Existing tables are kept unless they are to be replaced', async () => {
  await seed(client, { pairs: 100, wrong: 0 }, false);
  await expect(seed(client, { pairs: 50, wrong: 0 }, false)).rejects.toThrow(
    'the database has license_progressions, specialization_progress, user_licenses, users already; add --replace',
  );
  expect(await number('SELECT count(*) FROM specialization_progress')).toBe(100);
  await seed(client, { pairs: 50, wrong: 0 }, true);
  expect(await number('SELECT count(*) FROM specialization_progress')).toBe(50);
});

test.each([
  [{ pairs: 4, wrong: 0 }, 'from 5 to 100000000'],
  [{ pairs: 10, wrong: 9 }, 'at most 8 of 10 pairs'],
  [{ pairs: 10.5, wrong: 0 }, 'whole number'],
])('A size of %j is refused', async (size, message) => {
  await expect(seed(client, size, false)).rejects.toThrow(message);
});

test.each([2, 3, 30, 452, 1_000_000, 99_999_998])('A stride over %d places visits each of them', (count) => {
  const step = stride(count, 0.618034);
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  expect(divisor(step, count)).toBe(1);
});

test('The reader can read the three tables, even made again, and neither write nor make anything', async () => {
  await seed(client, { pairs: 100, wrong: 0 }, false);
  await createReader(client, 'first');
  await createReader(client, 'second');
  await seed(client, { pairs: 50, wrong: 0 }, true);
  const url = new URL(database.url);
  url.username = READER;
  url.password = 'second';
  const reader = new pg.Client({ connectionString: url.href });
  await reader.connect();
  try {
    expect(
      (await reader.query('SELECT 1 FROM users, user_licenses, specialization_progress LIMIT 1')).rowCount,
    ).toBe(1);
    await reader.query('SET default_transaction_read_only = off');
    for (const statement of [
      'UPDATE user_licenses SET current_level = 9',
      'DELETE FROM specialization_progress',
      'CREATE TABLE mine (id int)',
      'CREATE TEMP TABLE mine (id int)',
    ]) {
      await expect(reader.query(statement)).rejects.toThrow('permission denied');
    }
  } finally {
    await reader.end();
    await client.query(`DROP OWNED BY ${READER}`);
    await client.query(`DROP ROLE ${READER}`);
  }
});

test('The writer breaks and mends one pair at a time, and keeps 93 to 99 % of them in step', async () => {
  await seed(client, DEMO_SIZE, false);
  let state = 42;
  // Park and Miller's generator: the same walk every time
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const shares: number[] = [];
  const seen = new Set<string>();
  let before = 18;
  const pool = { query: client.query.bind(client) } as unknown as Pick<pg.Pool, 'query'>;
  for (let step = 0; step < 300; step += 1) {
    await writeOnce(pool, random);
    const { none = 0, ...others } = await faults();
    Object.keys(others).forEach((fault) => seen.add(fault));
    const wrong = Object.values(others).reduce((sum, count) => sum + count, 0);
    expect(Math.abs(wrong - before)).toBe(1);
    before = wrong;
    shares.push(none / (none + wrong));
  }
  expect(Math.min(...shares)).toBeGreaterThan(0.93);
  expect(Math.max(...shares)).toBeLessThan(0.99);
  expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.01);
  expect(seen.size).toBe(4);
  expect(await number('SELECT count(*) FROM user_licenses WHERE user_id NOT IN (SELECT id FROM users)')).toBe(
    2,
  );
});
