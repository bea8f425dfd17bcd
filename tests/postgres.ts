/** A database of its own for every test file that needs one. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** superuser URL of the fresh database */
  readonly url: string;
  readonly name: string;
  /** Ends every session in it and removes it. */
  readonly drop: () => Promise<void>;
}

/** Superuser URL of the test cluster; for what no single database holds (roles, stopping backends). */
export function clusterUrl(): string {
  const url = process.env['LOCKSTEP_TEST_POSTGRES_URL'];
  if (url === undefined) {
    throw new Error('no test Postgres: name the file x.pg.test.ts, or set LOCKSTEP_TEST_POSTGRES_URL');
  }
  return url;
}

export async function createDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onCluster(`CREATE DATABASE ${name}`);
  const url = new URL(clusterUrl());
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    drop: () => onCluster(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function onCluster(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
