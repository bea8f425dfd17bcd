/** One job, one run: what the runner keeps, refuses and survives, with a real store and a real source. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import type { CheckKind } from '../../exporter/src/checks/kind.ts';
import { CHECK_KINDS } from '../../exporter/src/checks/register.ts';
import type { Config } from '../../exporter/src/config/config.ts';
import type { Check } from '../../exporter/src/core/check.ts';
import { Metrics } from '../../exporter/src/metrics.ts';
import { Board } from '../../exporter/src/runner/board.ts';
import type { Lens } from '../../exporter/src/runner/evaluation.ts';
import { Gate } from '../../exporter/src/runner/gate.ts';
import { Pings } from '../../exporter/src/runner/pings.ts';
import { Runner, type FinishedRun } from '../../exporter/src/runner/runner.ts';
import { RunningError } from '../../exporter/src/runner/running-error.ts';
import { postgres } from '../../exporter/src/sources/postgres.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { openSqlite } from '../../exporter/src/stores/sqlite.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { Watch } from '../../exporter/src/watch.ts';
import { checkOf } from '../check-of.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';

let database: TestDatabase;
let client: pg.Client;
let folder: string;
let store: Store;
let board: Board;
let metrics: Metrics;
let sources: ReadonlyMap<string, Source>;
const runners: Runner[] = [];
const pinging: Pings[] = [];
/** in production a minute */
const AGAIN_MS = 200;
const logger = pino({ level: 'silent' });

beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-runner-'));
  store = await openSqlite(join(folder, 'lockstep.db'));
  board = new Board();
  metrics = new Metrics(board, { version: 'test' });
  const gone = 'postgres://nobody@127.0.0.1:1/none';
  sources = new Map([
    ...['app', 'other'].map((name) => [name, postgres.open(name, { url: database.url })] as const),
    ['gone', postgres.open('gone', { url: gone })] as const,
  ]);
  await client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    CREATE TABLE l (id int PRIMARY KEY, v int); CREATE TABLE r (id int PRIMARY KEY, v int);
    INSERT INTO l SELECT n, 1 FROM generate_series(1, 10) AS n; INSERT INTO r TABLE l`);
});

afterEach(async () => {
  await Promise.all([...runners.splice(0), ...pinging.splice(0)].map((each) => each.stop()));
  await Promise.all([...sources.values()].map((source) => source.close()));
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const side = (source: string, table: string, more: object = {}) => ({
  source, table, key: ['id'], compare: ['v'], ...more,
}); // prettier-ignore

function pairs(name: string, change: Partial<Check> = {}, left: object = {}, right: object = {}): Check {
  const spec = { left: { ...side('app', 'l'), ...left }, right: { ...side('app', 'r'), ...right } };
  return checkOf(coupling, spec, { name, ...change });
}

/** Evaluates like a coupling unless said otherwise. */
const kindThat = (evaluate: CheckKind['evaluate']): CheckKind => ({ ...coupling, evaluate });
const never = (): Promise<never> => new Promise(() => undefined);

function runnerOf(checks: readonly (readonly [Check, CheckKind?])[], into: Store = store): Runner {
  const gates = new Map([...sources].map(([name, source]) => [name, new Gate(source.concurrency)]));
  const lenses = checks.map(([check, kind = coupling]): [string, Lens] => [
    check.name,
    { check, kind, sources, gates: check.sources.flatMap((name) => gates.get(name) ?? []) },
  ]);
  const all = checks.map(([check]) => check);
  board.show(
    all.map((check) => ({
      check, latest: null, conclusive: null, running: null, nextRunAt: null, oldestOpenAt: null, entities: null, known: {}, baseline: null,
    })),
  ); // prettier-ignore
  metrics.configure({ checks: all, sources: [...sources.keys()], otherJobs: [], intervalsMs: new Map() });
  const pings = new Pings({ sources, metrics }, AGAIN_MS);
  pinging.push(pings);
  const runner = new Runner({
    store: into,
    board,
    metrics,
    logger,
    lenses: new Map(lenses),
    logViolations: null,
    heartbeat: null,
    pings,
  });
  runners.push(runner);
  return runner;
}

const run = (runner: Runner, name = 'pairs'): Promise<FinishedRun> => runner.start(name, 'manual').finished;

async function openKeys(name = 'pairs'): Promise<unknown[]> {
  const open = [...(await store.remembered(name, [])).values()];
  return open.map((row) => row.key[0]).sort((a, b) => Number(a) - Number(b));
}

async function sample(line: string): Promise<number> {
  const { body } = await metrics.render('prometheus');
  const found = body.split('\n').find((each) => each.startsWith(`${line} `));
  return found === undefined ? Number.NaN : Number(found.slice(line.length + 1));
}

async function atWork(): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'lockstep %' AND state <> 'idle'`,
  );
  return rows[0]?.n ?? 0;
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    await sleep(20);
    if (Date.now() > end) throw new Error(`not within 10 s: ${what}`);
  }
}

