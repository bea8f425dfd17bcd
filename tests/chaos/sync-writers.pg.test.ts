/** Syncs while 500 clients write the same rows: nothing of theirs is lost, nothing is parted by us, nobody deadlocks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { planCounts, type PlanCounts } from '../../exporter/src/core/sync-plan.ts';
import { Metrics } from '../../exporter/src/metrics.ts';
import { Board } from '../../exporter/src/runner/board.ts';
import { postgres } from '../../exporter/src/sources/postgres.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { RepairRefused } from '../../exporter/src/sync/refused.ts';
import { Repairs } from '../../exporter/src/sync/repairs.ts';
import { ownCluster, type OwnCluster } from '../own-cluster.ts';
import { startTypescript } from '../typescript-process.ts';
import type { Orders, Told } from './pair-writers.ts';
import { replay, type Entry } from './replay.ts';
import { APART, auditedWrites, CHECK, MENDER, sortedLines, TABLES, watchPairs } from './watched-pairs.ts';

const SECONDS = Number(process.env['LOCKSTEP_SYNC_SECONDS'] ?? 60);
const WRITERS = 500;
const PROCESSES = 2;
const KEYS = 100;
const ADMINS = 4;
/** before the syncs begin: what the writers do alone */
const ALONE = 0.2;

let folder: string;
let cluster: OwnCluster;
let client: pg.Client;
let store: Store;

