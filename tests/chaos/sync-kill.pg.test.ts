/** kill -9 between any two steps of a sync: each row is either untouched, or written and in the audit trail. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { Metrics } from '../../exporter/src/metrics.ts';
import { Board } from '../../exporter/src/runner/board.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { Repairs, type Workshop } from '../../exporter/src/sync/repairs.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { startTypescript, type TypescriptProcess } from '../typescript-process.ts';
import { around } from './around.ts';
import type { Orders } from './mending.ts';
import {
  auditedWrites,
  CHECK,
  MENDER,
  sortedLines,
  TABLES,
  watchPairs,
  type AuditedWrite,
  type Change,
} from './watched-pairs.ts';

/** three batches of a plan, and as many of the plan that takes it back */
const PAIRS = 120;
const RANDOM_KILLS = 20;
const ONCE_A_BATCH = [
  'before write',
  'before saveBatch',
  'after saveBatch',
  'during COMMIT',
  'after write',
  'before settleBatch',
  'after settleBatch',
  'before settleRows',
  'after settleRows',
];
const ONCE_A_PLAN = ['before claimPlan', 'after claimPlan', 'before finishPlan', 'after finishPlan'];

type Kill = Pick<Orders, 'at' | 'nth'>;
const CHOSEN: readonly Kill[] = [
  // the first batch, the last one, and one that takes back
  ...ONCE_A_BATCH.flatMap((at) => [1, 3, 5].map((nth) => ({ at, nth }))),
  ...ONCE_A_PLAN.map((at) => ({ at, nth: 1 })),
];

const metrics = new Metrics(new Board(), { version: '0' });
let folder: string;
let database: TestDatabase;
let client: pg.Client;
let path: string;
const children: TypescriptProcess['child'][] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-sync-kill-'));
  path = join(folder, 'lockstep.db');
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(TABLES);
  for (const table of ['l', 'r'])
    await client.query(`INSERT INTO ${table} SELECT n, 1 FROM generate_series(1, ${String(PAIRS)}) AS n`);
  // gives a kill at random the time to come between two rows
  await client.query(`
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF current_setting('application_name') = '${MENDER}' THEN PERFORM pg_sleep(0.001); END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER slow AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION slow()`);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** The imports take longest; a process that waits for its turn has them behind it. */
async function prepare(kill: Kill): Promise<TypescriptProcess> {
  const orders: Orders = { url: database.url, path, ...kill };
  const started = startTypescript(new URL('mending.ts', import.meta.url), [JSON.stringify(orders)]);
  children.push(started.child);
  await Promise.race([once(started.lines, 'line'), started.ended]);
  return started;
}

async function letMendAndKill({ child, lines, ended }: TypescriptProcess, { at }: Kill): Promise<void> {
  child.kill('SIGUSR2');
  if (at === null) {
    await Promise.race([once(lines, 'line'), ended]);
    await sleep(Math.random() * 600);
    child.kill('SIGKILL');
  }
  const { code, output } = await ended;
  if (code !== null || child.signalCode !== 'SIGKILL')
    throw new Error(`it ended by itself, ${String(at)}: ${output}`);
}

/** A server may still carry out the last statement, even COMMIT, of a client that is gone. */
async function noSessions(): Promise<void> {
  const others =
    'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
  while ((await client.query(others)).rows.length > 0) await sleep(10);
}

interface Verdict {
  readonly writes: readonly Change[];
  readonly interrupted: number;
}

/** After a restart: what the database wrote down by itself is what plans and audit trail tell. */
async function judge(store: Store, judged: Set<string>): Promise<Verdict> {
  const history = await client.query<Change>(
    `SELECT xid, side, id, old, new FROM history WHERE app = $1 ORDER BY seq`,
    [MENDER],
  );
  const journal = await client.query<{ rows: number }>('SELECT count(*)::int AS rows FROM journal');
  const fresh = (await store.plans(CHECK, 1_000)).filter(({ plan }) => !judged.has(plan.id));
  const audited = await auditedWrites(store, new Set(fresh.map(({ plan }) => plan.id)));
  expect(sortedLines(audited)).toEqual(sortedLines(history.rows));
  expect(audited.every(({ actor }) => actor === 'ada')).toBe(true);
  expect(journal.rows[0]?.rows).toBe(history.rows.filter((row) => row.new !== null).length);
  let interrupted = 0;
  for (const { plan, state } of fresh) {
    judged.add(plan.id);
    if (state === 'interrupted') interrupted += 1;
    expect(['planned', 'applied', 'interrupted']).toContain(state);
    await judgePlan(store, plan.id, audited);
  }
  await client.query('TRUNCATE history, journal');
  return { writes: history.rows, interrupted };
}

