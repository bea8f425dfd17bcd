/** The reference case: the tables of a learning platform, and the login that Lockstep reads them with. */
import pg from 'pg';
import { UserError } from '../core/errors.ts';

export const TABLES = ['specialization_progress', 'user_licenses', 'users', 'license_progressions'] as const;
export const READER = 'lockstep_reader';
export const WRITER = 'lockstep_sync';

/** The tables that exist already, in the first schema of the search path. */
export async function existingTables(client: pg.ClientBase): Promise<readonly string[]> {
  const found = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY ($1) ORDER BY 1',
    [TABLES],
  );
  return found.rows.map((row) => row.name);
}

/** @throws UserError when any of the tables exists and `replace` is false. */
export async function createTables(client: pg.ClientBase, replace: boolean): Promise<void> {
  const found = await existingTables(client);
  if (found.length > 0 && !replace) {
    throw new UserError(
      `the database has ${found.join(', ')} already; add --replace to drop and make them again`,
    );
  }
  for (const table of found) await client.query(`DROP TABLE ${pg.escapeIdentifier(table)}`);
  await client.query(`
    CREATE TABLE users (id int NOT NULL, name text NOT NULL, email text NOT NULL);
    CREATE TABLE specialization_progress (
      student_id int NOT NULL,
      specialization_id text NOT NULL,
      current_level int NOT NULL,
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE user_licenses (
      id serial NOT NULL,
      user_id int NOT NULL,
      specialization_type text NOT NULL,
      current_level int NOT NULL,
      max_achieved_level int NOT NULL,
      last_advanced_at timestamptz
    )`);
  await createJournal(client);
}

/** Where each licence came from. A demo that was filled before there was one gets it now. */
export async function createJournal(client: pg.ClientBase): Promise<void> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS license_progressions (
      id serial NOT NULL PRIMARY KEY,
      user_id int NOT NULL,
      specialization_type text NOT NULL,
      from_level int,
      to_level int NOT NULL,
      reason text NOT NULL,
      advanced_at timestamptz NOT NULL DEFAULT now()
    )`);
}

/** After the rows, because building an index once is faster than growing it. */
export async function createKeys(client: pg.ClientBase): Promise<void> {
  await client.query(`
    ALTER TABLE users ADD PRIMARY KEY (id);
    ALTER TABLE user_licenses ADD PRIMARY KEY (id);
    CREATE UNIQUE INDEX specialization_progress_key
      ON specialization_progress (student_id, specialization_id) INCLUDE (current_level);
    CREATE UNIQUE INDEX user_licenses_key
      ON user_licenses (user_id, specialization_type) INCLUDE (current_level)`);
}

/** The login that Lockstep looks with: it can read these tables and nothing else. */
export async function createReader(client: pg.ClientBase, password: string): Promise<void> {
  await createLogin(client, READER, password);
  await client.query(`ALTER ROLE ${pg.escapeIdentifier(READER)} SET default_transaction_read_only = on`);
  await grant(client);
}

/** The login that a sync writes with; it locks both rows of a pair, and writes the pairs and their journal. */
export async function createWriter(client: pg.ClientBase, password: string): Promise<void> {
  await createLogin(client, WRITER, password);
  await grant(client);
}

/** Made anew at every start, so that its password fits. */
async function createLogin(client: pg.ClientBase, name: string, password: string): Promise<void> {
  const role = pg.escapeIdentifier(name);
  const exists = await loginExists(client, name);
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const database = pg.escapeIdentifier(rows[0]?.name ?? '');
  await client.query(`
    ${exists ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(password)};
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${database} TO ${role};
    GRANT USAGE ON SCHEMA public TO ${role}`);
}

/** Tables that were made again have lost their grants. Nothing to do in a database without the demo's logins. */
export async function grant(client: pg.ClientBase): Promise<void> {
  if (await loginExists(client, READER)) {
    await client.query(`GRANT SELECT ON ${TABLES.join(', ')} TO ${pg.escapeIdentifier(READER)}`);
  }
  if (!(await loginExists(client, WRITER))) return;
  await client.query(`
    GRANT SELECT, INSERT, UPDATE, DELETE ON specialization_progress, user_licenses TO ${WRITER};
    GRANT INSERT ON license_progressions TO ${WRITER};
    GRANT USAGE ON SEQUENCE user_licenses_id_seq, license_progressions_id_seq TO ${WRITER}`);
}

async function loginExists(client: pg.ClientBase, name: string): Promise<boolean> {
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  return found.rowCount !== 0;
}
