/** `npm start` as a newcomer meets it: the real script, a folder of its own, a free port. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { isAlive } from '../../exporter/src/demo/postmaster.ts';
import { DemoPlace, ready as readyIn, stop, until, type Demo, type Facts } from '../demo-process.ts';

const RATIO = 'lockstep_check_consistency_ratio{check="progress_license"}';

let place: DemoPlace;
let folder: string;
beforeEach(async () => {
  place = await DemoPlace.open();
  folder = place.folder;
});
afterEach(() => place.close());

const start = (env: Record<string, string> = {}): Demo => place.start(['--still'], env);
const ready = (demo: Demo): Promise<Facts> => readyIn(demo, folder);

function postmaster(): number {
  return Number.parseInt(readFileSync(join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8'), 10);
}

async function metric(url: string, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1],
  );
}

async function health(
  facts: Facts,
  route: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${facts.url}/api/v1/health/${route}`, {
    headers: { authorization: `Bearer ${facts.adminToken}` },
    ...init,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function change(facts: Facts, by: number): Promise<void> {
  const client = new pg.Client({ connectionString: facts.databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      "UPDATE user_licenses SET current_level = current_level + $1 WHERE user_id = 7 AND specialization_type = 'COACH'",
      [by],
    );
    expect(rowCount).toBe(1);
  } finally {
    await client.end();
  }
}

test('The demo starts, shows what is wrong, keeps its secrets, and Ctrl-C ends it all within 10 s', async () => {
  const demo = start();
  const facts = await ready(demo);
  expect(demo.output()).toMatch(
    /progress_license .* 0\.9601 .* degraded .* 452 .* missing_left 4, missing_right 4, mismatch 10/,
  );
  expect(demo.output()).toMatch(
    /user_id .* specialization .* progress_level .* license_level .* recommended action/,
  );
  expect(demo.output().endsWith('Lockstep is ready\n')).toBe(true);
  for (const secret of ['demo.json', 'admin.token', 'viewer.token', 'reader.url', 'lockstep.log']) {
    expect([secret, statSync(join(folder, secret)).mode & 0o777]).toEqual([secret, 0o600]);
  }
  expect(readFileSync(join(folder, 'lockstep.log'), 'utf8')).not.toContain(facts.adminToken);
  expect(await metric(facts.url, RATIO)).toBeCloseTo(434 / 452, 12);
  expect(
    await metric(facts.url, 'lockstep_check_violations{check="license_user",kind="orphan",state="open"}'),
  ).toBe(2);
  expect((await health(facts, 'violations', { headers: {} })).status).toBe(401);
  const asViewer = { headers: { authorization: `Bearer ${facts.viewerToken}` } };
  expect((await health(facts, 'violations', asViewer)).status).toBe(403);
  const database = postmaster();
  expect(isAlive(database)).toBe(true);
  const { code, ms } = await stop(demo, 'SIGINT');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
  expect(isAlive(database)).toBe(false);
}, 120_000);

test('One changed row is exactly one more violation with both values, until it is put back', async () => {
  const facts = await ready(start());
  const checkNow = (): ReturnType<typeof health> =>
    health(facts, 'check-now?check=progress_license', { method: 'POST' });
  await change(facts, 3);
  expect((await checkNow()).status).toBeLessThan(300);
  const broken = await until(async () => {
    const { body } = await health(facts, 'violations?check=progress_license');
    return body['total_violations'] === 19 ? body : null;
  });
  const rows = broken['violations'] as Record<string, unknown>[];
  const row = rows.find(({ user_id, specialization }) => user_id === 7 && specialization === 'COACH');
  expect(row).toMatchObject({ recommended_action: 'sync_required' });
  expect(Number(row!['license_level']) - Number(row!['progress_level'])).toBe(3);
  await change(facts, -3);
  expect((await checkNow()).status).toBeLessThan(300);
  await until(async () => {
    const { body } = await health(facts, 'violations?check=progress_license');
    return body['total_violations'] === 18 ? body : null;
  });
}, 120_000);

test('A second start finds what the first one left, even when that was killed', async () => {
  const first = start();
  const before = await ready(first);
  await change(before, 1);
  const left = postmaster();
  await stop(first, 'SIGKILL');
  expect(isAlive(left)).toBe(true);
  const files = readdirSync(join(folder, 'violations')).length;
  const restartedAt = Date.now();
  const second = start();
  const after = await ready(second);
  expect(isAlive(left)).toBe(false);
  expect(after.adminToken).toBe(before.adminToken);
  expect(second.output()).not.toContain('Filling it');
  expect(second.output()).toContain('mismatch 11');
  expect(readdirSync(join(folder, 'violations')).length).toBeGreaterThan(files);
  const history = await fetch(`${after.url}/api/v1/checks/progress_license/runs`, {
    headers: { authorization: `Bearer ${after.adminToken}` },
  });
  const { rows } = (await history.json()) as { rows: { started_at: string }[] };
  expect(rows.some(({ started_at }) => Date.parse(started_at) < restartedAt)).toBe(true);
  expect(rows.some(({ started_at }) => Date.parse(started_at) > restartedAt)).toBe(true);
  const { code } = await stop(second, 'SIGTERM');
  expect(code).toBe(0);
}, 120_000);

test("The token in LOCKSTEP_ADMIN_TOKEN is the admin's", async () => {
  const facts = await ready(start({ LOCKSTEP_ADMIN_TOKEN: 'a-token-of-my-own-choice' }));
  expect(facts.adminToken).toBe('a-token-of-my-own-choice');
  expect((await health(facts, 'violations')).status).toBe(200);
}, 120_000);

test('A token that is too short is refused at once, and nothing is started', async () => {
  const demo = start({ LOCKSTEP_ADMIN_TOKEN: 'short' });
  expect(await demo.ended).toBe(1);
  expect(demo.output()).toContain('LOCKSTEP_ADMIN_TOKEN is shorter than 16 characters');
  expect(existsSync(join(folder, 'postgres'))).toBe(false);
}, 60_000);

test('An address that another program holds is named at once, and nothing is started', async () => {
  const { port } = place;
  const other = createServer().listen(port, '127.0.0.1');
  try {
    const demo = start();
    expect(await demo.ended).toBe(1);
    expect(demo.output()).toContain(
      `cannot listen on 127.0.0.1:${String(port)}: another program listens there already`,
    );
    expect(existsSync(join(folder, 'postgres'))).toBe(false);
  } finally {
    other.close();
  }
}, 60_000);
