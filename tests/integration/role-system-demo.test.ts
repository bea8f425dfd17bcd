/** `npm start -- --example role-system`: every fault is a check with rows, and the API can be made slow or failing. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { faults } from '../../exporter/src/demo/role-system/faults.ts';
import { DemoPlace, ready, stop, until, type Demo, type Facts } from '../demo-process.ts';

let place: DemoPlace;
let folder: string;
beforeEach(async () => {
  place = await DemoPlace.open();
  folder = join(place.folder, 'role-system');
});
afterEach(() => place.close());

const start = (): Demo => place.start(['--example', 'role-system']);

function request({ url, adminToken }: Facts, path: string, method = 'GET'): Promise<Response> {
  return fetch(`${url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${adminToken}` } });
}

async function ask<T>(facts: Facts, path: string): Promise<T> {
  const answer = await request(facts, path);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
}

/** To its end; the schedule may be running the check at this very moment. */
async function run(facts: Facts, check: string): Promise<void> {
  await until(async () => {
    const { status } = await request(facts, `checks/${check}/run?wait=true`, 'POST');
    expect([200, 409]).toContain(status);
    return status === 200 ? true : null;
  });
}

/** check → how many violations its newest run found; of those that have any */
async function violating(facts: Facts): Promise<Record<string, number>> {
  const { checks } = await ask<{ checks: { name: string; result: { inconsistent: number } }[] }>(
    facts,
    'checks',
  );
  const counts = checks.map(({ name, result }) => [name, result.inconsistent] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

const EXPECTED = Object.fromEntries(faults(new Date()).map(({ check, keys }) => [check, keys.length]));

test('every fault is a check with its rows, a mended one is gone, and Ctrl-C ends it all', async () => {
  const demo = start();
  const facts = await ready(demo, folder);
  expect(await violating(facts)).toEqual(EXPECTED);
  for (const check of Object.keys(EXPECTED)) expect(demo.output()).toContain(`\n${check}: `);
  expect(demo.output().endsWith('Lockstep is ready\n')).toBe(true);
  expect(statSync(join(folder, 'demo.json')).mode & 0o777).toBe(0o600);
  expect(existsSync(join(place.folder, 'postgres'))).toBe(false);
  const database = new Database(facts.databaseUrl.replace('file:', ''));
  database.exec('PRAGMA busy_timeout = 5000');
  database.exec("UPDATE roles SET name = 'billing_admin' WHERE name = 'billing'");
  database.close();
  await run(facts, 'roles_required');
  expect(await violating(facts)).not.toHaveProperty('roles_required');
  const { code, ms } = await stop(demo, 'SIGINT');
  expect(code).toBe(0);
  expect(ms).toBeLessThan(10_000);
}, 120_000);

test('an API that is told to fail is a violation after three runs, until it is told to be well', async () => {
  const facts = await ready(start(), folder);
  const mood = (query: string): Promise<Response> => fetch(`${String(facts.apiUrl)}/mood${query}`, { method: 'POST' }); // prettier-ignore
  await mood('?status=503');
  for (let n = 0; n < 3; n += 1) await run(facts, 'roles_api');
  expect(await violating(facts)).toMatchObject({ roles_api: 2 });
  const [row] = (await ask<{ rows: { row: object }[] }>(facts, 'violations?check=roles_api')).rows;
  expect(JSON.stringify(row)).toContain('503');
  await mood('');
  await run(facts, 'roles_api');
  expect(await violating(facts)).not.toHaveProperty('roles_api');
}, 120_000);

test('an example that there is not is refused with those that there are', async () => {
  const demo = place.start(['--example', 'role-sytem']);
  expect(await demo.ended).not.toBe(0);
  expect(demo.output()).toContain('role-system');
}, 60_000);
