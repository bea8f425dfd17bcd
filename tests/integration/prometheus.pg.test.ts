/** A real Prometheus scrapes the real exporter on a real Postgres. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { startApp, type App } from '../../exporter/src/app.ts';
import { testWith } from '../needs.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';

const HOW = 'On Debian: apt-get install prometheus. Elsewhere: https://prometheus.io/download/';

let folder: string;
let database: TestDatabase;
let app: App;
let prometheus: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-prometheus-'));
  database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    CREATE TABLE a (id int PRIMARY KEY, v int); INSERT INTO a SELECT n, n FROM generate_series(1, 100) AS n;
    CREATE TABLE b (id int PRIMARY KEY, v int); INSERT INTO b SELECT n, n FROM generate_series(4, 100) AS n`);
  await client.end();
  const config = join(folder, 'lockstep.yaml');
  writeFileSync(
    config,
    `sources:
  app: { engine: postgres, url: "${database.url}" }
  idle: { engine: postgres, url: "${database.url}" }
checks:
  pairs:
    kind: coupling
    left: { source: app, table: a, key: [id], compare: [v] }
    right: { source: app, table: b, key: [id], compare: [v] }
  never: { kind: reference, enabled: false, from: { source: idle, table: a, key: [id] }, to: { source: idle, table: b, key: [id] } }
http: { listen: "127.0.0.1:0" }
store: { path: lockstep.db }
`,
  );
  app = await startApp({ configFile: config, logger: pino({ enabled: false }) });
});

afterAll(async () => {
  if (prometheus) {
    const ended = once(prometheus, 'exit');
    prometheus.kill('SIGKILL');
    await ended;
  }
  await app.stop();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function eventually<T>(what: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries += 1) {
    const value = await what().catch(() => undefined);
    if (value !== undefined) return value;
    await sleep(100);
  }
  throw new Error('it did not happen within 20 s');
}

testWith(
  'prometheus',
  HOW,
  'Prometheus scrapes every metric without a warning in its log',
  async () => {
    const port = await freePort();
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s }
scrape_configs: [{ job_name: lockstep, static_configs: [{ targets: ["${new URL(app.url).host}"] }] }]
`,
    );
    let log = '';
    prometheus = spawn('prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
    ]);
    prometheus.stderr?.on('data', (text: Buffer) => (log += text.toString()));
    const query = async (promql: string): Promise<string | undefined> => {
      const url = `http://127.0.0.1:${String(port)}/api/v1/query?query=${encodeURIComponent(promql)}`;
      const answer = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
      return answer.data.result[0]?.value[1];
    };
    expect(await eventually(() => query('lockstep_check_consistency_ratio{check="pairs"}'))).toBe('0.97');
    expect(await query('lockstep_check_violations{check="pairs",kind="missing_right",state="open"}')).toBe(
      '3',
    );
    // a source that only a disabled check reads is neither up nor down
    expect(await query('count(lockstep_source_up{source="app"} == 1)')).toBe('1');
    expect(await query('lockstep_source_up{source="idle"}')).toBeUndefined();
    expect(await query('sum(lockstep_job_runs_total{job_name="pairs"}) > 0')).toBeDefined();
    // our own labels must not meet those that Prometheus adds
    expect(await query('{__name__=~"lockstep_.+",exported_job!=""}')).toBeUndefined();
    expect(await query('scrape_samples_scraped{job="lockstep"} > 100')).toBeDefined();
    await sleep(2_500);
    expect(log.split('\n').filter((line) => /level=(warn|error)/.test(line))).toEqual([]);
  },
  60_000,
);

testWith(
  'promtool',
  HOW,
  'promtool finds nothing to say about the metrics',
  async () => {
    await eventually(async () => app.lockstep.board.state('pairs')?.conclusive ?? undefined);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: metrics });
    expect({ status, said: stdout.toString() + stderr.toString() }).toEqual({ status: 0, said: '' });
  },
  30_000,
);
