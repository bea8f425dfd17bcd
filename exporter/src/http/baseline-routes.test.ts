import {
  ADMIN_TOKEN,
  bearer,
  mismatch,
  serve,
  VIEWER_TOKEN,
  type Served,
} from '../../../tests/served-lockstep.ts';

const CHECK = 'progress_license';
let served: Served;

beforeEach(async () => {
  served = await serve();
  served.scene(CHECK).rows = [mismatch('1', '3', '5'), mismatch('2', '3', '5')];
});
afterEach(() => served.close());

interface Answer {
  readonly id: string;
  readonly detail: string;
  readonly baselines: readonly { readonly name: string; readonly current: boolean }[];
  readonly baseline: object | null;
}

async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, token = ADMIN_TOKEN) {
  const url = `/api/v1/${path}`;
  const response = await served.app.inject({
    method,
    url,
    headers: bearer(token),
    ...(payload && { payload }),
  });
  return { status: response.statusCode, body: response.json<Answer>() };
}

const create = (name: string) => ask('POST', 'baselines', { check: CHECK, name, note: 'a note' });

async function metric(name: string): Promise<string[]> {
  const { body } = await served.metrics.render('prometheus');
  return body.split('\n').filter((line) => line.startsWith(`${name}{`));
}

test('a baseline is compared with: drift, new, resolved and still there, by kind and by difference', async () => {
  await served.run(CHECK);
  const made = await create('before the move');
  expect(made).toMatchObject({
    status: 200,
    body: {
      ...{ check: CHECK, name: 'before the move', note: 'a note', created_by: 'ops', current: true },
      ...{ checked: 100, consistent: 98, inconsistent: 2, consistency_ratio: 0.98, capped: false },
    },
  });
  served.scene(CHECK).rows = [mismatch('2', '3', '4'), mismatch('3', '9', '4'), mismatch('4', '9', '4')];
  await served.run(CHECK);
  const compared = await ask('GET', `baselines/${made.body.id}/comparison`);
  expect(compared.body).toMatchObject({
    baseline: { name: 'before the move' },
    now: { inconsistent: 3, consistency_ratio: 0.97, held: false },
    drift_points: -1,
    new: { total: 2, by_kind: { mismatch: 2 }, by_difference: { '-5': 2 } },
    resolved: { total: 1, rows: [{ user_id: '1', progress_level: '3', license_level: '5' }] },
    still: { total: 1, by_difference: { '+1': 1 } },
    capped: false,
  });
});

test('metrics and the document of the check compare with the current one, and with none once it is gone', async () => {
  await served.run(CHECK);
  expect(await metric('lockstep_check_baseline_consistency_ratio')).toEqual([]);
  const { body: first } = await create('first');
  served.scene(CHECK).rows = [];
  await served.run(CHECK);
  await create('second');
  expect(await metric('lockstep_check_baseline_consistency_ratio')).toEqual([
    'lockstep_check_baseline_consistency_ratio{check="progress_license"} 1',
  ]);
  await ask('POST', `baselines/${first.id}/current`);
  expect(await metric('lockstep_check_baseline_consistency_ratio')).toEqual([
    'lockstep_check_baseline_consistency_ratio{check="progress_license"} 0.98',
  ]);
  expect((await metric('lockstep_check_baseline_drift_ratio'))[0]).toMatch(/ 0\.020*\d*$/);
  const document = await ask('GET', `checks/${CHECK}`, undefined, VIEWER_TOKEN);
  expect(document.body.baseline).toMatchObject({ id: first.id, consistency_ratio: 0.98, drift_points: 2 });
  await ask('DELETE', `baselines/${first.id}`);
  expect(await metric('lockstep_check_baseline_drift_ratio')).toEqual([]);
  expect((await ask('GET', 'baselines', undefined, VIEWER_TOKEN)).body.baselines).toMatchObject([
    { name: 'second', current: false },
  ]);
});

test('nothing is remembered before a run could look, nor while the numbers are held', async () => {
  expect(await create('too early')).toMatchObject({
    status: 409,
    body: { detail: expect.stringMatching(/no run to remember/) as string },
  });
  await served.run(CHECK);
  served.scene(CHECK).fails = new Error('gone');
  await served.run(CHECK);
  expect(await create('held')).toMatchObject({
    status: 409,
    body: { detail: expect.stringMatching(/held/) as string },
  });
  expect((await ask('GET', 'baselines')).body.baselines).toEqual([]);
});

test('a baseline that is not there is 404, a check that is not there too', async () => {
  expect((await ask('GET', 'baselines/nothing/comparison')).status).toBe(404);
  expect((await ask('POST', 'baselines/nothing/current')).status).toBe(404);
  expect((await ask('DELETE', 'baselines/nothing')).status).toBe(404);
  expect((await ask('POST', 'baselines', { check: 'progress_licence', name: 'x' })).body.detail).toMatch(
    /Did you mean "progress_license"/,
  );
});

test('a viewer sees numbers only, and every act is in the audit trail', async () => {
  await served.run(CHECK);
  const { body } = await create('mine');
  expect((await ask('GET', `baselines/${body.id}/comparison`, undefined, VIEWER_TOKEN)).status).toBe(403);
  expect((await ask('DELETE', `baselines/${body.id}`, undefined, VIEWER_TOKEN)).status).toBe(403);
  await ask('DELETE', `baselines/${body.id}`);
  const trail = (await served.store.auditTrail(10)).rows;
  expect(trail.map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
    ['ops', 'baseline.delete', body.id],
    ['ops', 'baseline.create', CHECK],
  ]);
});

test('the files of a baseline are for admins, and taking them is in the audit trail', async () => {
  await served.run(CHECK);
  const { body } = await create('mine');
  expect((await ask('GET', `baselines/${body.id}/files`, undefined, VIEWER_TOKEN)).status).toBe(403);
  const { files } = (await ask('GET', `baselines/${body.id}/files`)).body as unknown as {
    files: { name: string }[];
  };
  expect(files.map(({ name }) => name)).toContain('KNOWN_VIOLATIONS.md');
  expect((await served.store.auditTrail(1)).rows[0]).toMatchObject({
    action: 'baseline.export',
    subject: body.id,
  });
  expect((await ask('GET', 'baselines/nothing/files')).status).toBe(404);
});
