/** The example's configuration over a libSQL file made from its schema, with its API; as a whole Lockstep. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import { roleSystemExample } from '../../exporter/src/config/role-system-example.ts';
import { makeRoleSystem } from '../../exporter/src/demo/role-system/scene.ts';
import { startStandInApi, type StandInApi } from '../../exporter/src/demo/role-system/stand-in-api.ts';
import { libsqlFile } from '../libsql.ts';

/** Only the test decides when to look, besides the look at the start. */
const NEVER = '0 0 29 2 *';

export interface WatchedRoleSystem {
  readonly app: App;
  readonly api: StandInApi;
  readonly now: Date;
  /** changes the database that is watched */
  change(work: (database: Database.Database) => void): void;
  /** runs every check; check → keys of its open violations in alphabetical order, of those that have any */
  look(): Promise<Readonly<Record<string, readonly string[]>>>;
  stop(): Promise<void>;
}

/** @param edit of the configuration's text */
export async function watchRoleSystem(
  edit: (text: string) => string = (text) => text,
): Promise<WatchedRoleSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-roles-'));
  const file = libsqlFile();
  const now = new Date();
  const change = (work: (database: Database.Database) => void): void => {
    const database = new Database(file.path);
    try {
      work(database);
    } finally {
      database.close();
    }
  };
  change((database) => {
    makeRoleSystem(database, now);
  });
  const api = await startStandInApi();
  const config = join(folder, 'lockstep.yaml');
  const text = roleSystemExample()
    .replace('${ROLES_DATABASE_URL}', file.url)
    .replace(/ +authToken: .*\n/, '')
    .replace('${ROLES_API_URL}', api.url)
    .replace("'*/5 * * * *'", `'${NEVER}'`)
    .replace('127.0.0.1:9464', '127.0.0.1:0');
  writeFileSync(config, edit(text));
  const app = await startApp({ configFile: config, logger: pino({}, { write: () => undefined }) });
  await settled(app);
  return {
    ...{ app, api, now, change },
    look: () => look(app),
    async stop() {
      await app.stop();
      await api.stop();
      file.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every check runs once at the start. */
async function settled({ lockstep }: App): Promise<void> {
  const running = (): boolean =>
    lockstep.board.states().some(({ latest, running: run }) => latest === null || run !== null);
  while (running()) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function look({ lockstep }: App): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  for (const { check } of lockstep.board.states()) {
    const { run } = await lockstep.startRun(check.name, { dryRun: false }).finished;
    if (run.error !== null) throw new Error(`${check.name}: ${run.error}`);
    const { rows } = await lockstep.store.violations({
      ...{ checks: [check.name], state: 'open', sort: 'key', descending: false, limit: 100 },
    });
    const keys = rows.map(({ key }) => key.map(String).join(' ')).sort();
    if (keys.length > 0 || run.outcome !== 'pass') found[check.name] = keys;
  }
  return found;
}
