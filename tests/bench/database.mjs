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
  const settings = {
    shared_buffers: `${sharedBuffersMb}MB`,
    max_wal_size: '8GB',
    // Neither a vacuum in mid-measurement, nor one after the seed that finds its rows not yet committed for sure: it
    // would leave the visibility map empty, and index-only scans would read the table.
    autovacuum: 'off',
    synchronous_commit: 'on',
  };
  const cluster = await startCluster({ directory, durable: false, settings });
  const urlOf = (name) => Object.assign(new URL(cluster.url), { pathname: `/${name}` }).href;
  const version = await withClient(cluster.url, async (client) => {
    const { rows } = await client.query('SHOW server_version');
    return rows[0].server_version;
  });
  let copies = 0;
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
      await withClient(urlOf(name), async (client) => {
        await seed(client, { pairs, wrong }, false);
        await refuseUnvacuumed(client);
      });
      return name;
    }),
    /** A further database with the same rows. */
    async copyOf(name) {
      copies += 1;
      const copy = `${name}_copy_${copies}`;
      await run('postgres', `CREATE DATABASE ${copy} TEMPLATE ${name}`);
      return copy;
    },
    drop: (name) => run('postgres', `DROP DATABASE ${name} WITH (FORCE)`),
    async stop() {
      await cluster.stop();
      rmSync(cluster.directory, { recursive: true, force: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function refuseUnvacuumed(client) {
  const { rows } = await client.query(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relallvisible < relpages",
  );
  if (rows.length > 0) throw new Error(`the vacuum after the seed was without effect: ${rows[0].relname}`);
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
