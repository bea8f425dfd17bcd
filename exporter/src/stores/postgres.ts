/** The shared store: a schema of its own in a Postgres database that is not necessarily one of the sources. */
import { Kysely, PostgresDialect, sql, type PostgresPool } from 'kysely';
import pg from 'pg';
import { migrate, type MigrationTarget } from './migrate.ts';
import { explainPostgres } from './postgres-errors.ts';
import { SqlStore } from './sql-store.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** Opens the store and creates its schema and tables where missing. Throws a `UserError` when it cannot. */
export async function openPostgres({
  url,
  schema,
}: {
  readonly url: string;
  readonly schema: string;
}): Promise<Store> {
  const explain = (error: unknown): unknown => explainPostgres(schema, error);
  let pool: pg.Pool;
  try {
    pool = openPool(url);
    await migrateSchema(pool, schema);
  } catch (error) {
    throw explain(error);
  }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: selfHealing(pool) }) }).withSchema(
    schema,
  );
  return new SqlStore({
    engine: 'postgres',
    read: db,
    write: db,
    async lock(trx, subject) {
      // A server that commits asynchronously may lose what it acknowledged, and our acknowledgements rest on it.
      await sql`
        SELECT pg_advisory_xact_lock(hashtextextended(${`lockstep ${schema} ${subject}`}, 0)),
          CASE WHEN current_setting('synchronous_commit') = 'off'
            THEN set_config('synchronous_commit', 'on', true) END`.execute(trx);
    },
    explain,
    close: () => pool.end(),
  });
}

function openPool(url: string): pg.Pool {
  const types = new pg.TypeOverrides();
  // Counts and epoch milliseconds stay far below 2^53.
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'lockstep store',
    max: 4,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
    // The server gives up first; this one is for a network that has gone silent.
    query_timeout: 45_000,
    keepAlive: true,
    types,
  });
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined);
  // So would one that breaks between two statements of a transaction; the next statement reports it.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** A connection that still waits for an answer (its query timed out) is thrown away instead of being used again. */
function selfHealing(pool: pg.Pool): PostgresPool {
  return {
    async connect() {
      const client: pg.PoolClient & { readonly readyForQuery?: boolean } = await pool.connect();
      return {
        query: client.query.bind(client),
        release: () => {
          client.release(client.readyForQuery === false);
        },
      };
    },
    end: () => pool.end(),
  };
}

async function migrateSchema(pool: pg.Pool, schema: string): Promise<void> {
  const client = await pool.connect();
  try {
    await migrate(migrationTarget(client, schema));
  } finally {
    client.release();
  }
}

function migrationTarget(client: pg.PoolClient, schema: string): MigrationTarget {
  const name = pg.escapeIdentifier(schema);
  const exists = async (query: string): Promise<boolean> =>
    (await client.query(query, [schema])).rows.length > 0;
  return {
    name: `schema "${schema}"`,
    binary: 'COLLATE "C"',
    async version() {
      const table = `SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'schema_version'`;
      if (!(await exists(table))) return 0;
      const { rows } = await client.query<{ v: number | null }>(
        `SELECT max(version) AS v FROM ${name}.schema_version`,
      );
      return rows[0]?.v ?? 0;
    },
    async exclusively(work) {
      await client.query('BEGIN');
      try {
        await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `lockstep ${schema} migrate`,
        ]);
        // IF NOT EXISTS asks for the right to create even where there is nothing to create.
        if (!(await exists('SELECT FROM pg_namespace WHERE nspname = $1')))
          await client.query(`CREATE SCHEMA ${name}`);
        await client.query(`SET LOCAL search_path TO ${name}`);
        await work();
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
    async execute(statements) {
      await client.query(statements);
    },
  };
}
