/** The second system: roles on libSQL with every fault that its checks look for, and its API. */
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { roleSystemConfig, ROLE_SYSTEM } from '../../config/role-system.ts';
import { ROOT } from '../folder.ts';
import type { SetScene } from '../scene.ts';
import { fill } from './data.ts';
import { faults, inject } from './faults.ts';
import { startStandInApi } from './stand-in-api.ts';
import { startWriter } from './writer.ts';

const USERS = 200;
const SCHEMA = join(ROOT, 'examples', 'role-system', 'schema.sql');

export const setRoleSystem: SetScene = async (folder, started) => {
  const file = join(folder.path, 'roles.db');
  if (!existsSync(file)) {
    console.log(`Filling a libSQL file with ${String(USERS)} users and their roles …`);
    makeBroken(file, new Date());
  }
  const api = await startStandInApi();
  started.push({ what: 'The API', stop: () => api.stop() });
  return {
    config: roleSystemConfig({
      ...ROLE_SYSTEM,
      database: { url: '${file:database.url}', authToken: null },
      api: { url: '${file:api.url}', authorization: null },
      schedule: '*/20 * * * * *',
    }),
    secrets: { 'database.url': `file:${file}`, 'api.url': api.url },
    places: { databaseUrl: `file:${file}`, apiUrl: api.url },
    hints: () => `
Slow the API  curl -X POST '${api.url}/mood?delay=3000'      milliseconds
Fail it       curl -X POST '${api.url}/mood?status=503'      counts after three runs, which is a minute
Heal it       curl -X POST '${api.url}/mood'
Mend a role   UPDATE roles SET name = 'billing_admin' WHERE name = 'billing';
              in ${file}
Meanwhile     the old role of a user breaks or mends every 20 s; npm start -- --example role-system --still leaves them alone`,
    liven(logger) {
      const onError = (error: unknown): void => {
        logger.warn({ err: error }, 'the demo writer could not write');
      };
      return { what: 'The writer', ...startWriter(file, onError) };
    },
  };
};

/** Whole or not at all: a start that is interrupted leaves nothing that the next one would take for it. */
function makeBroken(file: string, now: Date): void {
  const unfinished = `${file}.new`;
  rmSync(unfinished, { force: true });
  const database = new Database(unfinished);
  try {
    makeRoleSystem(database, now);
    for (const fault of faults(now)) inject(database, fault);
  } finally {
    database.close();
  }
  renameSync(unfinished, file);
  letWritersIn(file);
}

/** Readers and whoever mends a row do not wait for each other. Not before the file has its name: the log goes by it. */
function letWritersIn(file: string): void {
  const database = new Database(file);
  database.prepare('PRAGMA journal_mode = WAL').all([]);
  database.close();
}

/** The schema of the example, filled with rows of which every check says that they are right. */
export function makeRoleSystem(database: Database.Database, now: Date, users = USERS): void {
  database.exec(readFileSync(SCHEMA, 'utf8'));
  fill(database, { users, now });
}
