/** The real exporter on a real Postgres, behind the emulation of Grafana's proxy that the built plugin.json drives. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';

export const TOKEN = 'a-token-of-the-test-that-no-browser-may-ever-see';
/** of both logins */
const PASSWORD = 'looks-and-mends';
const PLUGIN = join(import.meta.dirname, '..', '..', 'grafana-plugin');
export const ARTIFACTS = join(PLUGIN, 'artifacts');

interface Host {
  readonly url: string;
  close(): Promise<void>;
}
interface HostModule {
  readonly startHost: (options: { exporterUrl: string; token: string }) => Promise<Host>;
}

/** What of the check is not the same in every test. */
interface CheckTexts {
  readonly description?: string;
  readonly runbook?: string;
}

/** Lines of Grafana whose packages are to be tried: `test:browser` sets them. */
export const LINES = (process.env['LOCKSTEP_GRAFANA_LINES'] ?? 'g13').split(',');

export interface Stage {
  readonly url: string;
  /** the exporter that runs, or ran last */
  readonly app: App;
  /** @returns another host page in front of the same exporter, with another token in its data source */
  hostWith(token: string): Promise<Host>;
  stopExporter(): Promise<void>;
  /** with the same store, at the same address as before */
  startExporter(): Promise<void>;
  /** runs SQL as the owner */
  sql(statement: string): Promise<void>;
  /** what a query of the owner finds */
  rows(query: string): Promise<unknown[]>;
  /** ends the sessions of the exporter and refuses new ones */
  takeSourceDown(): Promise<void>;
  bringSourceUp(): Promise<void>;
  close(): Promise<void>;
}

/** @param pairs rows on both sides, all equal, keys from 1 */
export async function startStage(pairs: number, texts: CheckTexts = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-browser-'));
  const database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const [role, writer] = [`reader_${database.name}`, `writer_${database.name}`];
  await client.query(tables(pairs, role, writer));
  const urls = { reader: loginUrl(database, role), writer: loginUrl(database, writer) };
  const configFile = join(folder, 'lockstep.yaml');
  const startExporter = (listen: string): Promise<App> => {
    writeFileSync(configFile, config(urls, listen, texts));
    return startApp({ configFile, logger: pino({ enabled: false }) });
  };
  let app = await startExporter('127.0.0.1:0');
  const { startHost } = (await import(pathToFileURL(join(PLUGIN, 'host', 'server.mjs')).href)) as HostModule;
  const host = await startHost({ exporterUrl: app.url, token: TOKEN });
  return {
    url: host.url,
    get app() {
      return app;
    },
    hostWith: (token) => startHost({ exporterUrl: app.url, token }),
    stopExporter: () => app.stop(),
    startExporter: async () => {
      app = await startExporter(new URL(app.url).host);
    },
    sql: async (statement) => {
      await client.query(statement);
    },
    rows: async (query) => (await client.query<Record<string, unknown>>(query)).rows,
    takeSourceDown: async () => {
      await client.query(`ALTER ROLE ${role} NOLOGIN`);
      await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);
    },
    bringSourceUp: async () => {
      await client.query(`ALTER ROLE ${role} LOGIN`);
    },
    close: async () => {
      await host.close();
      await app.stop();
      await client.query(`DROP OWNED BY ${role}, ${writer}; DROP ROLE ${role}, ${writer}`);
      await client.end();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function tables(pairs: number, role: string, writer: string): string {
  return `
    CREATE TABLE progress (student_id text, specialization text, level text, PRIMARY KEY (student_id, specialization));
    CREATE TABLE licenses (user_id text, specialization text, level text, note text, PRIMARY KEY (user_id, specialization));
    INSERT INTO progress SELECT n, 'COACH', n % 5 FROM generate_series(1, ${String(pairs)}) AS n;
    INSERT INTO licenses SELECT n, 'COACH', n % 5, 'context' FROM generate_series(1, ${String(pairs)}) AS n;
    CREATE TABLE mended (user_id text, old_level text, new_level text);
    CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}';
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};
    CREATE ROLE ${writer} LOGIN PASSWORD '${PASSWORD}';
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${writer};`;
}

function loginUrl({ url }: TestDatabase, role: string): string {
  const login = new URL(url);
  login.username = role;
  login.password = PASSWORD;
  return login.href;
}

function config(
  urls: { readonly reader: string; readonly writer: string },
  listen: string,
  {
    description = 'Progress and licence are at the same level',
    runbook = 'https://example.org/runbook',
  }: CheckTexts,
): string {
  return `sources: { app: { engine: postgres, url: "${urls.reader}" } }
checks:
  progress_license:
    kind: coupling
    description: ${JSON.stringify(description)}
    runbook: ${JSON.stringify(runbook)}
    # far away: the tests run it
    schedule: "0 0 1 1 *"
    left: { source: app, table: progress, key: [student_id, specialization], compare: [level] }
    right: { source: app, table: licenses, key: [user_id, specialization], compare: [level], context: [note] }
    fields: { key: [user_id, specialization], left: [progress_level], right: [license_level] }
    sync:
      url: "${urls.writer}"
      direction: left_to_right
      kinds: { missing_left: skip }
      right:
        create: { note: by lockstep }
        journal:
          table: mended
          values: { user_id: { expr: new.user_id }, old_level: { expr: old.level }, new_level: { expr: new.level } }
http:
  listen: "${listen}"
  rateLimit: { max: 10000, window: 1m }
  tokens: [{ name: grafana, role: admin, token: "${TOKEN}", trustUserHeader: true }]
store: { path: lockstep.db }
`;
}
