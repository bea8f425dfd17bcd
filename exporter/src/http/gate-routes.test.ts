import { setTimeout as sleep } from 'node:timers/promises';
import {
  asAdmin,
  asViewer,
  checkNamed,
  mismatch,
  serve,
  type Served,
} from '../../../tests/served-lockstep.ts';
import { prepareLook } from '../../../tests/conformance/looks.ts';
import { Compile } from 'typebox/compile';
import { GATE_LIMITS, type GateLimits } from '../core/gate.ts';
import { violationId } from '../core/violation.ts';
import { GateDocument } from './gate-schemas.ts';

const CHECK = 'progress_license';
const OTHER = 'orders';
const MINUTE = 60_000;
const stages = new Map<string, GateLimits>([
  // a busy machine is no slow API
  ['default', { ...GATE_LIMITS, latency: { investigate: 5, rollback: null } }],
  ['quick', GATE_LIMITS],
  ['canary', { ...GATE_LIMITS, consistency: { investigate: 0.5, rollback: 0.4 } }],
]);
let served: Served;

beforeEach(async () => {
  served = await serve({
    checks: [checkNamed(CHECK), checkNamed(OTHER), checkNamed('asleep', { enabled: false })],
    stages,
  });
  served.scene(CHECK).checked = 1_000;
});
afterEach(() => served.close());

async function get(query = '') {
  const answer = await served.app.inject({ url: `/api/v1/gate${query}`, headers: asViewer });
  return { status: answer.statusCode, body: answer.json<GateDocument & { detail: string; field: string }>() };
}

async function words(query = ''): Promise<string[]> {
  const { body } = await get(query);
  return body.reasons.map((reason) => `${reason.decision}: ${reason.words}`);
}

const wrong = (count: number) => Array.from({ length: count }, (_, i) => mismatch(String(i)));

async function look(rows: number): Promise<void> {
  served.scene(CHECK).rows = wrong(rows);
  await served.run(CHECK);
  await served.run(OTHER);
}

test('before any run it cannot tell, and says so of each check that is enabled', async () => {
  const { status, body } = await get();
  expect([status, body.decision, body.checks]).toEqual([200, 'unknown', [CHECK, OTHER]]);
  expect(body.reasons.map(({ words: text }) => text)).toEqual([
    'No check could look within the window and had something to judge by.',
    `${CHECK}: it has never been able to look.`,
    `${OTHER}: it has never been able to look.`,
  ]);
});

test.each<[number, string, string]>([
  [
    10,
    'proceed',
    'proceed: progress_license: 99.00 % of the keys agree, known violations left out; the limit is 99.00 %.',
  ],
  [
    11,
    'investigate',
    'investigate: progress_license: 98.90 % of the keys agree, known violations left out; below 99.00 % means investigate.',
  ],
  [
    20,
    'investigate',
    'investigate: progress_license: 98.00 % of the keys agree, known violations left out; below 99.00 % means investigate.',
  ],
  [
    21,
    'rollback',
    'rollback: progress_license: 97.90 % of the keys agree, known violations left out; below 98.00 % means roll back.',
  ],
])('with %i of 1,000 keys apart the decision is %s, in words', async (rows, decision, text) => {
  await look(rows);
  const { body } = await get('?for=10m');
  expect([...Compile(GateDocument).Errors(body)]).toEqual([]);
  expect(body).toMatchObject({ decision, stage: 'default', window_seconds: 600 });
  expect(await words()).toContain(text);
});

test('known violations are left out of the ratio, as the alerts leave them out', async () => {
  await look(30);
  expect((await get()).body.decision).toBe('rollback');
  await served.app.inject({
    ...{ method: 'POST', url: '/api/v1/violations/known', headers: asAdmin },
    payload: { ids: wrong(25).map(({ key }) => violationId(CHECK, key)), reason: 'moves in March' },
  });
  expect((await get()).body.decision).toBe('proceed');
});

test('a source that is down is investigated, and names the age of what is held', async () => {
  await look(0);
  served.scene(CHECK).fails = new Error('gone');
  await served.run(CHECK);
  expect((await get()).body.decision).toBe('investigate');
  expect((await words())[0]).toMatch(
    /^investigate: progress_license: the newest run could not look; what is known is held, from [\d.]+m?s ago\.$/,
  );
  served.scene(OTHER).fails = new Error('gone');
  await served.run(OTHER);
  expect((await get()).body.decision).toBe('unknown');
});