test('a run that could not look opens nothing, resolves nothing and leaves the last numbers on show', async () => {
  const runner = runnerOf([[pairs('pairs')]]);
  await client.query('UPDATE r SET v = 2 WHERE id <= 2');
  const { run: first } = await run(runner);
  expect(first).toMatchObject({ outcome: 'fail', result: { checked: 10, inconsistent: 2, opened: 2 } });
  await client.query('ALTER TABLE r RENAME TO away; UPDATE away SET v = 1 WHERE id = 1');
  const { run: errored, rows } = await run(runner);
  expect(errored).toMatchObject({ outcome: 'error', status: 'unknown', result: null });
  expect(errored.error).toContain('there is no table "r"');
  expect(rows).toEqual([]);
  expect(await openKeys()).toEqual([1, 2]);
  expect(board.state('pairs')).toMatchObject({ latest: errored, conclusive: first, running: null });
  expect(await store.lastConclusiveRun('pairs')).toMatchObject({ id: first.id });
  expect(await sample('lockstep_check_up{check="pairs"}')).toBe(0);
  expect(await sample('lockstep_check_consistency_ratio{check="pairs"}')).toBe(0.8);
  expect(await sample('lockstep_source_up{source="app"}')).toBe(1);
  await client.query('ALTER TABLE away RENAME TO r');
  expect((await run(runner)).run).toMatchObject({ outcome: 'fail', result: { opened: 0, resolved: 1 } });
  expect(await openKeys()).toEqual([2]);
  expect(await sample('lockstep_check_up{check="pairs"}')).toBe(1);
});

test('a source that is gone is down, and only for the checks that need it', async () => {
  const away = pairs('away', {}, {}, { source: 'gone' });
  const runner = runnerOf([[pairs('pairs')], [away]]);
  const [near, far] = await Promise.all([run(runner), run(runner, 'away')]);
  expect([near.run.outcome, far.run.outcome]).toEqual(['pass', 'error']);
  expect(far.run.error).toContain('source "gone"');
  expect(await sample('lockstep_source_up{source="gone"}')).toBe(0);
  expect(await sample('lockstep_source_up{source="app"}')).toBe(1);
});

test('a source that nobody has asked is not down; one that was is asked again until it answers, though no check is due', async () => {
  const late = `${database.name}_late`;
  const url = new URL(database.url);
  url.pathname = `/${late}`;
  const source = postgres.open('late', { url: url.href });
  const ping = source.ping.bind(source);
  let under = 0;
  const together: number[] = [];
  const asked = jest.spyOn(source, 'ping').mockImplementation((limits) => {
    together.push((under += 1));
    return ping(limits).finally(() => (under -= 1));
  });
  sources = new Map([...sources, ['late', source]]);
  const runner = runnerOf([[pairs('nightly', {}, {}, { source: 'late' })], [pairs('other', {}, {}, { source: 'late' })]]); // prettier-ignore
  expect(await sample('lockstep_source_up{source="late"}')).toBeNaN();
  await Promise.all([run(runner, 'nightly'), run(runner, 'other')]);
  expect(await sample('lockstep_source_up{source="late"}')).toBe(0);
  await until(() => together.length > 2, 'the source is asked again and again');
  await client.query(`CREATE DATABASE ${late}`);
  try {
    await until(async () => (await sample('lockstep_source_up{source="late"}')) === 1, 'the source is up');
    asked.mockClear();
    await sleep(3 * AGAIN_MS);
    expect(asked).not.toHaveBeenCalled();
    expect(Math.max(...together)).toBe(1);
  } finally {
    await client.query(`DROP DATABASE ${late} WITH (FORCE)`);
  }
});

test('a stop ends the asking', async () => {
  const runner = runnerOf([[pairs('pairs', {}, {}, { source: 'gone' })]]);
  const asked = jest.spyOn(sources.get('gone')!, 'ping');
  await run(runner);
  await pinging[0]?.stop();
  await sleep(3 * AGAIN_MS);
  expect(asked).toHaveBeenCalledTimes(1);
});

