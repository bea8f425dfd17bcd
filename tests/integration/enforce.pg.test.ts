/** `lockstep enforce`: what it prints, run on a real Postgres. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../postgres.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TABLES = `
  CREATE TABLE specialization_progress (student_id int, specialization_id varchar(20), current_level int, note text,
    PRIMARY KEY (student_id, specialization_id));
  CREATE TABLE user_licenses (user_id bigint, specialization_type text, current_level int,
    PRIMARY KEY (user_id, specialization_type));
  INSERT INTO specialization_progress SELECT n, 'COACH', 1 FROM generate_series(1, 10) AS n;
  INSERT INTO user_licenses SELECT n, 'COACH', 1 FROM generate_series(1, 10) AS n`;
const APART = `SELECT count(*)::int AS apart FROM specialization_progress AS p
  FULL JOIN user_licenses AS l ON p.student_id = l.user_id AND p.specialization_id = l.specialization_type
  WHERE p.student_id IS NULL OR l.user_id IS NULL OR p.current_level IS DISTINCT FROM l.current_level`;

let folder: string;
let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-enforce-'));
  database = await createDatabase();
  client = await session();
  await client.query(TABLES);
});
afterEach(async () => {
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function session(): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: database.url });
  await opened.connect();
  return opened;
}

function enforce(
  edit: (text: string) => string,
  ...options: string[]
): { status: number | null; stdout: string; stderr: string } {
  const file = join(folder, 'lockstep.yaml');
  writeFileSync(
    file,
    edit(`sources:
  app: { engine: postgres, url: "postgres://nobody@127.0.0.1:1/none" }
  other: { engine: postgres, url: "postgres://nobody@127.0.0.1:1/none" }
checks:
  progress_license:
    kind: coupling
    left: { source: app, table: specialization_progress, key: [student_id, specialization_id], compare: [current_level] }
    right: { source: app, table: user_licenses, key: [user_id, specialization_type], compare: [current_level] }
`),
  );
  const entry = join(ROOT, 'exporter', 'bin', 'lockstep.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [entry, 'enforce', 'progress_license', '--config', file, ...options],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

const AS_IT_IS = (text: string): string => text;

async function install(edit = AS_IT_IS, ...options: string[]): Promise<void> {
  const { status, stdout, stderr } = enforce(edit, ...options);
  expect([status, stderr]).toEqual([0, '']);
  await client.query(stdout);
}

async function failure(statement: string): Promise<pg.DatabaseError> {
  const error: unknown = await client.query(statement).catch((thrown: unknown) => thrown);
  await client.query('ROLLBACK');
  expect(error).toBeInstanceOf(pg.DatabaseError);
  return error as pg.DatabaseError;
}

const left = (level: number, student = 1): string =>
  `UPDATE specialization_progress SET current_level = ${String(level)} WHERE student_id = ${String(student)}`;
const right = (level: number, user = 1): string =>
  `UPDATE user_licenses SET current_level = ${String(level)} WHERE user_id = ${String(user)}`;

test('a transaction that moves both sides passes, in any order', async () => {
  await install();
  await client.query(`BEGIN; ${left(5)}; ${right(5)}; COMMIT`);
  await client.query(`BEGIN; ${right(6)}; ${left(6)}; COMMIT`);
  await client.query(
    `BEGIN; DELETE FROM user_licenses WHERE user_id = 2; DELETE FROM specialization_progress WHERE student_id = 2; COMMIT`,
  );
  await client.query(
    `BEGIN; INSERT INTO user_licenses VALUES (99, 'COACH', 3); INSERT INTO specialization_progress VALUES (99, 'COACH', 3); COMMIT`,
  );
  expect((await client.query<{ apart: number }>(APART)).rows[0]?.apart).toBe(0);
});

test.each([
  ['changes one side', left(5), 'mismatch'],
  ['changes the other side', right(5), 'mismatch'],
  ['sets one side to NULL', 'UPDATE user_licenses SET current_level = NULL WHERE user_id = 1', 'mismatch'],
  ['deletes one side', 'DELETE FROM user_licenses WHERE user_id = 1', 'missing_right'],
  ['adds one side', `INSERT INTO user_licenses VALUES (11, 'COACH', 1)`, 'missing_left'],
  ['moves a key away', 'UPDATE user_licenses SET user_id = 77 WHERE user_id = 1', 'missing_right'],
])('a transaction that %s is refused and told what to do', async (_title, statement, fault) => {
  await install();
  const { code, message, hint } = await failure(statement);
  expect(code).toBe('23514');
  expect(message).toMatch(new RegExp(`^check progress_license: ${fault} for key \\[\\d+, "COACH"\\]$`));
  expect(hint).toBe(
    'Change specialization_progress and user_licenses in one transaction, so that they agree when it commits.',
  );
  expect((await client.query<{ apart: number }>(APART)).rows[0]?.apart).toBe(0);
});

test('what is apart already does not block other rows, and may be mended from one side', async () => {
  await client.query(left(9));
  await install();
  await client.query(`BEGIN; ${left(4, 2)}; ${right(4, 2)}; COMMIT`);
  await client.query(right(9));
  expect((await client.query<{ apart: number }>(APART)).rows[0]?.apart).toBe(0);
});

test('in log mode everything passes, and a warning tells', async () => {
  await install(AS_IT_IS, '--mode', 'log');
  const notices: string[] = [];
  client.on('notice', ({ severity, message }) => notices.push(`${String(severity)} ${String(message)}`));
  await client.query(left(5));
  expect(notices).toEqual(['WARNING check progress_license: mismatch for key [1, "COACH"]']);
});

test('only rows of `where`, and keys of `universe`, count', async () => {
  await install((text) =>
    text
      .replace('    kind: coupling', '    kind: coupling\n    universe: left')
      .replace('table: user_licenses', 'table: user_licenses, where: current_level < 50'),
  );
  await client.query(`INSERT INTO user_licenses VALUES (11, 'COACH', 1)`);
  expect((await failure(right(60))).message).toContain('missing_right');
  expect((await failure(`INSERT INTO specialization_progress VALUES (12, 'COACH', 1)`)).message).toContain(
    'missing_right',
  );
});

const UNFIT = [
  ['a number', `INSERT INTO user_licenses VALUES (3000000000, 'COACH', 1)`, '3000000000, "COACH"'],
  ['a text', `INSERT INTO user_licenses VALUES (1, repeat('C', 25), 1)`, `1, "${'C'.repeat(25)}"`],
  ['spaces', `INSERT INTO user_licenses VALUES (1, 'COACH' || repeat(' ', 25), 1)`, `1, "COACH${' '.repeat(25)}"`],
] as const; // prettier-ignore

test.each(UNFIT)('%s that the left column cannot hold is told of in log mode, and passes', async (...row) => {
  const [, insert, key] = row;
  await install(AS_IT_IS, '--mode', 'log');
  const notices: string[] = [];
  client.on('notice', ({ severity, message }) => notices.push(`${String(severity)} ${String(message)}`));
  await client.query(insert);
  expect(notices).toEqual([`WARNING check progress_license: missing_left for key [${key}]`]);
  await client.query('DELETE FROM user_licenses WHERE user_id > 10 OR length(specialization_type) > 20');
  expect(notices).toHaveLength(1);
});

test.each(UNFIT)(
  '%s that the left column cannot hold is refused as a key without a partner',
  async (...row) => {
    const [, insert, key] = row;
    await install();
    const { code, message } = await failure(insert);
    expect([code, message]).toEqual(['23514', `check progress_license: missing_left for key [${key}]`]);
  },
);

test('a right key that the left column would round is not taken for its neighbour', async () => {
  await client.query('ALTER TABLE user_licenses ALTER user_id TYPE numeric');
  await install();
  expect((await failure(`INSERT INTO user_licenses VALUES (1.4, 'COACH', 1)`)).message).toContain(
    'missing_left for key [1.4, "COACH"]',
  );
});

test('a right key that the left column cannot hold does not count where only the left counts', async () => {
  await install((text) => text.replace('    kind: coupling', '    kind: coupling\n    universe: left'));
  for (const [, insert] of UNFIT) await client.query(insert);
  await client.query('DELETE FROM user_licenses WHERE user_id > 10');
});

test('who may write needs no right to the functions, and nobody but their owner has one', async () => {
  await install();
  const role = `lockstep_writer_${String(process.pid)}`;
  await client.query(`CREATE ROLE ${role};
    GRANT SELECT, UPDATE ON user_licenses TO ${role}; GRANT USAGE ON SCHEMA public TO ${role}`);
  try {
    await client.query(`SET ROLE ${role}`);
    expect((await failure(right(5))).code).toBe('23514');
    await client.query(right(1));
    const call = `SELECT lockstep_progress_license_check(1, 'COACH')`;
    expect((await failure(call)).message).toContain('permission denied for function');
    const { rows } = await client.query<{ may: boolean }>(
      `SELECT DISTINCT has_function_privilege(oid, 'EXECUTE') AS may FROM pg_proc WHERE proname LIKE 'lockstep%'`,
    );
    expect(rows).toEqual([{ may: false }]);
  } finally {
    await client.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

test('--down leaves nothing behind', async () => {
  const things = `SELECT 'function ' || proname AS thing FROM pg_proc WHERE proname LIKE 'lockstep%'
    UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgname LIKE 'lockstep%'`;
  await install();
  expect((await client.query(things)).rowCount).toBe(5);
  await client.query(enforce(AS_IT_IS, '--down').stdout);
  expect((await client.query(things)).rowCount).toBe(0);
});

test.each([
  ['two databases', 'right: { source: app', 'right: { source: other', /in two databases/],
  [
    'a normalised key',
    '    kind: coupling',
    '    kind: coupling\n    normalise: { specialization_id: [upper] }',
    /is normalised/,
  ],
  [
    'a tolerance',
    '    kind: coupling',
    '    kind: coupling\n    tolerance: { current_level: 1 }',
    /has a tolerance/,
  ],
  [
    'a key that is an expression',
    '[student_id,',
    '[{ expr: "abs(student_id)", as: student_id },',
    /is an expression/,
  ],
])('%s cannot be enforced, and it says so', (_title, from, to, reason) => {
  const { status, stdout, stderr } = enforce((text) => text.replace(from, to));
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(reason);
});

test('under 30 writers on 3 pairs no pair is ever apart at a commit, in any isolation', async () => {
  await install();
  const until = Date.now() + 6_000;
  let passed = 0;
  let refused = 0;
  const writer = async (n: number): Promise<void> => {
    const own = await session();
    // the writers lock rows crosswise among themselves; a second for each would leave little to see
    await own.query(`SET deadlock_timeout = '20ms'`);
    const isolation = n % 3 === 0 ? 'REPEATABLE READ' : 'READ COMMITTED';
    try {
      while (Date.now() < until) {
        const key = 1 + Math.floor(Math.random() * 3);
        const level = 1 + Math.floor(Math.random() * 3);
        // one side only, both, and both in the other order: what agrees by chance passes
        const parts = [
          [left(level, key)],
          [right(level, key)],
          [left(level, key), right(level, key)],
          [right(level, key), left(level, key)],
        ];
        const statements = parts[Math.floor(Math.random() * parts.length)] ?? [];
        try {
          await own.query(`BEGIN ISOLATION LEVEL ${isolation}`);
          for (const statement of statements) await own.query(statement);
          await own.query('COMMIT');
          passed += 1;
        } catch (error) {
          await own.query('ROLLBACK');
          // refused, or to be tried again: serialization failure, deadlock of the writers' own row locks
          expect(['23514', '40001', '40P01']).toContain((error as pg.DatabaseError).code);
          refused += 1;
        }
      }
    } finally {
      await own.end();
    }
  };
  const observer = async (): Promise<number[]> => {
    const own = await session();
    const seen: number[] = [];
    while (Date.now() < until) seen.push((await own.query<{ apart: number }>(APART)).rows[0]?.apart ?? -1);
    await own.end();
    return seen;
  };
  const [seen] = await Promise.all([observer(), ...Array.from({ length: 30 }, (_, n) => writer(n))]);
  expect(new Set(seen)).toEqual(new Set([0]));
  expect(seen.length).toBeGreaterThan(50);
  expect(passed).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(50);
}, 60_000);
