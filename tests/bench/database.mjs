/** A real Postgres for the length of the bench, and databases of any size in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { totalmem, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startCluster } from '../../exporter/dist/demo/cluster.js';
import { seed } from '../../exporter/dist/demo/seed.js';

const WRONG = 0.005;

/** `shared_buffers` is 1 GB, or a quarter of the memory when that is less; everything else is Postgres' default. */
export async function openDatabases() {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const sharedBuffersMb = Math.round(Math.min(1_024, totalmem() / 4 / 2 ** 20));
  // autovacuum: its snapshots would keep the vacuum after the seed from marking pages as visible to all
  const settings = { shared_buffers: `${sharedBuffersMb}MB`, max_wal_size: '8GB', autovacuum: 'off' };
  const cluster = await startCluster({ directory, durable: false, settings });
  const urlOf = (name) => Object.assign(new URL(cluster.url), { pathname: `/${name}` }).href;
  const version = await withClient(cluster.url, async (client) => {
    const { rows } = await client.query('SHOW server_version');
    return rows[0].server_version;
  });
  const run = (name, sql) => withClient(urlOf(name), (client) => client.query(sql));
  return {
    version,
    sharedBuffersMb,
    urlOf,
    run,
    /** A seeded database; made at its first use. */
    seeded: once(async (pairs) => {
      const name = `pairs_${pairs}`;
      await run('postgres', `CREATE DATABASE ${name}`);
      console.log(`Seeding ${pairs.toLocaleString('en')} pairs …`);
      const wrong = Math.round(pairs * WRONG);
      await withClient(urlOf(name), (client) => seed(client, { pairs, wrong }, false));
      return name;
    }),
    /** A second database with the same rows. */
    copyOf: once(async (name) => {
      await run('postgres', `CREATE DATABASE ${name}_copy TEMPLATE ${name}`);
      return `${name}_copy`;
    }),
    drop: (name) => run('postgres', `DROP DATABASE ${name} WITH (FORCE)`),
    async stop() {
      await cluster.stop();
      rmSync(cluster.directory, { recursive: true, force: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function once(make) {
  const made = new Map();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key);
  };
}

export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