test.each([{ right: 'app' }, { right: 'other' }])(
  'what heals within the settle window is no violation, what lasts is one ($right)',
  async ({ right }) => {
    const runner = runnerOf([[pairs('pairs', { settleMs: 600 }, {}, { source: right })]]);
    await client.query('UPDATE r SET v = 2 WHERE id IN (3, 4); DELETE FROM r WHERE id = 5');
    const running = run(runner);
    await sleep(300);
    await client.query(
      'UPDATE r SET v = 1 WHERE id = 3; UPDATE l SET v = 3 WHERE id = 4; DELETE FROM l WHERE id = 5',
    );
    const { run: settled, rows } = await running;
    expect(rows).toEqual([{ kind: 'mismatch', key: [4], left: [3], right: [2] }]);
    expect(settled.result).toMatchObject({ checked: 10, inconsistent: 1, consistent: 9, capped: false });
    expect(await openKeys()).toEqual([4]);
  },
);

test('a violation that is followed already needs no settle window to stay', async () => {
  const runner = runnerOf([[pairs('pairs', { settleMs: 5_000 })]]);
  await client.query('UPDATE r SET v = 2 WHERE id = 3');
  await run(runner);
  const start = Date.now();
  const { run: again } = await run(runner);
  expect(Date.now() - start).toBeLessThan(5_000);
  expect(again.result).toMatchObject({ inconsistent: 1, opened: 0, resolved: 0 });
});

test('a hung check is given up after its timeout, while others run on; its next run works', async () => {
  let hang = true;
  const hung = kindThat((...look) => (hang ? never() : coupling.evaluate(...look)));
  const elsewhere = { source: 'other' };
  const runner = runnerOf([
    [pairs('hung', { timeoutMs: 200 }), hung],
    [pairs('well', {}, elsewhere, elsewhere)],
  ]);
  const giveUp = run(runner, 'hung');
  expect((await run(runner, 'well')).run.outcome).toBe('pass');
  expect(board.state('hung')?.running).not.toBeNull();
  const { run: given } = await giveUp;
  expect(given).toMatchObject({ outcome: 'error', error: expect.stringContaining('cancelled after 200ms') as string }); // prettier-ignore
  hang = false;
  expect((await run(runner, 'hung')).run.outcome).toBe('pass');
});

test.each([
  ['an error', new TypeError('secret detail')],
  ['a text', 'secret detail'],
  ['nothing', undefined],
])(
  'a kind that throws %s costs its run, says nothing internal, and leaves the others running',
  async (_, thrown: unknown) => {
    const throwing = kindThat(() => {
      throw thrown as Error;
    });
    const rejecting = kindThat(async () => {
      await sleep(1);
      throw thrown as Error;
    });
    const runner = runnerOf([[pairs('throws'), throwing], [pairs('rejects'), rejecting], [pairs('well')]]);
    const [throws, rejects, well] = await Promise.all(
      ['throws', 'rejects', 'well'].map((name) => run(runner, name)),
    );
    for (const failed of [throws, rejects]) {
      expect(failed?.run).toMatchObject({ outcome: 'error', result: null });
      expect(failed?.run.error).not.toContain('secret');
    }
    expect(well?.run.outcome).toBe('pass');
    expect(await sample('lockstep_job_consecutive_failures{job_name="throws"}')).toBe(1);
  },
);

test('a check that runs already is refused with the run under way, and others are not', async () => {
  const slow = pairs('slow', {}, { where: 'pg_sleep(0.05) IS NOT NULL' });
  const runner = runnerOf([[slow], [pairs('quick', {}, { source: 'other' }, { source: 'other' })]]);
  const started = runner.start('slow', 'manual');
  expect(board.state('slow')?.running).toMatchObject({ runId: started.runId });
  expect(() => runner.start('slow', 'manual')).toThrow(RunningError);
  expect(() => runner.start('slow', 'manual', { dryRun: true })).toThrow(started.runId);
  await run(runner, 'quick');
  expect(board.state('slow')?.running).not.toBeNull();
  expect((await started.finished).run.outcome).toBe('pass');
  expect((await run(runner, 'slow')).run.outcome).toBe('pass');
});

function watchOf(check: Check, kind: CheckKind = coupling): Watch {
  const config: Config = {
    file: 'lockstep.yaml',
    sources: [{ name: 'app', engine: 'postgres', spec: { url: database.url } }],
    checks: [check],
    http: { host: '127.0.0.1', port: 0, tls: null, tokens: [], jwt: null, rateLimit: { max: 1, windowMs: 1 }, metricsBasicAuth: null, trustProxy: false },
    store: { engine: 'sqlite', path: '' },
    retention: { runsMs: 1, maxRuns: 1, rollupsMs: 1, violationsMs: 1, schedule: '0 0 1 1 *' },
    violationLog: null, heartbeat: null, alerts: { scrapeJob: 'lockstep', links: { runbooks: '', dashboards: '' } },
    reports: [],
      gate: { stages: new Map() }, logLevel: 'info',
  }; // prettier-ignore
  board.show([{ check, latest: null, conclusive: null, running: null, nextRunAt: null, oldestOpenAt: null, entities: null, known: {}, baseline: null }]); // prettier-ignore
  const registers = { kinds: { ...CHECK_KINDS, coupling: kind }, engines: { postgres } };
  return new Watch({ config, registers, store, board, metrics, logger });
}

