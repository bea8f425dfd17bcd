/** `lockstep validate --connect` against real sources. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { validate } from '../../exporter/src/cli/validate.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';

let database: TestDatabase;
let folder: string;
let readerUrl: string;
let role: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-validate-'));
  database = await createDatabase();
  role = `reader_${database.name}`;
  const url = new URL(database.url);
  url.username = role;
  url.password = 's3cret-pass';
  readerUrl = url.href;
  await run(`
    CREATE TABLE progress (student_id bigint, level int, note text, PRIMARY KEY (student_id));
    CREATE TABLE licenses (user_id bigint, level int, code uuid);
    INSERT INTO licenses VALUES (1, 1), (1, 2);
    CREATE ROLE ${role} LOGIN PASSWORD 's3cret-pass';
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};`);
});

afterAll(async () => {
  await run(`DROP OWNED BY ${role}; DROP ROLE ${role};`);
  await database.drop();
  rmSync(folder, { recursive: true });
});

async function run(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

const SIDES = {
  left: '{ source: app, table: progress, key: [student_id], compare: [level] }',
  right: '{ source: app, table: licenses, key: [user_id], compare: [level] }',
};

/** @param sides of a coupling, as YAML */
async function validated(sides: Partial<typeof SIDES> = {}, url = readerUrl, json = false) {
  const { left, right } = { ...SIDES, ...sides };
  const file = join(folder, 'lockstep.yaml');
  const entry = `    kind: coupling\n    left: ${left}\n    right: ${right}\n`;
  writeFileSync(
    file,
    `sources:\n  app: { engine: postgres, url: "\${DATABASE_URL}" }\nchecks:\n  levels:\n${entry}`,
  );
  const { exitCode, text } = await validate(file, { connect: true, json }, { DATABASE_URL: url });
  expect(text).not.toContain('s3cret');
  return { exitCode, text: text.replaceAll(`${folder}/`, '').replaceAll(role, 'reader') };
}

test('a login that can only read is proven by a write that is refused', async () => {
  const { exitCode, text } = await validated();
  expect(exitCode).toBe(0);
  expect(text).toMatch(/ok +reachable: postgres \d+\S* as "reader"/);
  expect(text).toMatch(/ok +a write was tried in a run’s transaction, and refused/);
  expect(text).toMatch(/ok +this login has no grant to write/);
  expect(text).toMatch(/check levels\n/);
  expect(text).toMatch(/lockstep.yaml is valid \(1 source, 1 check\)\n$/);
});

test('keys that repeat and keys without an index are warnings, with the expected cost of a run', async () => {
  const { exitCode, text } = await validated();
  expect(exitCode).toBe(0);
  expect(text).toMatch(/ok +progress \(student_id\) is unique by an index/);
  expect(text).toMatch(/warning +licenses \(user_id\): 1 key is there more than once/);
  expect(text).toMatch(/ok +plan: about \d+ rows, cost \d+/);
});

test('a login that can write is a warning with the statements that end it', async () => {
  await run(`GRANT INSERT, DELETE ON licenses TO ${role}; GRANT CREATE ON SCHEMA public TO ${role};`);
  try {
    const { exitCode, text } = await validated();
    expect(exitCode).toBe(0);
    expect(text).toMatch(/warning +outside of a run this login can write/);
    expect(text).toMatch(/REVOKE (INSERT, DELETE|DELETE, INSERT) ON public.licenses FROM "?reader"?;/);
    expect(text).toMatch(/REVOKE CREATE ON SCHEMA "?public"? FROM "?reader"?;/);
    expect(text).not.toContain('no grant to write');
  } finally {
    await run(`REVOKE INSERT, DELETE ON licenses FROM ${role}; REVOKE CREATE ON SCHEMA public FROM ${role};`);
  }
});

test('a superuser is a warning', async () => {
  const { exitCode, text } = await validated({}, database.url);
  expect(exitCode).toBe(0);
  expect(text).toMatch(/warning [^]*ALTER ROLE \S+ NOSUPERUSER;/);
});

test('a missing table is a problem that names the nearest one', async () => {
  const { exitCode, text } = await validated({
    right: '{ source: app, table: license, key: [user_id], compare: [level] }',
  });
  expect(exitCode).toBe(2);
  expect(text).toMatch(/problem +.*license.*licenses/);
  expect(text).toMatch(/lockstep.yaml is well-formed, but does not fit its sources; see above\n$/);
});

test('a missing column is a problem', async () => {
  const { exitCode, text } = await validated({
    left: '{ source: app, table: progress, key: [student_id], compare: [levle] }',
  });
  expect(exitCode).toBe(2);
  expect(text).toMatch(/problem +.*levle.*level/);
});

test('keys of types that do not compare are a problem', async () => {
  const { exitCode, text } = await validated({
    right: '{ source: app, table: licenses, key: [code], compare: [level] }',
  });
  expect(exitCode).toBe(2);
  expect(text).toMatch(/problem +student_id \(bigint\) and code \(uuid\) cannot be compared/);
});

test('a source that cannot be reached is one problem, and its checks are not looked at', async () => {
  const { exitCode, text } = await validated({}, 'postgres://reader:s3cret-pass@127.0.0.1:1/app');
  expect(exitCode).toBe(2);
  expect(text).toMatch(/source app\n {2}problem +.+\n/);
  expect(text).toMatch(/check levels\n {2}warning +not looked at, because of source "app"\n/);
});

test('scripts get the same as JSON', async () => {
  const { exitCode, text } = await validated({}, readerUrl, true);
  expect(exitCode).toBe(0);
  const { valid, problems, inspected } = JSON.parse(text) as Record<string, unknown>;
  expect({ valid, problems }).toEqual({ valid: true, problems: [] });
  expect(inspected).toMatchObject([
    { subject: 'source', name: 'app' },
    { subject: 'check', name: 'levels' },
  ]);
});

test('a file with problems is told without connecting: the text for people, JSON for scripts', async () => {
  const file = join(folder, 'wrong.yaml');
  writeFileSync(file, 'sources: {}\nchecks: {}\nhtpp: {}\n');
  const told = `${file}:3:1 htpp: unknown setting; remove it or correct its name. Did you mean "http"?`;
  expect(await validate(file, { connect: true, json: false }, {})).toEqual({
    exitCode: 2,
    text: `${told}\n\n${file} has 1 problem\n`,
  });
  const { exitCode, text } = await validate(file, { connect: false, json: true }, {});
  expect(exitCode).toBe(2);
  expect(JSON.parse(text)).toMatchObject({
    valid: false,
    problems: [{ line: 3, column: 1, path: 'htpp', suggestion: 'http' }],
  });
});

test('a source that no check uses is worth a warning', async () => {
  const file = join(folder, 'unused.yaml');
  writeFileSync(file, 'sources: { app: { engine: postgres, url: "postgres://a@b/c" } }\nchecks: {}\n');
  const { exitCode, text } = await validate(file, { connect: false, json: false }, {});
  expect(exitCode).toBe(0);
  expect(text).toContain('no check looks at this source');
  expect(text).toContain('is valid (1 source, 0 checks); without a check nothing is looked at');
});
