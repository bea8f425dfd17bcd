/** Every command of every runbook, against the real exporter, Prometheus and Alertmanager. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import { ROOT } from '../grafana/dashboards.ts';
import { testWith } from '../needs.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { startStack, type Stack } from './stack.ts';

const HOW = 'On Debian: apt-get install prometheus prometheus-alertmanager curl';
const FOLDER = join(ROOT, 'docs/runbooks');
const TOKEN = 'token-of-the-runbooks';

function commands(): string[] {
  const pages = readdirSync(FOLDER).map((page) => readFileSync(join(FOLDER, page), 'utf8'));
  const fences = pages.flatMap((text) => [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]);
  return [...new Set(fences.flatMap(([, body = '']) => body.trim().split('\n')))];
}

async function seed({ url }: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`
    CREATE TABLE a (id int PRIMARY KEY, v int); INSERT INTO a SELECT n, n FROM generate_series(1, 100) AS n;
    CREATE TABLE b (id int PRIMARY KEY, v int); INSERT INTO b SELECT n, n FROM generate_series(9, 100) AS n`);
  await client.end();
}

function configure(folder: string, { url }: TestDatabase): string {
  const side = (table: string): string => `{ source: app, table: ${table}, key: [id], compare: [v] }`;
  const file = join(folder, 'lockstep.yaml');
  writeFileSync(
    file,
    `sources: { app: { engine: postgres, url: "${url}" } }
defaults: { schedule: "* * * * *" }
checks:
  pairs: { kind: coupling, left: ${side('a')}, right: ${side('b')} }
  roles_api: { kind: coupling, left: ${side('a')}, right: ${side('b')} }
http: { listen: "127.0.0.1:0", tokens: [{ name: ops, role: admin, token: ${TOKEN} }] }
store: { path: lockstep.db }
`,
  );
  return file;
}

/** What the reader of a runbook has: the variables of its overview, and `lockstep` as a command. */
function surroundings(folder: string, config: string, app: App, stack: Stack): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = join(ROOT, 'exporter/bin/lockstep.mjs');
  writeFileSync(join(bin, 'lockstep'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(join(bin, 'lockstep'), 0o755);
  return {
    ...process.env,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    ...{ LOCKSTEP_URL: app.url, AUTH: `Authorization: Bearer ${TOKEN}`, CONFIG: config },
    PROMETHEUS_URL: stack.prometheusUrl,
    ALERTMANAGER_URL: stack.notified[0]?.url ?? '',
    ...{ CHECK: 'pairs', JOB: 'pairs', SOURCE: 'app', USER: 'on-call' },
  };
}

async function run(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('bash', ['-c', command], { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 20_000 });
  let complaint = '';
  child.stderr.on('data', (part: Buffer) => {
    complaint += part.toString();
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return status === 0 ? '' : `${command}\n  ended with ${String(status)}: ${complaint}`;
}

testWith(
  'amtool',
  HOW,
  'every command of every runbook works',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-runbooks-'));
    const database = await createDatabase();
    let app: App | undefined;
    let stack: Stack | undefined;
    try {
      await seed(database);
      const config = configure(folder, database);
      app = await startApp({
        configFile: config,
        logger: pino({ level: 'silent' }, { write: () => undefined }),
      });
      stack = await startStack(app.url, [1]);
      const { board } = app.lockstep;
      while (!board.states().every(({ latest }) => latest)) await sleep(100);
      const env = surroundings(folder, config, app, stack);
      const all = commands();
      expect(all.length).toBeGreaterThan(60);
      const failed: string[] = [];
      for (const command of all) failed.push(await run(command, env));
      expect(failed.filter((complaint) => complaint !== '')).toEqual([]);
    } finally {
      await stack?.stop();
      await app?.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  180_000,
);