async function judgePlan(store: Store, id: string, audited: readonly AuditedWrite[]): Promise<void> {
  const { plan, state, results } = (await store.plan(id))!;
  const inTrail = new Map(audited.filter((row) => row.plan === id).map((row) => [row.id, row]));
  const wrong = plan.rows.filter(({ key }, nth) => {
    const { outcome, after, inverse } = results[nth]!;
    const write = inTrail.get(Number(key[0]));
    if (outcome === 'written') return !write || !inverse || Number(after?.['v'] ?? 0) !== (write.new ?? 0);
    const told = state === 'applied' ? ['skipped'] : ['planned', 'skipped'];
    return write !== undefined || after !== null || inverse !== null || !told.includes(outcome);
  });
  expect(wrong).toEqual([]);
}

function repairsOf(store: Store, workshop: Workshop): Repairs {
  return new Repairs({
    ...{ store, metrics, logger: pino({ enabled: false }) },
    workshops: new Map([[CHECK, workshop]]),
  });
}

async function restart(store: Store): Promise<void> {
  const { workshop, close } = watchPairs(database.url);
  const repairs = repairsOf(store, workshop);
  repairs.start();
  await repairs.stop();
  expect(await store.unfinishedPlans()).toEqual([]);
  await close();
}

it('leaves each row untouched, or written and audited, wherever a sync is killed', async () => {
  const kills = [...CHOSEN, ...Array.from({ length: RANDOM_KILLS }, (): Kill => ({ at: null, nth: 0 }))];
  const judged = new Set<string>();
  let killsWithWrites = 0;
  let interrupted = 0;
  let next = prepare(kills[0]!);
  for (const [i, kill] of kills.entries()) {
    const mending = await next;
    const following = kills[i + 1];
    if (following) next = prepare(following);
    await letMendAndKill(mending, kill);
    await noSessions();
    const store = await openStore({ engine: 'sqlite', path });
    await restart(store);
    const verdict = await judge(store, judged);
    await store.close();
    if (verdict.writes.length > 0) killsWithWrites += 1;
    interrupted += verdict.interrupted;
  }
  expect(kills.length).toBeGreaterThanOrEqual(50);
  // else the kills came while nothing was going on
  expect(killsWithWrites).toBeGreaterThan(kills.length / 4);
  expect(interrupted).toBeGreaterThan(kills.length / 4);
}, 600_000);

it('does not take a batch for one that came to nothing when the store fails right after its commit', async () => {
  const store = await openStore({ engine: 'sqlite', path });
  const { workshop, run, close } = watchPairs(database.url);
  let failures = 1;
  const failing = around(store, (name, go, args) => {
    if (name !== 'settleBatch' || failures === 0) return go(...args);
    failures -= 1;
    return Promise.reject(new Error('the disk was full for a moment'));
  });
  const repairs = repairsOf(failing, workshop);
  await client.query('UPDATE l SET v = 2');
  await run(store);
  const { plan } = await repairs.plan(CHECK, {}, 'ada');
  const asked = { by: 'ada', reason: 'a full disk', dryRun: false };
  await expect(repairs.apply(plan.id, asked)).rejects.toThrow('the disk was full');
  await repairs.stop();
  const { writes, interrupted } = await judge(store, new Set());
  // a batch ends early where its locks have been held for long
  expect(writes.length).toBeGreaterThan(0);
  expect(writes.length).toBeLessThanOrEqual(50);
  expect(interrupted).toBe(1);
  await close();
  await store.close();
});
