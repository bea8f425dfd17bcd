/** A whole exporter over two real tables that a sync may mend, with logins that may do just what they must. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import type { AppliedPlan, Plan } from '../../exporter/src/http/sync-schemas.ts';
import type { AuditPage } from '../../exporter/src/http/api-schemas.ts';
import { clusterUrl, createDatabase } from '../postgres.ts';

export const ADA = 'token-of-ada-the-admin';
export const BOB = 'token-of-bob-the-admin';
export const VIC = 'token-of-vic-the-viewer';

const TABLES = `
  CREATE TABLE progress (student int, subject varchar(20), level int, note text, PRIMARY KEY (student, subject));
  CREATE TABLE licenses (id serial PRIMARY KEY, user_id bigint, subject text, level int, best int NOT NULL DEFAULT 0,
    moved_at timestamptz, UNIQUE (user_id, subject));
  CREATE TABLE journal (user_id bigint, from_level int, to_level int, why text, at timestamptz DEFAULT now());
  INSERT INTO progress SELECT n, 'COACH', 1 FROM generate_series(1, 20) AS n;
  INSERT INTO licenses (user_id, subject, level, best) SELECT n, 'COACH', 1, 1 FROM generate_series(1, 20) AS n`;

const SYNC = `
      direction: left_to_right
      kinds: { missing_left: right_to_left }
      right:
        create: { best: { expr: source.level }, moved_at: { expr: now() } }
        set: { best: { expr: "greatest(target.best, source.level)" }, moved_at: { expr: now() } }
        journal:
          table: journal
          values: { user_id: { expr: new.user_id }, from_level: { expr: old.level }, to_level: { expr: new.level }, why: a sync }`;

export interface Answer<T> {
  readonly status: number;
  readonly body: T & { readonly detail?: string };
}

export interface Academy {
  readonly url: string;
  readonly app: App;
  readonly folder: string;
  readonly logLines: readonly string[];
  /** as the owner */
  sql<T extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<T[]>;
  ask<T>(method: 'GET' | 'POST', path: string, body?: object, token?: string): Promise<Answer<T>>;
  /** a plan of Ada's, or of whose token it is */
  plan(chosen?: object, token?: string): Promise<Plan>;
  apply(id: string, more?: object, token?: string): Promise<Answer<AppliedPlan>>;
  run(): Promise<void>;
  audit(): Promise<AuditPage['rows']>;
  /** writes the configuration anew and loads it */
  configure(sync: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param sync the block as it stands in the configuration, without its url */
export async function startAcademy(sync = SYNC): Promise<Academy> {
  const database = await createDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-sync-'));
  const owner = new pg.Pool({ connectionString: database.url, max: 4 });
  // a database that is dropped ends its sessions
  owner.on('error', () => undefined);
  await owner.query(TABLES);
  const reader = await login(owner, database.url, 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO');
  const writer = await login(
    owner,
    database.url,
    `GRANT USAGE ON SEQUENCE licenses_id_seq TO %; GRANT INSERT ON journal TO %;
     GRANT SELECT, INSERT, UPDATE, DELETE ON progress, licenses TO`,
  );
  const file = join(folder, 'lockstep.yaml');
  const write = (block: string): void => {
    writeFileSync(file, configText(reader.url, writer.url, block));
  };
  write(sync);
  const logLines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) });
  const app = await startApp({ configFile: file, logger });

  async function ask<T>(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    token = ADA,
  ): Promise<Answer<T>> {
    const response = await fetch(app.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, body: (await response.json()) as Answer<T>['body'] };
  }
  const academy: Academy = {
    ...{ url: app.url, app, folder, logLines, ask },
    sql: async (text, values = []) => (await owner.query(text, [...values])).rows as never,
    plan: async (chosen = {}, token = ADA) => {
      const { status, body } = await ask<Plan>(
        'POST',
        '/api/v1/sync/plans',
        { check: 'pairs', ...chosen },
        token,
      );
      if (status !== 200) throw new Error(`no plan: ${String(status)} ${body.detail ?? ''}`);
      return body;
    },
    apply: (id, more = {}, token = ADA) =>
      ask('POST', `/api/v1/sync/plans/${id}/apply`, { reason: 'a test', ...more }, token),
    run: async () => {
      for (;;) {
        const { status } = await ask('POST', '/api/v1/checks/pairs/run?wait=true');
        if (status !== 409) return;
        await new Promise((wait) => setTimeout(wait, 20));
      }
    },
    audit: async () => (await ask<AuditPage>('GET', '/api/v1/audit?limit=1000')).body.rows,
    configure: async (block) => {
      write(block);
      await app.lockstep.reload();
    },
    stop: async () => {
      await app.stop();
      await owner.end();
      await database.drop();
      await dropLogins([reader.name, writer.name]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await academy.run();
  return academy;
}

async function login(owner: pg.Pool, url: string, grants: string): Promise<{ url: string; name: string }> {
  const name = `sync_${randomBytes(6).toString('hex')}`;
  await owner.query(
    `CREATE ROLE ${name} LOGIN PASSWORD 'a-password'; ${grants.replaceAll('%', name)} ${name}`,
  );
  const own = new URL(url);
  own.username = name;
  own.password = 'a-password';
  return { url: own.href, name };
}

async function dropLogins(names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl() });
  await client.connect();
  for (const name of names) await client.query(`DROP ROLE IF EXISTS ${name}`);
  await client.end();
}

function configText(readerUrl: string, writerUrl: string, sync: string): string {
  return `sources: { app: { engine: postgres, url: "${readerUrl}", lockTimeout: 1s } }
checks:
  pairs:
    kind: coupling
    schedule: "0 0 1 1 *"
    left: { source: app, table: progress, key: [student, subject], compare: [level] }
    right: { source: app, table: licenses, key: [user_id, subject], compare: [level] }
    fields: { key: [user_id, subject], left: [progress], right: [license] }
${sync === '' ? '' : `    sync:\n      url: "${writerUrl}"${sync}\n`}
http:
  listen: "127.0.0.1:0"
  rateLimit: { max: 100000 }
  tokens:
    - { name: ada, role: admin, token: ${ADA} }
    - { name: bob, role: admin, token: ${BOB} }
    - { name: vic, role: viewer, token: ${VIC} }
`;
}

export { SYNC as ACADEMY_SYNC };
