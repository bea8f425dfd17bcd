/** What `pg` says without a code of a connection that broke between two statements is told as what it is. */
import { once } from 'node:events';
import pg from 'pg';
import { toSourceError } from '../../exporter/src/sources/postgres/errors.ts';
import { explainPostgres } from '../../exporter/src/stores/postgres-errors.ts';
import { createDatabase } from '../postgres.ts';

test('a statement on a connection that was ended meanwhile says that it was cut', async () => {
  const database = await createDatabase();
  const admin = new pg.Client({ connectionString: database.url });
  const client = new pg.Client({ connectionString: database.url });
  await Promise.all([admin.connect(), client.connect()]);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const broken = once(client, 'error');
  client.on('error', () => undefined);
  await admin.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  await broken;
  const error: unknown = await client.query('SELECT').catch((thrown: unknown) => thrown);
  expect(toSourceError('app', error).message).toMatch(/is not queryable: the connection was cut$/);
  expect(String(explainPostgres('s', error))).toContain('store (Postgres, schema "s"): the database cannot be reached'); // prettier-ignore
  await Promise.all([admin.end(), client.end()]);
  await database.drop();
});