test('a check that has not looked within the window is not judged', async () => {
  await look(500);
  await sleep(1_100);
  const { body } = await get(`?for=1s&check=${CHECK}`);
  expect(body.decision).toBe('unknown');
  expect(body.reasons.map(({ signal }) => signal).slice(0, 2)).toEqual(['data', 'freshness']);
  expect(body.reasons.map(({ signal }) => signal)).not.toContain('consistency');
});

test('drift from the baseline counts, with its name', async () => {
  await look(0);
  const made = { check: CHECK, name: 'before', note: null, by: 'ops', at: Date.now() };
  served.board.update(CHECK, { baseline: await served.store.makeBaseline(made) });
  await look(20);
  expect(await words()).toContain(
    'proceed: progress_license: the rate moved by −2.00 points since the baseline “before”; the limit is −2.00 points.',
  );
  await look(51);
  expect(await words('?stage=canary')).toEqual(
    expect.arrayContaining([
      'rollback: progress_license: the rate moved by −5.10 points since the baseline “before”; below −5.00 points means roll back.',
    ]),
  );
});

test('scheduled runs that failed or were never made count against the schedule', async () => {
  const lastTick = Math.floor((Date.now() - 2 * MINUTE) / (5 * MINUTE)) * 5 * MINUTE;
  for (const back of [0, 1, 2, 4, 5]) {
    const at = lastTick - back * 5 * MINUTE + 20;
    const save = await prepareLook(served.store, CHECK, [], at);
    const failed = { outcome: 'error' as const, result: null, error: 'gone' };
    await served.store.saveRun(
      back === 1 ? { ...save, run: { ...save.run, ...failed }, changes: null } : save,
    );
  }
  await look(0);
  const { body } = await get('?for=30m');
  const reason = body.reasons.find(({ signal }) => signal === 'schedule');
  expect(reason).toMatchObject({ check: CHECK, decision: 'rollback', threshold: 0.99 });
  expect(reason?.words).toMatch(
    /^progress_license: of [56] scheduled runs [45] were made, 1 of them could not look: \d\d\.\d\d %; below 99\.00 % means roll back\.$/,
  );
});

test('errors of the server roll back, slow answers are looked into, and other refusals are neither', async () => {
  await look(0);
  expect((await get(`?check=nobody`)).status).toBe(404);
  expect((await get()).body.decision).toBe('proceed');
  served.control.reload = async () => {
    await sleep(250);
  };
  const reload = () => served.app.inject({ method: 'POST', url: '/-/reload', headers: asAdmin });
  await reload();
  expect((await get()).body.decision).toBe('proceed');
  expect((await get('?stage=quick')).body.decision).toBe('investigate');
  expect((await words('?stage=quick'))[0]).toMatch(/^investigate: 95 of 100 requests took up to [\d.]+m?s; above 200ms means investigate \(of the window only the last /); // prettier-ignore
  served.control.reload = () => Promise.reject(new Error('a fault'));
  await reload();
  expect((await get()).body.decision).toBe('rollback');
  expect((await words())[0]).toMatch(/^rollback: 1 of \d+ requests \(\d+\.\d\d %\) were answered with an error of the server; above 1\.00 % means roll back/); // prettier-ignore
}, 20_000);

test('a stage has limits of its own, and a wrong name is told the nearest', async () => {
  await look(30);
  expect((await get('?stage=canary')).body).toMatchObject({ decision: 'proceed', stage: 'canary' });
  expect(await get('?stage=canari')).toMatchObject({
    status: 404,
    body: {
      detail: 'There is no stage "canari". Did you mean "canary"?',
      field: 'stage',
      suggestion: 'canary',
    },
  });
  expect((await get('?stage=zzz')).body.detail).toBe(
    'There is no stage "zzz". The configuration has default, quick, canary.',
  );
});

test('checks may be chosen, and one that is disabled gives nothing to decide by', async () => {
  await look(500);
  expect((await get(`?check=${OTHER}`)).body).toMatchObject({ decision: 'proceed', checks: [OTHER] });
  expect((await get(`?check=${OTHER}&check=${CHECK}`)).body.decision).toBe('rollback');
  expect((await get('?check=asleep')).body).toMatchObject({ decision: 'unknown', checks: [] });
});

test.each([
  ['for=soon', 'for'],
  ['for=0s', 'for'],
  ['for=25h', 'for'],
  ['window=30m', 'window'],
])('%s is refused and names the field', async (query, field) => {
  const { status, body } = await get(`?${query}`);
  expect([status, body.field]).toEqual([400, field]);
});
