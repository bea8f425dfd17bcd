/** The first system: a learning platform in a real Postgres, with rows that have stopped agreeing. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { startCluster, type Cluster } from './cluster.ts';
import { DEMO_SIZE } from './data.ts';
import type { Scene, SetScene, Started } from './scene.ts';
import { seed } from './seed.ts';
import { createJournal, createReader, createWriter, existingTables, READER, WRITER } from './tables.ts';
import { startWriter } from './writer.ts';

const DATABASE = 'academy';

export const setAcademy: SetScene = async (folder, started) => {
  console.log('Starting Postgres …');
  const cluster = await startCluster({ directory: join(folder.path, 'postgres') });
  started.push({ what: 'Postgres', stop: stopOf(cluster) });
  const { ownerUrl, readerUrl, writerUrl } = await prepareDatabase(cluster);
  return {
    config: CONFIG,
    secrets: { 'reader.url': readerUrl, 'writer.url': writerUrl },
    places: { databaseUrl: ownerUrl },
    hints: ({ url, adminToken }) => `
Mend rows     LOCKSTEP_TOKEN=${adminToken} npx lockstep sync plan progress_license --url ${url}
Break a row   UPDATE user_licenses SET current_level = current_level + 1 WHERE user_id = 7 AND specialization_type = 'COACH';
              in ${ownerUrl}
Meanwhile     a row breaks or mends every 20 s; npm start -- --still leaves them alone`,
    liven: liven(ownerUrl),
  };
};

/** When this process ends without having stopped it (a second Ctrl-C, a crash), Postgres is still told to end. */
function stopOf(cluster: Cluster): () => Promise<void> {
  const lastResort = (): void => {
    try {
      process.kill(cluster.pid, 'SIGINT');
    } catch {
      // it ended by itself
    }
  };
  process.once('exit', lastResort);
  return async () => {
    await cluster.stop();
    process.off('exit', lastResort);
  };
}

function liven(url: string): NonNullable<Scene['liven']> {
  return (logger): Started[number] => {
    const writer = startWriter({
      url,
      onError(error) {
        logger.warn({ err: error }, 'the demo writer could not write');
      },
    });
    return { what: 'The writer', stop: () => writer.stop() };
  };
}

interface DatabaseUrls {
  readonly ownerUrl: string;
  readonly readerUrl: string;
  readonly writerUrl: string;
}

/** The demo's database with its rows and its logins, whose passwords last from start to start. */
async function prepareDatabase(cluster: Cluster): Promise<DatabaseUrls> {
  const owner = new URL(cluster.url);
  await connected(owner.href, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
  owner.pathname = `/${DATABASE}`;
  const login = (name: string): URL => {
    const url = new URL(owner);
    url.username = name;
    url.password = randomBytes(24).toString('base64url');
    return url;
  };
  const [reader, writer] = [login(READER), login(WRITER)];
  await connected(owner.href, async (client) => {
    if ((await existingTables(client)).length === 0) {
      console.log(`Filling it with ${String(DEMO_SIZE.pairs)} pairs of rows …`);
      await seed(client, DEMO_SIZE, false);
    }
    await createJournal(client);
    await createReader(client, reader.password);
    await createWriter(client, writer.password);
  });
  return { ownerUrl: owner.href, readerUrl: reader.href, writerUrl: writer.href };
}

async function connected(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'lockstep-demo' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const CONFIG = `sources:
  app: { engine: postgres, url: "\${file:reader.url}" }

checks:
  progress_license:
    kind: coupling
    description: Every student's progress and licence are at the same level
    schedule: "* * * * *"
    left: { source: app, table: specialization_progress, key: [student_id, specialization_id], compare: [current_level], context: [updated_at] }
    right: { source: app, table: user_licenses, key: [user_id, specialization_type], compare: [current_level], context: [id, max_achieved_level, last_advanced_at] }
    fields: { key: [user_id, specialization], left: [progress_level], right: [license_level] }
    recommendedActions:
      missing_right: create_license_from_progress
      missing_left: create_progress_from_license
      mismatch: sync_required
    sync:
      url: "\${file:writer.url}"
      direction: left_to_right
      kinds: { missing_left: right_to_left }
      left: { create: { updated_at: { expr: now() } }, set: { updated_at: { expr: now() } } }
      right:
        create: { max_achieved_level: { expr: source.current_level }, last_advanced_at: { expr: now() } }
        set:
          max_achieved_level: { expr: "greatest(target.max_achieved_level, source.current_level)" }
          last_advanced_at: { expr: now() }
        journal:
          table: license_progressions
          values:
            user_id: { expr: new.user_id }
            specialization_type: { expr: new.specialization_type }
            from_level: { expr: old.current_level }
            to_level: { expr: new.current_level }
            reason: lockstep sync
      schedule: "0 */6 * * *"

  license_user:
    kind: reference
    description: Every licence belongs to a user
    schedule: "* * * * *"
    severity: warning
    from: { source: app, table: user_licenses, key: [user_id] }
    to: { source: app, table: users, key: [id] }
    fields: { key: [user_id] }
    recommendedActions: { orphan: remove_license }
`;
