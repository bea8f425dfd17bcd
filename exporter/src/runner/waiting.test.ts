/** `consecutiveFailures`, and values that are measured: what the runner makes of runs in a row, with a real store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { checkOf } from '../../../tests/check-of.ts';
import { coupling } from '../checks/coupling.ts';
import type { CheckKind, Evaluated } from '../checks/kind.ts';
import type { Check } from '../core/check.ts';
import { SourceError } from '../core/errors.ts';
import { violationId, type Disagreement } from '../core/violation.ts';
import { Metrics } from '../metrics.ts';
import { openSqlite } from '../stores/sqlite.ts';
import type { Store } from '../stores/store.ts';
import { Board } from './board.ts';
import { Pings } from './pings.ts';
import { Runner, type FinishedRun } from './runner.ts';

const CHECKED = 10;
const side = (table: string) => ({ source: 'app', table, key: ['id'] });
const SPEC = { left: side('l'), right: side('r') };

let folder: string;
let store: Store;
let metrics: Metrics;
let names = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-waiting-'));
  store = await openSqlite(join(folder, 'lockstep.db'));
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the next look finds; null: it cannot look. */
interface Scene {
  rows: readonly Disagreement[] | null;
  more: Partial<Evaluated>;
}

function scripted(consecutiveFailures: number, kind: Partial<CheckKind> = {}, more: Partial<Check> = {}) {
  const scene: Scene = { rows: [], more: {} };
  const evaluate: CheckKind['evaluate'] = (_check, _look, onRow) => {
    if (scene.rows === null) return Promise.reject(new SourceError('app', 'gone'));
    scene.rows.forEach(onRow);
    return Promise.resolve({ checked: CHECKED, left: null, right: null, empty: false, ...scene.more });
  };
  names += 1;
  const check = checkOf(coupling, SPEC, { name: `check_${String(names)}`, consecutiveFailures, ...more });
  const board = new Board();
  metrics = new Metrics(board, { version: 'test' });
  metrics.configure({ checks: [check], sources: [], otherJobs: [], intervalsMs: new Map() });
  board.show([
    { check, latest: null, conclusive: null, running: null, nextRunAt: null, oldestOpenAt: null, entities: null, known: {}, baseline: null },
  ]); // prettier-ignore
  const lens = { check, kind: { ...coupling, ...kind, evaluate }, sources: new Map(), gates: [] };
  const logger = pino({ level: 'silent' });
  const lenses = new Map([[check.name, lens]]);
  const pings = new Pings({ sources: new Map(), metrics });
  const newRunner = () =>
    new Runner({ store, board, metrics, logger, lenses, logViolations: null, heartbeat: null, pings });
  let runner = newRunner();
  const look = (rows: Scene['rows'], dryRun = false): Promise<FinishedRun> => {
    scene.rows = rows;
    return runner.start(check.name, 'manual', { dryRun }).finished;
  };
  const restart = (): void => {
    runner = newRunner();
  };
  return { check, scene, look, restart };
}

const wrong = (...ids: number[]): Disagreement[] =>
  ids.map((id) => ({ kind: 'mismatch', key: [id], left: [1], right: [2] }));

async function openKeys(check: string): Promise<unknown[]> {
  return [...(await store.remembered(check, [])).values()].map(({ key }) => key[0]).sort();
}

async function sample(name: string): Promise<string | undefined> {
  const { body } = await metrics.render('prometheus');
  return body.split('\n').find((line) => line.startsWith(`${name}{`))?.split(' ')[1]; // prettier-ignore
}

test('a key is a violation in the third run in a row that finds it; until then the check passes', async () => {
  const { check, look } = scripted(3);
  for (const waiting of ['1', '1']) {
    const { run, rows } = await look(wrong(7));
    expect(run).toMatchObject({
      outcome: 'pass',
      status: 'healthy',
      result: { consistent: 10, inconsistent: 0 },
    });
    expect([rows, await openKeys(check.name), await sample('lockstep_check_waiting_rows')]).toEqual([
      [],
      [],
      waiting,
    ]);
  }
  const { run } = await look(wrong(7));
  expect(run).toMatchObject({
    outcome: 'fail',
    result: { inconsistent: 1, counts: { mismatch: 1 }, opened: 1 },
  });
  expect([await openKeys(check.name), await sample('lockstep_check_waiting_rows')]).toEqual([[7], '0']);
});

test('what is wrong counts for the error budget in every run, waiting or not', async () => {
  const { look } = scripted(3);
  for (const rows of [wrong(7), wrong(7), wrong(7, 8)]) await look(rows);
  expect(await sample('lockstep_check_rows_inconsistent_total')).toBe('4');
  expect(await sample('lockstep_check_rows_evaluated_total')).toBe('30');
});

