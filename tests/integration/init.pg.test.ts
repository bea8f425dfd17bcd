/** `lockstep init` against a real catalog. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { init } from '../../exporter/src/cli/init.ts';
import { validate } from '../../exporter/src/cli/validate.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';

const SCHEMA = `
  CREATE TABLE users (id bigint PRIMARY KEY, name text);
  CREATE TABLE specialization_progress (student_id bigint, specialization_id text, current_level int,
    updated_at timestamptz, PRIMARY KEY (student_id, specialization_id));
  CREATE TABLE user_licenses (id serial PRIMARY KEY, user_id bigint NOT NULL, specialization_type varchar(40) NOT NULL,
    current_level int, updated_at timestamptz, UNIQUE (user_id, specialization_type));
  CREATE SCHEMA "Odd Schema";
  CREATE TABLE "Odd Schema"."Order ""1""" ("Key" uuid PRIMARY KEY, "select" numeric, user_id bigint REFERENCES users);
  CREATE TABLE "Odd Schema"."größe.x" ("Key" uuid PRIMARY KEY, "select" numeric);
  CREATE TABLE log (at timestamptz, line text);
`;

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-init-'));
  database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(SCHEMA);
  await client.end();
});

afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

test('it proposes what the catalog suggests, and says what it left out', async () => {
  const text = await init(database.url);
  expect(text.replace(/^[\s\S]*?\n\n/, '')).toBe(`sources:
  app:
    engine: postgres
    # the address that was given to \`lockstep init\`; set it in the environment
    url: \${DATABASE_URL}

checks:
  # "Order \\"1\\"" and "größe.x" hold the same keys, with the same values
  order_1_gro_e_x:
    kind: coupling
    left: { source: app, table: "Odd Schema.Order \\"1\\"", key: [Key], compare: [select] }
    right: { source: app, schema: "Odd Schema", table: "größe.x", key: [Key], compare: [select] }

  # user_licenses.user_id looks like a reference to users, and no foreign key guards it
  user_licenses_user_id:
    kind: reference
    from: { source: app, table: user_licenses, key: [user_id] }
    to: { source: app, table: users, key: [id] }

  # The keys of these tables are only alike by name. Where they mean the same, take the "# " away (and, when no check
  # stands above, the "{}" after "checks:").

  # specialization_progress and user_licenses hold the same keys, with the same values
  # specialization_progress_user_licenses:
  #   kind: coupling
  #   left: { source: app, table: specialization_progress, key: [student_id, specialization_id], compare: [current_level] }
  #   right: { source: app, table: user_licenses, key: [user_id, specialization_type], compare: [current_level] }
`);
  expect(text).toContain('# Tables read: 6. Proposed: couplings 1, as comments 1, references 1.');
  expect(text).toContain('1 column: a foreign key guards it already');
  expect(text).toContain('1 table: no primary key or unique index, so no coupling');
});

test('what it proposes is valid, and fits the database that it was proposed from', async () => {
  const file = join(folder, 'lockstep.yaml');
  writeFileSync(file, await init(database.url));
  const result = await validate(file, { connect: true, json: false }, { DATABASE_URL: database.url });
  expect(result.text).toContain('lockstep.yaml is valid (1 source, 2 checks)');
  expect(result.exitCode).toBe(0);
});

test('the address never reaches the file', async () => {
  const text = await init(database.url);
  const { password, host } = new URL(database.url);
  expect(text).not.toContain(host);
  if (password !== '') expect(text).not.toContain(password);
});

test('an address of something else is refused without repeating it', async () => {
  await expect(init('mysql://root:s3cret@db/app')).rejects.toThrow(
    '--url is no address of a database that Lockstep can read; write file:path or libsql://host or postgres://user:password@host:5432/database',
  );
});

test('a database that is not there is told without the password', async () => {
  const failure = init('postgres://reader:s3cret@127.0.0.1:1/none');
  await expect(failure).rejects.toThrow(/source "app": /);
  await expect(failure).rejects.not.toThrow(/s3cret/);
});
