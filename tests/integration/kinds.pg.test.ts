/** The kinds that join nothing, as a user meets them: validated, explained, run, served. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { startTypescript, type TypescriptProcess } from '../typescript-process.ts';

const MAIN = new URL('../../exporter/src/main.ts', import.meta.url);

let folder: string;
let config: string;
let database: TestDatabase;
let api: Server;
let status = 200;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-kinds-'));
  config = join(folder, 'lockstep.yaml');
  database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`CREATE TABLE users (user_id int PRIMARY KEY, name text);
    INSERT INTO users VALUES (1, 'ada'), (2, NULL);
    CREATE TABLE audit_logs (created_at timestamptz); INSERT INTO audit_logs VALUES (now() - interval '2 h')`);
  await client.end();
  api = createServer((_request, response) => {
    response.writeHead(status).end('{"status":"ok"}');
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  writeFileSync(
    config,
    `sources:
  app: { engine: postgres, url: "${database.url}" }
  api: { engine: http, url: "http://127.0.0.1:${String((api.address() as AddressInfo).port)}" }
checks:
  nameless:
    kind: query
    source: app
    sql: SELECT user_id FROM users WHERE name IS NULL
    key: [user_id]
    population: SELECT count(*) FROM users
  audited: { kind: freshness, source: app, table: audit_logs, column: created_at, maxAge: 1h }
  quick: { kind: latency, source: app, lookup: { table: users, key: [user_id] }, worst: 30s }
  health:
    kind: http
    source: api
    consecutiveFailures: 2
    endpoints: [{ path: /health, body: { pointer: /status, equals: ok } }]
http: { listen: "127.0.0.1:0" }
`,
  );
});

afterAll(async () => {
  api.closeAllConnections();
  await new Promise((resolve) => api.close(resolve));
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const lockstep = (...args: string[]): TypescriptProcess => startTypescript(MAIN, args);

test('validate --connect says of each source and check what it finds', async () => {
  const { code, output } = await lockstep('validate', '--connect', config).ended;
  expect(output).toContain('reachable: http with status 200');
  expect(output).toContain('the statement finds 1 among 2');
  expect(output).toMatch(/the newest row is 2h \d+m old/);
  expect(output).toMatch(/2 samples now: average [\d.]+ ms/);
  expect(output).toMatch(/GET \/health: status 200 in \d+ ms/);
  expect(code).toBe(0);
}, 60_000);

test.each([
  ['nameless', /FROM \(SELECT user_id FROM users[\s\S]*Scan on users[\s\S]*expected to take/],
  ['audited', /max\("created_at"\)[\s\S]*Scan on audit_logs/],
  ['quick', /count\(found\.\*\)[\s\S]*users_pkey/],
  ['health', /^GET \/health\n\n {2}answers with status 200\n {2}with "ok" at \/status of its body\n$/],
])(
  'explain tells how %s is looked at',
  async (check, told) => {
    const { code, output } = await lockstep('explain', check, '--config', config).ended;
    expect([code, output]).toEqual([0, expect.stringMatching(told)]);
  },
  60_000,
);

test('check finds at once what is wrong, without a wait for runs in a row', async () => {
  status = 500;
  const { code, output } = await lockstep('check', '--config', config, '--json').ended;
  status = 200;
  const reports = JSON.parse(output) as { check: string; outcome: string; violations: object[] }[];
  expect(code).toBe(1);
  expect(reports.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual([
    'nameless fail',
    'audited fail',
    'quick pass',
    'health fail',
  ]);
  expect(reports.flatMap(({ violations }) => violations)).toMatchObject([
    { kind: 'row', user_id: 2, recommended_action: 'correct_row' },
    { kind: 'stale', measure: 'newest', expected: 'at most 1h old' },
    { kind: 'status', endpoint: '/health', found: 500, expected: 200 },
  ]);
}, 60_000);

test('served, they have metrics, violations and rows as any check has', async () => {
  const run = lockstep('serve', '--config', config);
  let url = '';
  for await (const line of run.lines) {
    const { msg, url: told } = JSON.parse(line) as { msg: string; url?: string };
    if (msg === 'Lockstep is ready' && told !== undefined) url = told;
    if (url !== '') break;
  }
  const get = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T;
  const checkNow = async (check: string): Promise<void> => {
    await fetch(`${url}/api/v1/checks/${check}/run?wait=true`, { method: 'POST' });
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await get<{ running: unknown }>(`/api/v1/checks/${check}`)).running === null) return;
      await sleep(50);
    }
  };
  const open = async (check: string) =>
    (await get<{ rows: { id: string; row: object }[] }>(`/api/v1/violations?check=${check}`)).rows;
  try {
    // the runs at start are over by then: one of them would count as a run of ours
    await sleep(2_500);
    for (const check of ['nameless', 'audited', 'quick', 'health']) await checkNow(check);
    const [nameless] = await open('nameless');
    expect(nameless?.row).toEqual({ user_id: 2, recommended_action: 'correct_row' });
    const detail = await get<{ current: object[] }>(`/api/v1/violations/${nameless?.id ?? ''}`);
    expect(detail.current).toEqual([
      { side: null, source: 'app', table: 'rows of the statement', rows: [{ user_id: 2 }] },
    ]);
    expect(await open('audited')).toHaveLength(1);
    status = 503;
    await checkNow('health');
    expect(await open('health')).toEqual([]);
    await checkNow('health');
    expect(await open('health')).toMatchObject([{ row: { endpoint: '/health', found: 503, expected: 200 } }]);
    await sleep(1_100);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^lockstep_check_measured_seconds{check="audited",measure="age"} 7\d\d\d/m);
    expect(metrics).toMatch(/^lockstep_check_measured_seconds{check="quick",measure="p95"} /m);
    expect(metrics).toContain('lockstep_check_violations{check="health",kind="status",state="open"} 1');
    expect(metrics).toContain('lockstep_check_violations{check="health",kind="tls_expiry",state="open"} 0');
    expect(metrics).toContain('lockstep_check_waiting_rows{check="health"} 0');
  } finally {
    status = 200;
    run.child.kill('SIGTERM');
    await run.ended;
  }
}, 60_000);