test('a good run ends the wait, a run that could not look neither ends nor shortens it', async () => {
  const { check, look } = scripted(2);
  await look(wrong(7));
  await look([]);
  await look(wrong(7));
  expect(await openKeys(check.name)).toEqual([]);
  expect((await look(null)).run.outcome).toBe('error');
  expect(await openKeys(check.name)).toEqual([]);
  await look(wrong(7));
  expect(await openKeys(check.name)).toEqual([7]);
});

test('a dry run waits for nothing and changes no wait, and a restart waits anew', async () => {
  const { check, look, restart } = scripted(2);
  expect((await look(wrong(7), true)).rows).toEqual(wrong(7));
  await look(wrong(7));
  await look(wrong(7), true);
  expect(await openKeys(check.name)).toEqual([]);
  restart();
  await look(wrong(7));
  expect(await openKeys(check.name)).toEqual([]);
  await look(wrong(7));
  expect(await openKeys(check.name)).toEqual([7]);
});

test('whatever runs find, a key opens exactly after its streak, stays while it is found, and waits again after it resolved', async () => {
  const run = fc.oneof(
    { weight: 5, arbitrary: fc.subarray([1, 2, 3]) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(run, { maxLength: 10 }),
      async (needed, runs) => {
        const { check, look } = scripted(needed);
        const streaks = new Map<number, number>();
        for (const found of runs) {
          const { run: made } = await look(found && wrong(...found));
          for (const key of found === null ? [] : [1, 2, 3])
            streaks.set(key, found?.includes(key) ? (streaks.get(key) ?? 0) + 1 : 0);
          const open = [1, 2, 3].filter((key) => (streaks.get(key) ?? 0) >= needed);
          expect(await openKeys(check.name)).toEqual(open);
          if (found !== null) expect(made.result?.inconsistent).toBe(open.length);
        }
      },
    ),
    { numRuns: 25 },
  );
});

test('other measured values are the same violation: no step in its life, a mark holds, and the newest value is told', async () => {
  const { check, look } = scripted(1, { measures: true });
  const slow = (ms: number): Disagreement[] => [{ kind: 'mismatch', key: [7], left: [ms], right: [500] }];
  await look(slow(800));
  const id = violationId(check.name, [7]);
  const mark = {
    reason: 'being rebuilt',
    ticket: null,
    by: 'ada',
    at: 1,
    expiresAt: null,
    from: 'api',
  } as const;
  await store.markKnown([id], mark);
  const { run } = await look(slow(900));
  expect(run.result).toMatchObject({ opened: 0, resolved: 0 });
  const found = await store.violation(id);
  expect(found?.violation).toMatchObject({ state: 'known', left: [900], firstLeft: [800], timesSeen: 2 });
  expect(new Set(found?.life.map(({ event }) => event))).toEqual(new Set(['opened', 'marked']));
});

test('a row that the configuration accepts whatever its values are is new once, and not with every value', async () => {
  const known = { key: [7], left: null, right: null, reason: 'test user', ticket: null, expiresAt: null };
  const { check, look } = scripted(1, {}, { known: [known] });
  const level = (n: number): Disagreement[] => [{ kind: 'mismatch', key: [7], left: [n], right: [0] }];
  const opened: (number | undefined)[] = [];
  for (const n of [1, 2, 3]) opened.push((await look(level(n))).run.result?.opened);
  expect(opened).toEqual([1, 0, 0]);
  const found = await store.violation(violationId(check.name, [7]));
  expect(found?.violation).toMatchObject({ state: 'known', left: [3], timesReopened: 0, timesSeen: 3 });
  expect(found?.life.filter(({ event }) => event !== 'changed')).toHaveLength(2);
});

test('what a kind measured is told by name and held while it cannot look; its own latency stands for that of the look', async () => {
  const { scene, look } = scripted(1);
  scene.more = { latencyMs: 1_500, measuredMs: { p95: 1_500, worst: 2_000 } };
  for (const rows of [[], null]) {
    await look(rows);
    const { body } = await metrics.render('prometheus');
    expect(body.match(/^lockstep_check_(measured|latency)_seconds{.*$/gm)).toEqual([
      expect.stringMatching(/^lockstep_check_latency_seconds\{check="check_\d+"\} 1.5$/),
      expect.stringMatching(/^lockstep_check_measured_seconds\{check="check_\d+",measure="p95"\} 1.5$/),
      expect.stringMatching(/^lockstep_check_measured_seconds\{check="check_\d+",measure="worst"\} 2$/),
    ]);
  }
});
