/** The command as a user runs it: its own process, a real Postgres, exit codes and what it prints. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { startTypescript, type TypescriptProcess } from '../typescript-process.ts';

const MAIN = new URL('../../exporter/src/main.ts', import.meta.url);

let folder: string;
let config: string;
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-command-'));
  config = join(folder, 'lockstep.yaml');
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    CREATE TABLE a (id int PRIMARY KEY, v int); INSERT INTO a VALUES (1, 1), (2, 2);
    CREATE TABLE b (id int PRIMARY KEY, v int); INSERT INTO b VALUES (1, 1), (2, 2)`);
  writeConfig();
});

afterAll(async () => {
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function writeConfig(more = ''): void {
  writeFileSync(
    config,
    `sources:
  app: { engine: postgres, url: "${database.url}" }
  gone: { engine: postgres, url: "postgres://nobody@127.0.0.1:1/none" }
checks:
  pairs:
    kind: coupling
    left: { source: app, table: a, key: [id], compare: [v] }
    right: { source: app, table: b, key: [id], compare: [v] }
  lost:
    kind: reference
    enabled: false
    from: { source: gone, table: a, key: [id] }
    to: { source: app, table: b, key: [id] }
${more}http: { listen: "127.0.0.1:0" }
`,
  );
}

const lockstep = (...args: string[]): TypescriptProcess => startTypescript(MAIN, args);

test('check exits 0 when everything agrees, 1 with violations, 2 when it could not look', async () => {
  expect((await lockstep('check', '--config', config).ended).code).toBe(0);
  await client.query('UPDATE b SET v = 20 WHERE id = 2');
  const broken = await lockstep('check', '--config', config, '--json').ended;
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.output)).toMatchObject([
    {
      check: 'pairs',
      outcome: 'fail',
      checked: 2,
      counts: { mismatch: 1 },
      violations: [{ kind: 'mismatch', id: 2, left_v: 2, right_v: 20 }],
    },
  ]);
  const table = await lockstep('check', '--config', config).ended;
  expect(table.output).toMatch(/│ pairs │ 0\.5000 │ critical/);
  await client.query('UPDATE b SET v = 2 WHERE id = 2');
  const lost = await lockstep('check', 'lost', '--config', config).ended;
  expect(lost.code).toBe(2);
  expect(lost.output).toContain('nothing listens there');
}, 60_000);

test('explain prints the statement, its plan and how long it should take', async () => {
  const { code, output } = await lockstep('explain', 'pairs', '--config', config).ended;
  expect(code).toBe(0);
  expect(output).toMatch(/FULL JOIN[\s\S]*Full Join {2}\(cost=[\s\S]*expected to take/);
});

test('a wrong command or check name is answered with the nearest one and exit code 2', async () => {
  const command = await lockstep('chek').ended;
  expect(command.code).toBe(2);
  expect(command.output).toContain('Did you mean check?');
  const check = await lockstep('check', 'pears', '--config', config).ended;
  expect(check.code).toBe(2);
  expect(check.output).toContain('did you mean "pairs"?');
  expect(check.output).not.toContain(new URL(database.url).password || 'no password');
});

test('--version prints what the sources say', async () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../exporter/package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  expect(await lockstep('--version').ended).toMatchObject({ code: 0, output: `${version}\n` });
});

async function served(run: TypescriptProcess): Promise<string> {
  for await (const line of run.lines) {
    const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
    if (msg === 'Lockstep is ready' && url !== undefined) return url;
  }
  throw new Error('it ended before it was ready');
}

async function metric(url: string, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split('\n').find((line) => line.startsWith(name))?.split(' ').at(-1); // prettier-ignore
}

/** Metrics are rendered at most once a second. */
async function eventually(
  what: () => Promise<string | undefined>,
  expected: string | undefined,
): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await what()) === expected) return;
    await sleep(100);
  }
  expect(await what()).toBe(expected);
}

test('check exits 2 when there was nothing to check, because that is not agreement', async () => {
  await client.query('CREATE TABLE none (id int PRIMARY KEY)');
  const empty = join(folder, 'empty.yaml');
  writeFileSync(
    empty,
    `sources: { app: { engine: postgres, url: "${database.url}" } }
checks:
  nothing: { kind: reference, from: { source: app, table: none, key: [id] }, to: { source: app, table: none, key: [id] } }
log: { level: error }
http: { listen: "127.0.0.1:0" }
`,
  );
  expect((await lockstep('check', '--config', empty).ended).code).toBe(2);
});

test('serve keeps the old configuration when a reload finds a problem, takes a good one, and stops on SIGTERM', async () => {
  const run = lockstep('serve', '--config', config);
  const url = await served(run);
  const reloaded = 'lockstep_config_last_reload_successful';
  await eventually(() => metric(url, reloaded), '1');
  writeFileSync(config, 'checks: {');
  run.child.kill('SIGHUP');
  await eventually(() => metric(url, reloaded), '0');
  expect(await metric(url, 'lockstep_check_info{check="pairs"')).toBe('1');
  writeConfig(
    '  more: { kind: reference, from: { source: app, table: a, key: [id] }, to: { source: app, table: b, key: [id] } }\n',
  );
  const answer = await fetch(`${url}/-/reload`, { method: 'POST' });
  expect(answer.status).toBeLessThan(300);
  await eventually(() => metric(url, reloaded), '1');
  await eventually(() => metric(url, 'lockstep_check_consistency_ratio{check="more"}'), '1');
  const askedAt = Date.now();
  run.child.kill('SIGTERM');
  expect((await run.ended).code).toBe(0);
  expect(Date.now() - askedAt).toBeLessThan(10_000);
  const sessions = await client.query(
    "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'lockstep%' AND datname = current_database()",
  );
  expect(sessions.rowCount).toBe(0);
}, 60_000);
