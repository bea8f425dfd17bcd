/** The exporter as it is shipped, killed at any moment: what it acknowledged is there, and nothing is half there. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import pg from 'pg';
import type { Run } from '../../exporter/src/core/run.ts';
import { openSqlite } from '../../exporter/src/stores/sqlite.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';

const KILLS = 30;
const ROWS = 300;
const BUILD = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
const MAIN = fileURLToPath(new URL('../../exporter/dist/main.js', import.meta.url));

let folder: string;
let config: string;
let database: TestDatabase;
let client: pg.Client;
const children: ChildProcess[] = [];

beforeAll(async () => {
  const built = spawnSync(process.execPath, [BUILD], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`);
  folder = mkdtempSync(join(tmpdir(), 'lockstep-exporter-kill-'));
  config = join(folder, 'lockstep.yaml');
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`CREATE TABLE l (id int PRIMARY KEY, v int); CREATE TABLE r (id int PRIMARY KEY, v int);
    INSERT INTO l SELECT n, 1 FROM generate_series(1, ${String(ROWS)}) AS n; INSERT INTO r TABLE l`);
  writeFileSync(
    config,
    `sources: { app: { engine: postgres, url: "${database.url}" } }
defaults: { schedule: "* * * * * *" }
checks:
  pairs:
    kind: coupling
    left: { source: app, table: l, key: [id], compare: [v] }
    right: { source: app, table: r, key: [id], compare: [v] }
  slow:
    kind: coupling
    schedule: "0 0 1 1 *"
    enabled: false
    timeout: 5m
    left: { source: app, table: l, key: [id], compare: [v], where: "pg_sleep(60) IS NOT NULL" }
    right: { source: app, table: r, key: [id], compare: [v] }
http: { listen: "127.0.0.1:0", rateLimit: { max: 100000 } }
store: { engine: sqlite, path: lockstep.db }
`,
  );
}, 120_000);

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

interface Exporter {
  readonly child: ChildProcess;
  /** resolves to the URL once it serves; null when it ended before */
  readonly url: Promise<string | null>;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}

function serve(): Exporter {
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', config], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let output = '';
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      const entry = JSON.parse(line) as { msg?: string; url?: string };
      if (entry.msg === 'Lockstep is ready' && entry.url !== undefined) resolve(entry.url);
    });
  });
  return { child, url: Promise.race([ready, ended.then(() => null)]), ended, output: () => output };
}

/** Rows fall apart and come together all the time. */
async function unsettle(until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    const id = 1 + Math.floor(Math.random() * ROWS);
    await client.query('UPDATE r SET v = 3 - v WHERE id BETWEEN $1 AND $1 + 9', [id]);
    await sleep(5);
  }
}

/** Asks for one run after the other until the exporter is gone; gives the ids of those that it said were saved. */
async function runs(url: string): Promise<string[]> {
  const acknowledged: string[] = [];
  for (;;) {
    try {
      const answer = await fetch(`${url}/api/v1/checks/pairs/run?wait=true`, { method: 'POST' });
      const { id, outcome } = (await answer.json()) as { id?: string; outcome?: string };
      if (answer.status === 200 && id !== undefined && outcome !== 'error') acknowledged.push(id);
    } catch {
      return acknowledged;
    }
  }
}

/** What is wrong with what the killed exporter left; empty when nothing is. */
async function faults(acknowledged: readonly string[]): Promise<string[]> {
  const file = join(folder, 'lockstep.db');
  const found: string[] = [];
  const store = await openSqlite(file);
  for (const id of acknowledged)
    if ((await store.run(id)) === null) found.push(`run ${id} was acknowledged and is gone`);
  const kept = await everyRun(store);
  const open = (await store.remembered('pairs', [])).size;
  const conclusive = kept.find((run) => run.result !== null);
  if (open !== (conclusive?.result?.inconsistent ?? 0)) {
    found.push(`${String(open)} are open, ${String(conclusive?.result?.inconsistent)} were counted`);
  }
  const balance = kept.reduce((sum, { result }) => sum + (result?.opened ?? 0) - (result?.resolved ?? 0), 0);
  if (balance !== open)
    found.push(`${String(open)} are open, runs opened ${String(balance)} more than they resolved`);
  const [job] = (await store.jobs()).filter((each) => each.job === 'pairs');
  if ((job?.lastRunAt ?? null) !== (kept[0]?.finishedAt ?? null))
    found.push('the job state is of another run');
  await store.close();
  const raw = new Database(file);
  const [integrity] = raw.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
  raw.close();
  if (integrity?.integrity_check !== 'ok') found.push(`integrity: ${String(integrity?.integrity_check)}`);
  return found;
}

async function everyRun(store: Store): Promise<Run[]> {
  const all: Run[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.runs('pairs', 1_000, cursor);
    all.push(...page.rows);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}

async function sessionsLeft(): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'lockstep%'`,
  );
  return rows[0]?.n ?? 0;
}

test(`kill -9 at ${String(KILLS)} random moments loses no run that was acknowledged and leaves none half saved`, async () => {
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { child, url, ended, output } = serve();
    const stop = new AbortController();
    const unsettling = unsettle(stop.signal);
    // some die while they start
    const early = kill % 6 === 5;
    const served = early ? null : await url;
    if (!early && served === null) throw new Error(`the exporter did not start: ${output()}`);
    const asking = served === null ? Promise.resolve([]) : runs(served);
    await sleep(Math.random() * (early ? 800 : 600));
    child.kill('SIGKILL');
    expect(await ended).toBeNull();
    acknowledged.push(...(await asking));
    stop.abort();
    await unsettling;
    expect({ kill, faults: await faults(acknowledged) }).toEqual({ kill, faults: [] });
  }
  // else the kills came while nothing was going on
  expect(acknowledged.length).toBeGreaterThan(KILLS / 4);
}, 240_000);

test('SIGTERM during a long run exits 0 within 10 s, ends its query, answers who waits, and remembers nothing of it', async () => {
  const { child, url, ended, output } = serve();
  const served = await url;
  const waiting = fetch(`${served ?? ''}/api/v1/checks/slow/run?wait=true`, { method: 'POST' }).then(
    ({ status }) => status,
    () => 'cut',
  );
  const sleeping = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
    AND application_name LIKE 'lockstep%' AND query LIKE '%pg_sleep%'`;
  while ((await client.query(sleeping)).rows.length === 0) await sleep(20);
  const askedAt = Date.now();
  child.kill('SIGTERM');
  expect({ code: await ended, output: output() }).toMatchObject({ code: 0 });
  expect(Date.now() - askedAt).toBeLessThan(10_000);
  expect(await waiting).toBe(503);
  while ((await sessionsLeft()) > 0 && Date.now() - askedAt < 12_000) await sleep(20);
  expect(await sessionsLeft()).toBe(0);
  const store = await openSqlite(join(folder, 'lockstep.db'));
  expect(await store.lastRun('slow')).toBeNull();
  await store.close();
}, 60_000);
