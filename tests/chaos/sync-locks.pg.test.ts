/** What an application has to put up with while a sync writes: short waits, and never a deadlock. */
import { jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { Metrics } from '../../exporter/src/metrics.ts';
import { Board } from '../../exporter/src/runner/board.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import type { Store, SyncBatch } from '../../exporter/src/stores/store.ts';
import { Repairs } from '../../exporter/src/sync/repairs.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { around } from './around.ts';
import { auditedWrites, CHECK, MENDER, TABLES, watchPairs } from './watched-pairs.ts';

const PAIRS = 50;

let folder: string;
let database: TestDatabase;
let store: Store;
let client: pg.Client;
let pairs: ReturnType<typeof watchPairs>;
let repairs: Repairs;
let repairsOf: (watched: Pick<typeof pairs, 'workshop'>) => Repairs;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-sync-locks-'));
  store = await openStore({ engine: 'sqlite', path: join(folder, 'lockstep.db') });
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url, application_name: 'writer' });
  await client.connect();
  await client.query(`${TABLES};
    INSERT INTO l SELECT n, 2 FROM generate_series(1, ${String(PAIRS)}) AS n;
    INSERT INTO r SELECT n, 1 FROM generate_series(1, ${String(PAIRS)}) AS n`);
  pairs = watchPairs(database.url, { lockTimeout: '1m' });
  const metrics = new Metrics(new Board(), { version: '0' });
  repairsOf = ({ workshop }) =>
    new Repairs({
      ...{ store, metrics, logger: pino({ enabled: false }) },
      workshops: new Map([[CHECK, workshop]]),
    });
  repairs = repairsOf(pairs);
});
afterEach(async () => {
  await repairs.stop();
  await pairs.close();
  await client.end();
  await store.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** Before each row is over, in the transaction of the sync. */
async function delay(body: string): Promise<void> {
  await client.query(`
    CREATE FUNCTION delay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NULL; END $$;
    CREATE TRIGGER delay AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION delay()`);
}

async function outcomes(): Promise<string[]> {
  await pairs.run(store);
  const { plan } = await repairs.plan(CHECK, {}, 'ada');
  const { record } = await repairs.apply(plan.id, { by: 'ada', reason: 'slow rows', dryRun: false });
  return record.results.map(({ outcome }) => outcome);
}

it('gives the locks of slow rows back in between, and writes all of them', async () => {
  await delay('PERFORM pg_sleep(0.02);');
  expect(new Set(await outcomes())).toEqual(new Set(['written']));
  const { rows } = await client.query<{ batches: number }>(
    'SELECT count(DISTINCT xid)::int AS batches FROM history WHERE app = $1',
    [MENDER],
  );
  expect(rows[0]?.batches).toBeGreaterThan(1);
});

it('lets a client pass that holds a row which the sync needs and waits for one that the sync holds', async () => {
  // the sync comes to its second key, 10, when the client is about to look whether it waits in a deadlock, after 1 s
  await delay(`WHILE NEW.id = 1 AND NOT EXISTS
      (SELECT FROM pg_locks WHERE waitstart < clock_timestamp() - interval '800 ms')
    LOOP PERFORM pg_sleep(0.01); END LOOP;`);
  await client.query('DELETE FROM r WHERE id = 10');
  await client.query('BEGIN; INSERT INTO r VALUES (10, 3)');
  const synced = outcomes();
  const locked = `SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE application_name = '${MENDER}' AND mode = 'RowExclusiveLock'`;
  const observer = new pg.Client({ connectionString: database.url });
  await observer.connect();
  while ((await observer.query(locked)).rows.length === 0) await sleep(5);
  await observer.end();
  // rejects with 40P01 when the server has found a deadlock
  await client.query('UPDATE l SET v = 3 WHERE id = 1');
  await client.query('COMMIT');
  expect(new Set(await synced)).toEqual(new Set(['written', 'skipped']));
});

/** Holds the rows of some keys until it is told to let go. */
async function hold(where: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query(`BEGIN; SELECT FROM l WHERE ${where} FOR UPDATE`);
  return () => holder.end();
}

it('writes what nobody holds at once, however much is held, and gives the rest half a minute', async () => {
  const letGo = [await hold('id BETWEEN 1 AND 14'), await hold('id BETWEEN 20 AND 29')];
  const begun = Date.now();
  const synced = outcomes();
  const written = "SELECT count(*)::int AS n FROM history WHERE app = '" + MENDER + "'";
  while ((await client.query<{ n: number }>(written)).rows[0]?.n !== PAIRS - 24) {
    expect(Date.now() - begun).toBeLessThan(20_000);
    await sleep(20);
  }
  await letGo[1]?.();
  const told = await synced;
  expect(Date.now() - begun).toBeLessThan(45_000);
  expect(told.slice(0, 14)).toEqual(Array(14).fill('skipped'));
  expect(told.slice(14)).toEqual(Array(PAIRS - 14).fill('written'));
  await letGo[0]?.();
}, 90_000);

it('says so in words when the database does not answer at all', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const unheard = watchPairs(`postgres://nobody@127.0.0.1:${String(port)}/nothing`);
  await pairs.run(store);
  const { plan } = await repairs.plan(CHECK, {}, 'ada');
  const real = setTimeout;
  // the minute that a transaction may take
  const soon = (run: () => void, ms?: number): NodeJS.Timeout => real(run, ms === 60_000 ? 100 : ms);
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(soon);
  const applied = repairsOf(unheard).apply(plan.id, { by: 'ada', reason: 'silence', dryRun: false });
  await expect(applied).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('longer than 60 s'),
  });
  jest.restoreAllMocks();
  await unheard.close();
  silent.close();
});