const SKIPPED = 'lockstep_job_skipped_total{job_name="pairs",reason="overlap"}';

test('ticks that find their check still running are skipped and counted', async () => {
  const schedule = '* * * * * *';
  const watch = watchOf(pairs('slow', { schedule }, { where: 'pg_sleep(0.3) IS NOT NULL' }));
  watch.start();
  const skipped = SKIPPED.replace('pairs', 'slow');
  await until(async () => (await sample(skipped)) >= 2, 'two skipped ticks');
  expect(board.state('slow')?.nextRunAt).toBeGreaterThan(Date.now() - 1_000);
  await watch.stop();
  await until(async () => (await atWork()) === 0, 'the end of the statement');
});

/** Runs wait at the door while it is shut, and no longer than their signal lets them. */
function door() {
  let open: () => void = () => undefined;
  let shut: Promise<unknown> = Promise.resolve();
  const kind = kindThat(async (check, look, onRow) => {
    await Promise.race([
      shut,
      new Promise((resolve) => {
        look.signal.addEventListener('abort', resolve);
      }),
    ]);
    return coupling.evaluate(check, look, onRow);
  });
  const close = (): void => {
    shut = new Promise(
      (resolve) =>
        (open = () => {
          resolve(null);
        }),
    );
  };
  return {
    kind,
    close,
    open: () => {
      open();
    },
  };
}

const triggers = async (): Promise<string[]> =>
  (await store.runs('pairs', 100)).rows.map(({ trigger }) => trigger);

test('a tick that falls into a manual run has its run right after it; only the ticks after that are skipped', async () => {
  const entrance = door();
  const watch = watchOf(pairs('pairs', { schedule: '*/2 * * * * *' }), entrance.kind);
  watch.start();
  await until(async () => (await triggers()).length > 1, 'the runs of the start and of a tick');
  const next = (): number => board.state('pairs')?.nextRunAt ?? 0;
  const ticks = async (n: number): Promise<void> => {
    for (let left = n, at = next(); left > 0; left -= 1, at = next()) {
      await until(() => next() !== at, 'a tick');
    }
  };
  await until(() => board.state('pairs')?.running === null, 'no run under way');
  const before = await sample(SKIPPED);
  entrance.close();
  const { runId, finished } = watch.runner.start('pairs', 'manual');
  await ticks(2);
  const third = next();
  entrance.open();
  const { run: manual } = await finished;
  await until(async () => (await store.runs('pairs', 1)).rows[0]?.id !== runId, 'the run after');
  const { rows } = await store.runs('pairs', 100);
  const after = rows[rows.findIndex(({ id }) => id === runId) - 1];
  expect(after?.trigger).toBe('schedule');
  expect(after?.startedAt).toBeGreaterThanOrEqual(manual.finishedAt);
  expect(after?.startedAt).toBeLessThan(third);
  expect((await sample(SKIPPED)) - before).toBe(1);
  await watch.stop();
}, 30_000);

test('a tick whose run a reload cancels is made up for by the first run after it', async () => {
  const entrance = door();
  const check = pairs('pairs', { schedule: '* * * * * *' });
  const first = watchOf(check, entrance.kind);
  entrance.close();
  first.start();
  await until(
    async () => (await sample(SKIPPED)) >= 1,
    'the run of a tick, or a tick that waits for another',
  );
  const owed = await first.stop();
  expect([...owed]).toEqual(['pairs']);
  expect(await triggers()).toEqual([]);
  const second = watchOf({ ...check, schedule: '0 0 1 1 *' });
  second.start(owed);
  await until(async () => (await triggers()).length > 0, 'a run');
  expect(await triggers()).toEqual(['schedule']);
  expect([...(await second.stop())]).toEqual([]);
});

