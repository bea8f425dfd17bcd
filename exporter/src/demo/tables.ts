/** The reference case: the tables of a learning platform, and the login that Lockstep reads them with. */
import pg from 'pg';
import { UserError } from '../core/errors.ts';

export const TABLES = ['specialization_progress', 'user_licenses', 'users'] as const;
export const READER = 'lockstep_reader';

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

/** A login that can read these tables and nothing else. Made anew at every start, so that its password fits. */
export async function createReader(client: pg.ClientBase, password: string): Promise<void> {
  const role = pg.escapeIdentifier(READER);
  const exists = await readerExists(client);
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const database = pg.escapeIdentifier(rows[0]?.name ?? '');
  await client.query(`
    ${exists ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(password)};
    ALTER ROLE ${role} SET default_transaction_read_only = on;
    REVOKE ALL ON DATABASE ${database} FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${database} TO ${role};
    GRANT USAGE ON SCHEMA public TO ${role}`);
  await letReaderRead(client);
}

/** Tables that were made again have lost their grants. Nothing to do in a database without the demo's reader. */
export async function letReaderRead(client: pg.ClientBase): Promise<void> {
  if (!(await readerExists(client))) return;
  await client.query(`GRANT SELECT ON ${TABLES.join(', ')} TO ${pg.escapeIdentifier(READER)}`);
}

async function readerExists(client: pg.ClientBase): Promise<boolean> {
  const found = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [READER]);
  return found.rowCount !== 0;
}
