import { gunzipSync } from 'node:zlib';
import { asAdmin, checkNamed, mismatch, serve, type Served } from '../../../tests/served-lockstep.ts';
import { SourceError } from '../core/errors.ts';

const ROW = {
  user_id: '42',
  specialization: 'COACH',
  progress_level: '3',
  license_level: '2',
  recommended_action: 'sync_required',
};

let served: Served;
afterEach(() => served.close());

async function get(path: string) {
  const answer = await served.app.inject({ url: `/api/v1/health/${path}`, headers: asAdmin });
  return { code: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}
async function checkNow(query = '') {
  const answer = await served.app.inject({
    method: 'POST',
    url: `/api/v1/health/check-now${query}`,
    headers: asAdmin,
  });
  return { code: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

describe('with one check', () => {
  beforeEach(async () => {
    served = await serve();
  });

  test('before the first run the status is unknown with nulls, and there is no report', async () => {
    const status = await get('status');
    expect(status.body).toMatchObject({
      ...{ check: 'progress_license', status: 'unknown', last_check: null, consistency_rate: null },
      ...{ total_violations: null, requires_attention: false, violations: [] },
    });
    expect((await get('metrics')).body).toMatchObject({
      total_users: null,
      violations_count: null,
      status: 'unknown',
    });
    expect((await get('latest-report')).code).toBe(404);
    expect((await get('violations')).body).toMatchObject({ total_violations: null, violations: [] });
  });

  test('after a run the documents tell its exact numbers and every open violation by the names of the check', async () => {
    served.scene('progress_license').checked = 10;
    served.scene('progress_license').rows.push(mismatch('42'));
    await served.run('progress_license');
    expect((await get('status')).body).toMatchObject({
      ...{
        status: 'critical',
        consistency_rate: 90,
        total_violations: 1,
        requires_attention: true,
        held: false,
      },
      violations: [ROW],
    });
    expect((await get('latest-report')).body).toMatchObject({
      ...{ total_checked: 10, consistent: 9, inconsistent: 1, consistency_rate: 90, violations: [ROW] },
    });
    expect((await get('violations')).body).toMatchObject({ total_violations: 1, violations: [ROW] });
    expect((await get('metrics')).body).toMatchObject({
      ...{ consistency_rate: 90, violations_count: 1, consistent: 9, inconsistent: 1 },
      ...{ total_users: 10, total_users_monitored: 10, requires_attention: true },
    });
  });

  test('while the source is down the numbers stay, are marked as held, and last_check stands still', async () => {
    await served.run('progress_license');
    const before = (await get('status')).body;
    served.scene('progress_license').fails = new SourceError('app', 'connection refused');
    await served.run('progress_license');
    expect((await get('status')).body).toMatchObject({
      ...{ status: 'unknown', held: true, consistency_rate: 100, requires_attention: true },
      last_check: before['last_check'],
    });
    expect((await get('latest-report')).body).toMatchObject({ held: true, total_checked: 100 });
  });

  test('a dashboard that polls gets 304 until something changes, and gzip where it accepts it', async () => {
    served.scene('progress_license').rows.push(mismatch('42'));
    await served.run('progress_license');
    const url = '/api/v1/health/status';
    const first = await served.app.inject({ url, headers: { ...asAdmin, 'accept-encoding': 'gzip' } });
    expect(JSON.parse(gunzipSync(first.rawPayload).toString())).toMatchObject({ total_violations: 1 });
    expect(first.headers.vary).toBe('Accept-Encoding, Authorization');
    const headers = { ...asAdmin, 'if-none-match': String(first.headers.etag) };
    expect((await served.app.inject({ url, headers })).statusCode).toBe(304);
    served.scene('progress_license').rows.length = 0;
    await served.run('progress_license');
    const changed = await served.app.inject({ url, headers });
    expect(changed.statusCode).toBe(200);
    expect(changed.json()).toMatchObject({ total_violations: 0, violations: [] });
  });

  test('all of more violations than one page of the store are listed', async () => {
    const { rows } = served.scene('progress_license');
    served.scene('progress_license').checked = 5_000;
    for (let user = 0; user < 2_345; user += 1) rows.push(mismatch(String(user)));
    await served.run('progress_license');
    const { body } = await get('violations');
    const users = new Set((body['violations'] as { user_id: string }[]).map((row) => row.user_id));
    expect([body['total_violations'], users.size]).toEqual([2_345, 2_345]);
  });

  test('check-now runs, waits, and tells what this run saw', async () => {
    served.scene('progress_license').rows.push(mismatch('42'));
    const { code, body } = await checkNow();
    expect(code).toBe(200);
    expect(body).toMatchObject({
      check: 'progress_license',
      outcome: 'fail',
      dry_run: false,
      inconsistent: 1,
      violations: [ROW],
    });
    expect((await served.store.run(String(body['run_id'])))?.outcome).toBe('fail');
    const { rows } = await served.store.auditTrail(10);
    expect(rows[0]).toMatchObject({ action: 'run.read', subject: 'progress_license' });
    expect(rows[1]).toMatchObject({
      actor: 'ops',
      action: 'check.run',
      subject: '*',
      details: { dry_run: false },
    });
  });

  test('a dry run tells what it saw and changes nothing', async () => {
    served.scene('progress_license').rows.push(mismatch('42'));
    const { body } = await checkNow('?dry_run=true&check=progress_license');
    expect(body).toMatchObject({ dry_run: true, inconsistent: 1, violations: [ROW] });
    expect((await get('status')).body).toMatchObject({ status: 'unknown', last_check: null });
    expect(await served.store.lastRun('progress_license')).toBeNull();
  });

  test('check-now on a source that is down answers 200 with the reason and without numbers', async () => {
    served.scene('progress_license').fails = new SourceError(
      'app',
      'connection refused; is the database up?',
    );
    const { code, body } = await checkNow();
    expect(code).toBe(200);
    expect(body).toMatchObject({ outcome: 'error', status: 'unknown', total_checked: null, violations: [] });
    expect(body['error']).toBe('source "app": connection refused; is the database up?');
  });

  test('check-now is 409 with the id of the run that is going on', async () => {
    let release = (): void => undefined;
    served.scene('progress_license').until = new Promise<void>((resolve) => (release = resolve));
    const { runId, finished } = served.lockstep.startRun('progress_license', { dryRun: false });
    const { code, body } = await checkNow();
    expect([code, body['run_id']]).toEqual([409, runId]);
    release();
    await finished;
  });

  test('an unknown check is 404 with the nearest name, an unknown parameter 400 with its name', async () => {
    const unknown = await get('status?check=progres_license');
    expect([unknown.code, unknown.body['suggestion']]).toEqual([404, 'progress_license']);
    const mistyped = await get('status?chek=progress_license');
    expect([mistyped.code, mistyped.body['field']]).toEqual([400, 'chek']);
  });
});

describe('with several checks', () => {
  beforeEach(async () => {
    served = await serve({ checks: ['fine', 'bad', 'worse', 'new'].map((name) => checkNamed(name)) });
    served.scene('bad').rows.push(...['1', '2', '3', '4', '5', '6'].map((user) => mismatch(user)));
    served.scene('worse').rows.push(...['1', '2', '3', '4', '5', '6', '7'].map((user) => mismatch(user)));
    for (const check of ['fine', 'bad', 'worse']) await served.run(check);
  });

  test('the worst leads, the lowest rate among equals, and each is listed', async () => {
    const { body } = await get('status');
    expect(body).toMatchObject({ check: 'worse', status: 'critical', consistency_rate: 93 });
    expect((body['violations'] as unknown[]).length).toBe(7);
    expect(body['checks']).toMatchObject([
      { check: 'fine', status: 'healthy', consistency_rate: 100 },
      { check: 'bad', status: 'critical', consistency_rate: 94 },
      { check: 'worse', status: 'critical', consistency_rate: 93 },
      { check: 'new', status: 'unknown', consistency_rate: null },
    ]);
  });

  test('?check= chooses one', async () => {
    const { body } = await get('status?check=bad');
    expect(body).toMatchObject({ check: 'bad', consistency_rate: 94, checks: [{ check: 'bad' }] });
    expect((body['violations'] as unknown[]).length).toBe(6);
  });

  test('the report leaves out what was never looked at', async () => {
    const { body } = await get('latest-report');
    expect((body['checks'] as { check: string }[]).map(({ check }) => check)).toEqual([
      'fine',
      'bad',
      'worse',
    ]);
  });

  test('check-now runs all, and passes over what is running already', async () => {
    let release = (): void => undefined;
    served.scene('fine').until = new Promise<void>((resolve) => (release = resolve));
    const { runId, finished } = served.lockstep.startRun('fine', { dryRun: false });
    const { code, body } = await checkNow();
    expect([code, body['check']]).toEqual([200, 'worse']);
    expect(body['checks']).toMatchObject([
      { check: 'fine', outcome: 'running', run_id: runId },
      { check: 'bad', outcome: 'fail', inconsistent: 6 },
      { check: 'worse', outcome: 'fail', inconsistent: 7 },
      { check: 'new', outcome: 'pass', inconsistent: 0 },
    ]);
    release();
    await finished;
  });
});

test('check-now leaves a disabled check alone unless it is asked for by name', async () => {
  served = await serve({ checks: [checkNamed('on'), checkNamed('off', { enabled: false })] });
  expect((await checkNow()).body['checks']).toMatchObject([{ check: 'on', outcome: 'pass' }]);
  expect((await checkNow('?check=off')).body['checks']).toMatchObject([{ check: 'off', outcome: 'pass' }]);
});

test('a server without any check answers with nulls', async () => {
  served = await serve({ checks: [] });
  expect((await get('status')).body).toMatchObject({
    check: null,
    status: 'unknown',
    checks: [],
    violations: [],
  });
  expect((await checkNow()).code).toBe(404);
});