test('a stop in mid-run ends the statement on the server and remembers nothing of it', async () => {
  await client.query('UPDATE r SET v = 2');
  const runner = runnerOf([[pairs('pairs', { timeoutMs: 60_000 }, { where: 'pg_sleep(10) IS NOT NULL' })]]);
  const started = runner.start('pairs', 'manual');
  await until(async () => (await atWork()) > 0, 'a statement at work');
  const start = Date.now();
  await runner.stop();
  expect(Date.now() - start).toBeLessThan(5_000);
  await expect(started.finished).rejects.toThrow('cancelled: the exporter is stopping or reloading');
  await until(async () => (await atWork()) === 0, 'the end of the statement');
  expect(await store.lastRun('pairs')).toBeNull();
  expect(await openKeys()).toEqual([]);
  expect(() => runner.start('pairs', 'manual')).toThrow('stopping');
});

test('a stop during the settle window remembers nothing either', async () => {
  await client.query('UPDATE r SET v = 2');
  const runner = runnerOf([[pairs('pairs', { settleMs: 60_000 })]]);
  const started = runner.start('pairs', 'manual');
  await sleep(500);
  await runner.stop();
  await expect(started.finished).rejects.toThrow();
  expect(await store.lastRun('pairs')).toBeNull();
});

test('a capped check follows no more than it may, and resolves only what it saw to be well', async () => {
  await client.query(`INSERT INTO l SELECT n, 1 FROM generate_series(11, 1000) AS n; INSERT INTO r SELECT n, 2 FROM generate_series(11, 1000) AS n`); // prettier-ignore
  const runner = runnerOf([[pairs('pairs', { maxViolations: 5 })]]);
  const { run: first } = await run(runner);
  expect(first.result).toMatchObject({ inconsistent: 990, opened: 5, capped: true });
  const followed = await openKeys();
  // more of them now, and before those that are followed in any order of reading
  await client.query('UPDATE r SET v = 2 WHERE id <= 10');
  const { run: second } = await run(runner);
  expect(second.result).toMatchObject({ inconsistent: 1_000, opened: 0, resolved: 0, capped: true });
  expect(await openKeys()).toEqual(followed);
  await client.query('UPDATE r SET v = 1 WHERE id = $1', [followed[0]]);
  const { run: third } = await run(runner);
  expect(third.result).toMatchObject({ inconsistent: 999, opened: 1, resolved: 1, capped: true });
});

test('a dry run looks and changes nothing', async () => {
  await client.query('UPDATE r SET v = 2 WHERE id = 1');
  const runner = runnerOf([[pairs('pairs')]]);
  const { run: dry, rows } = await runner.start('pairs', 'manual', { dryRun: true }).finished;
  expect(dry).toMatchObject({ outcome: 'fail', result: { inconsistent: 1 } });
  expect(rows).toHaveLength(1);
  expect(await store.lastRun('pairs')).toBeNull();
  expect(await openKeys()).toEqual([]);
  expect(board.state('pairs')).toMatchObject({ latest: null, running: null });
  expect(await sample('lockstep_job_runs_total{job_name="pairs",outcome="fail"}')).toBe(0);
});

test('a run that could not be saved is not shown as one that looked', async () => {
  const broken = Object.assign(Object.create(store) as Store, {
    saveRun: () => Promise.reject(new Error('disk full')),
  });
  const runner = runnerOf([[pairs('pairs')]], broken);
  const { run: unsaved } = await run(runner);
  expect(unsaved).toMatchObject({ outcome: 'error', result: null });
  expect(unsaved.error).toContain('the run could not be saved');
  expect(board.state('pairs')?.conclusive).toBeNull();
});

test.each([1, 2])('a source is looked at by %i checks at a time', async (concurrency) => {
  await sources.get('app')?.close();
  const app = postgres.open('app', { url: database.url, concurrency });
  sources = new Map([...sources, ['app', app]]);
  let now = 0;
  let most = 0;
  const counted = kindThat(async (...look) => {
    now += 1;
    most = Math.max(most, now);
    await sleep(50);
    const population = await coupling.evaluate(...look);
    now -= 1;
    return population;
  });
  const names = ['a', 'b', 'c', 'd', 'e'];
  const runner = runnerOf(names.map((name) => [pairs(name), counted]));
  const runs = await Promise.all(names.map((name) => run(runner, name)));
  expect(runs.map((each) => each.run.outcome)).toEqual(names.map(() => 'pass'));
  expect(most).toBe(concurrency);
});

test('checks over the same two sources, in either order, never wait for each other for ever', async () => {
  const there = pairs('there', {}, { source: 'app' }, { source: 'other' });
  const back = pairs('back', {}, { source: 'other' }, { source: 'app' });
  const runner = runnerOf([[there], [back]]);
  for (let round = 0; round < 5; round += 1) {
    const both = await Promise.all([run(runner, 'there'), run(runner, 'back')]);
    expect(both.map((each) => each.run.outcome)).toEqual(['pass', 'pass']);
  }
});