it('asks the rows themselves when the database has forgotten a transaction', async () => {
  await pairs.run(store);
  const { plan } = await repairs.plan(CHECK, {}, 'ada');
  let lost = true;
  // as after a restore: the transaction has a name of the future, and the exporter dies at its end
  const dying = around(store, (name, go, [batch, ...more]) => {
    if (name === 'saveBatch') return go({ ...(batch as SyncBatch), transaction: '999999999' }, ...more);
    if (name === 'settleBatch' && lost) return Promise.reject(new Error('killed'));
    return go(batch, ...more);
  });
  const logLines: string[] = [];
  const parts = {
    ...{ store: dying, metrics: new Metrics(new Board(), { version: '0' }) },
    logger: pino({}, { write: (line: string) => void logLines.push(line) }),
  };
  const asked = { by: 'ada', reason: 'a restore', dryRun: false };
  const dead = new Repairs({ ...parts, workshops: new Map([[CHECK, pairs.workshop]]) });
  await expect(dead.apply(plan.id, asked)).rejects.toThrow('killed');
  await dead.stop();
  const sent =
    (await store.plan(plan.id))?.results.filter(({ outcome }) => outcome === 'writing').length ?? 0;
  expect(sent).toBeGreaterThan(2);
  await client.query('UPDATE r SET v = 1 WHERE id = 1; UPDATE r SET v = 9 WHERE id = 10');
  lost = false;
  const nowhere = watchPairs('postgres://nobody@127.0.0.1:1/nothing');
  const cut = new Repairs({ ...parts, workshops: new Map([[CHECK, nowhere.workshop]]) });
  cut.start();
  while (!logLines.join('').includes('cannot be told yet')) await sleep(20);
  expect(logLines.join('')).toContain('nothing listens there');
  expect((await store.plan(plan.id))?.state).toBe('applying');
  await cut.stop();
  await nowhere.close();
  const living = new Repairs({ ...parts, workshops: new Map([[CHECK, pairs.workshop]]) });
  living.start();
  while ((await store.plan(plan.id))?.state === 'applying') await sleep(20);
  await living.stop();
  const record = await store.plan(plan.id);
  const told = (key: number): unknown => {
    const { outcome, reason } = record?.results[plan.rows.findIndex((row) => row.key[0] === key)] ?? {};
    return [outcome, reason];
  };
  expect(record?.state).toBe('interrupted');
  expect(told(1)).toEqual(['skipped', expect.stringContaining('as it was before')]);
  expect(told(10)).toEqual(['failed', expect.stringContaining('nobody can tell')]);
  expect(told(11)).toEqual(['written', null]);
  expect(await auditedWrites(store, new Set([plan.id]))).toHaveLength(sent - 2);
}, 60_000);