beforeEach(async () => {
  cluster = await ownCluster({ settings: { max_connections: String(WRITERS + 60) } });
  folder = mkdtempSync(join(tmpdir(), 'lockstep-sync-writers-'));
  store = await openStore({ engine: 'sqlite', path: join(folder, 'lockstep.db') });
  client = new pg.Client({ connectionString: cluster.url });
  await client.connect();
  await client.query(TABLES);
  await client.query(
    `CREATE TABLE ledger (xid text DEFAULT pg_current_xact_id()::text, writer int, changes int)`,
  );
}, 120_000);
afterEach(async () => {
  await client.end();
  await store.close();
  await cluster.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function fill(keys: number): Promise<void> {
  for (const table of ['l', 'r'])
    await client.query(`INSERT INTO ${table} SELECT n, 1 FROM generate_series(1, $1::int) AS n`, [keys]);
  await client.query('TRUNCATE history');
}

async function letWrite(keys: number, ownLocks: boolean): Promise<Told> {
  const told = await Promise.all(
    Array.from({ length: PROCESSES }, async (_, nth): Promise<Told> => {
      const orders: Orders = {
        ...{ url: cluster.url, writers: WRITERS / PROCESSES, keys, seconds: SECONDS },
        ...{ ownLocks, nth, of: PROCESSES },
      };
      const { ended } = startTypescript(new URL('pair-writers.ts', import.meta.url), [
        JSON.stringify(orders),
      ]);
      const { code, output } = await ended;
      if (code !== 0) throw new Error(`the writers failed: ${output}`);
      return JSON.parse(output) as Told;
    }),
  );
  const errors: Record<string, number> = {};
  for (const [code, times] of told.flatMap((one) => Object.entries(one.errors)))
    errors[code] = (errors[code] ?? 0) + times;
  return { acknowledged: told.reduce((sum, one) => sum + one.acknowledged, 0), errors };
}

/** Several admins at once, each with plans of their own, until told to stop. */
async function letSync(stop: AbortSignal): Promise<PlanCounts & { readonly plans: readonly string[] }> {
  const { workshop, run, close } = watchPairs(cluster.url);
  const metrics = new Metrics(new Board(), { version: '0' });
  const repairs = new Repairs({
    ...{ store, metrics, logger: pino({ enabled: false }) },
    workshops: new Map([[CHECK, workshop]]),
  });
  const plans: string[] = [];
  const counts = { ...planCounts([]) };
  const look = async (): Promise<void> => {
    while (!stop.aborted) {
      await run(store);
      await sleep(100);
    }
  };
  const mend = async (by: string): Promise<void> => {
    while (!stop.aborted) {
      await sleep(20);
      const made = await repairs.plan(CHECK, {}, by).catch((error: unknown) => {
        if (error instanceof RepairRefused && error.kind === 'unfit') return null;
        throw error;
      });
      if (!made) continue;
      plans.push(made.plan.id);
      const { record } = await repairs.apply(made.plan.id, { by, reason: 'hot keys', dryRun: false });
      for (const { outcome } of record.results) counts[outcome] += 1;
    }
  };
  await Promise.all([look(), ...Array.from({ length: ADMINS }, (_, i) => mend(`admin${String(i)}`))]);
  await repairs.stop();
  await close();
  return { ...counts, plans };
}

async function history(): Promise<Entry[]> {
  const { rows } = await client.query<Entry>('SELECT xid, app, side, id, old, new FROM history ORDER BY seq');
  return rows;
}

async function tables(): Promise<Map<string, number>> {
  const { rows } = await client.query<{ side: string; id: number; v: number }>(
    `SELECT 'left' AS side, * FROM l UNION ALL SELECT 'right', * FROM r`,
  );
  return new Map(rows.map(({ side, id, v }) => [`${side} ${String(id)}`, v]));
}

async function count(sql: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(sql);
  return rows[0]?.n ?? -1;
}

/** What holds whatever the writers may do; returns how the pairs were parted. */
async function judge(told: Told, plans: readonly string[], keys: number): Promise<readonly Entry[]> {
  const entries = await history();
  const { faults, rows, parted } = replay(entries, keys);
  expect(faults).toEqual([]);
  expect(new Map([...rows].sort())).toEqual(new Map([...(await tables())].sort()));
  // each acknowledged transaction is there with every row that it was told to have changed
  expect(await count('SELECT count(*)::int AS n FROM ledger')).toBe(told.acknowledged);
  const incomplete = await count(`SELECT count(*)::int AS n FROM ledger AS w
    LEFT JOIN (SELECT xid, count(*) AS made FROM history GROUP BY xid) AS h ON h.xid = w.xid
    WHERE changes <> coalesce(made, 0)`);
  expect(incomplete).toBe(0);
  const ours = entries.filter(({ app }) => app === MENDER);
  expect(sortedLines(await auditedWrites(store, new Set(plans)))).toEqual(sortedLines(ours));
  expect(await count('SELECT count(*)::int AS n FROM journal')).toBe(ours.length);
  // backends tell their figures when they end
  expect(
    await count(`SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = current_database()`),
  ).toBe(0);
  expect(await store.unfinishedPlans()).toEqual([]);
  return parted;
}

function tell(figures: Readonly<Record<string, unknown>>): void {
  if (process.env['LOCKSTEP_SYNC_SECONDS'] !== undefined)
    process.stdout.write(`${JSON.stringify(figures)}\n`);
}

/** Writers alone first, then with syncs; and how fast they were. */
async function writeAndSync(
  keys: number,
  ownLocks: boolean,
): Promise<Told & Awaited<ReturnType<typeof letSync>>> {
  const stop = new AbortController();
  const writing = letWrite(keys, ownLocks).finally(() => {
    stop.abort();
  });
  const ledger = (): Promise<number> => count('SELECT count(*)::int AS n FROM ledger');
  while (!stop.signal.aborted && (await ledger()) < WRITERS) await sleep(50);
  const begun = [Date.now(), await ledger()] as const;
  await sleep(SECONDS * 1000 * ALONE);
  const synced = [Date.now(), await ledger()] as const;
  const syncs = await letSync(stop.signal);
  const ended = [Date.now(), await ledger()] as const;
  const told = await writing;
  const rate = (a: readonly [number, number], b: readonly [number, number]): number =>
    Math.round(((b[1] - a[1]) / (b[0] - a[0])) * 1000);
  const { plans, ...counts } = syncs;
  tell({
    ...told,
    alone: rate(begun, synced),
    withSyncs: rate(synced, ended),
    plans: plans.length,
    ...counts,
  });
  return { ...told, ...syncs };
}

it.each([
  ["that queue behind each other's rows", false],
  ['with locks of their own, in any order', true],
])(
  'syncs under 500 writers %s lose no update of theirs, part no pair, and bring nobody a deadlock',
  async (_writers, ownLocks) => {
    await fill(KEYS);
    const { acknowledged, errors, plans, written, failed } = await writeAndSync(KEYS, ownLocks);
    expect(errors).toEqual({});
    const parted = await judge({ acknowledged, errors }, plans, KEYS);
    expect(parted.filter(({ app }) => app !== 'writer')).toEqual([]);
    expect(failed).toBe(0);
    // else nothing was proved
    expect(parted.length).toBeGreaterThan(50);
    expect(written).toBeGreaterThan(5);
  },
  SECONDS * 1000 + 400_000,
);

/** Does what no trigger sees, as replication does: parts one of the keys that are not watched by {@link observe}. */
async function partByHand(stop: AbortSignal): Promise<void> {
  const own = new pg.Client({ connectionString: cluster.url, application_name: 'replication' });
  await own.connect();
  await own.query('SET session_replication_role = replica');
  const statements = ['UPDATE l SET v = v + 1', 'UPDATE r SET v = v + 1', 'DELETE FROM l', 'DELETE FROM r'];
  for (let turn = 0; !stop.aborted; turn += 1) {
    const id = KEYS + 1 + Math.floor(Math.random() * PARTED_KEYS);
    // one after the other with the writers, or nobody could tell afterwards who has parted a pair
    const turned = `SELECT pg_advisory_xact_lock(7, ${String(id)})`;
    await own.query(`${turned}; ${statements[turn % statements.length] ?? ''} WHERE id = ${String(id)}`);
    await sleep(20);
  }
  await own.end();
}

/** How many of the first keys were apart, snapshot after snapshot. */
async function observe(stop: AbortSignal): Promise<number[]> {
  const own = new pg.Client({ connectionString: cluster.url });
  await own.connect();
  const seen: number[] = [];
  while (!stop.aborted) {
    const sql = `SELECT count(*)::int AS n FROM (${APART}) AS apart WHERE id <= ${String(KEYS)}`;
    seen.push((await own.query<{ n: number }>(sql)).rows[0]?.n ?? -1);
    await sleep(10);
  }
  await own.end();
  return seen;
}

/** keys that are parted by hand, beside those that nobody but writers and syncs touches */
const PARTED_KEYS = 40;

it(
  'with the migration of `lockstep enforce` no pair is ever apart at a commit, and syncs mend what was apart',
  async () => {
    const keys = KEYS + PARTED_KEYS;
    await fill(keys);
    const { check } = watchPairs(cluster.url);
    const prevention = coupling.prevention!(check);
    await client.query(postgres.prevent!({ check: CHECK, ...prevention, mode: 'refuse' }).up);
    const stop = new AbortController();
    const [seen, { plans, written, failed, ...told }] = await Promise.all([
      observe(stop.signal),
      writeAndSync(keys, true).finally(() => {
        stop.abort();
      }),
      partByHand(stop.signal),
    ]);
    expect(Object.keys(told.errors)).toEqual(['23514']);
    const parted = await judge(told, plans, keys);
    expect(parted.filter(({ app }) => app !== 'replication')).toEqual([]);
    expect(new Set(seen)).toEqual(new Set([0]));
    expect(failed).toBe(0);
    // else nothing was proved
    expect(parted.length).toBeGreaterThan(50);
    expect(told.errors['23514']).toBeGreaterThan(50);
    expect(seen.length).toBeGreaterThan(20);
    expect(written).toBeGreaterThan(5);
  },
  SECONDS * 1000 + 400_000,
);
