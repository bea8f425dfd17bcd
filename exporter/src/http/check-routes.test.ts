import {
  asAdmin,
  asViewer,
  checkNamed,
  mismatch,
  serve,
  type Served,
} from '../../../tests/served-lockstep.ts';
import { SourceError } from '../core/errors.ts';

let served: Served;
beforeEach(async () => {
  served = await serve({ checks: [checkNamed('pairs'), checkNamed('roles')] });
});
afterEach(() => served.close());

async function get(url: string, headers: Record<string, string> = asViewer) {
  const answer = await served.app.inject({ url, headers });
  return { code: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}
function post(url: string) {
  return served.app.inject({ method: 'POST', url, headers: asAdmin });
}

test('checks are listed in the order of the configuration, under the worst status', async () => {
  served.scene('roles').rows.push(...['1', '2', '3'].map((user) => mismatch(user)));
  await served.run('pairs');
  await served.run('roles');
  const { body } = await get('/api/v1/checks');
  expect(body).toMatchObject({
    status: 'degraded',
    checks: [
      {
        name: 'pairs',
        status: 'healthy',
        last_outcome: 'pass',
        result: { checked: 100, consistency_rate: 100 },
      },
      {
        name: 'roles',
        status: 'degraded',
        last_outcome: 'fail',
        result: { counts: { missing_left: 0, mismatch: 3 } },
      },
    ],
  });
});

test('why a run could not look is told to admins only, because a database may quote a value', async () => {
  served.scene('pairs').fails = new SourceError('app', 'invalid input syntax: "Ann Example"');
  await served.run('pairs');
  for (const url of ['/api/v1/checks', '/api/v1/checks/pairs', '/api/v1/checks/pairs/runs']) {
    expect(JSON.stringify((await get(url, asViewer)).body)).not.toContain('Ann');
    expect(JSON.stringify((await get(url, asAdmin)).body)).toContain('Ann');
  }
});

test('a run that was started can be followed until it is over', async () => {
  let release = (): void => undefined;
  served.scene('pairs').until = new Promise<void>((resolve) => (release = resolve));
  const started = await post('/api/v1/checks/pairs/run');
  const { run_id: id, location } = started.json<{ run_id: string; location: string }>();
  expect([started.statusCode, started.headers.location]).toEqual([202, `/api/v1/runs/${id}`]);
  expect((await get(location)).body).toMatchObject({ id, state: 'running', outcome: null, result: null });
  expect((await get('/api/v1/checks/pairs')).body).toMatchObject({ running: { run_id: id } });
  const second = await post('/api/v1/checks/pairs/run?wait=true');
  expect([second.statusCode, second.json<{ run_id: string }>().run_id]).toEqual([409, id]);
  release();
  for (let tries = 0; tries < 200 && served.board.state('pairs')?.running; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect((await get(location)).body).toMatchObject({
    id,
    state: 'finished',
    outcome: 'pass',
    result: { checked: 100 },
  });
});

test('?wait=true answers with the finished run and its rows, and a dry run is not kept', async () => {
  served.scene('pairs').rows.push(mismatch('42'));
  const waited = await post('/api/v1/checks/pairs/run?wait=true');
  expect(waited.statusCode).toBe(200);
  expect(waited.json()).toMatchObject({
    state: 'finished',
    dry_run: false,
    violations: [{ user_id: '42' }],
    result: { opened: 1 },
  });
  const dry = await post('/api/v1/checks/pairs/run?dry_run=true');
  expect(dry.json()).toMatchObject({ dry_run: true, violations: [{ user_id: '42' }] });
  expect((await get(`/api/v1/runs/${dry.json<{ id: string }>().id}`)).code).toBe(404);
});

test('runs are paged newest first, and a foreign cursor is a 400 that names it', async () => {
  for (let run = 0; run < 3; run += 1) await served.run('pairs');
  const first = (await get('/api/v1/checks/pairs/runs?limit=2')).body;
  const cursor = encodeURIComponent(String(first['next_cursor']));
  const second = (await get(`/api/v1/checks/pairs/runs?limit=2&cursor=${cursor}`)).body;
  const ids = [...(first['rows'] as { id: string }[]), ...(second['rows'] as { id: string }[])].map(
    ({ id }) => id,
  );
  expect(new Set(ids).size).toBe(3);
  expect(second['next_cursor']).toBeNull();
  const foreign = await get(`/api/v1/checks/roles/runs?limit=2&cursor=${cursor}`);
  expect([foreign.code, foreign.body['field']]).toEqual([400, 'cursor']);
});

test('the history holds every run of the span asked for', async () => {
  served.scene('pairs').rows.push(mismatch('42'));
  await served.run('pairs');
  served.scene('pairs').rows.length = 0;
  await served.run('pairs');
  const { body } = await get('/api/v1/checks/pairs/history');
  expect(body['points']).toMatchObject([
    { span: 'run', checked: 100, inconsistent: 1, opened: 1, resolved: 0, min_ratio: 0.99 },
    { span: 'run', checked: 100, inconsistent: 0, opened: 0, resolved: 1, min_ratio: 1 },
  ]);
  const past = await get('/api/v1/checks/pairs/history?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z');
  expect(past.body).toMatchObject({ from: '2020-01-01T00:00:00.000Z', points: [] });
});

test.each([
  ['/api/v1/checks/pairs/history?from=yesterday', 'from'],
  ['/api/v1/checks/pairs/history?from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z', 'from'],
  ['/api/v1/checks/pairs/runs?limit=0', 'limit'],
  ['/api/v1/checks/pairs/runs?limit=many', 'limit'],
])('%s is a 400 that names "%s"', async (url, field) => {
  const { code, body } = await get(url);
  expect([code, body['field']]).toEqual([400, field]);
});

test('jobs tell when they ran and when they are due', async () => {
  await served.run('pairs');
  served.board.update('pairs', { nextRunAt: Date.UTC(2030, 0, 1) });
  expect((await get('/api/v1/jobs')).body['jobs']).toMatchObject([
    {
      job: 'pairs',
      check: true,
      running: false,
      consecutive_failures: 0,
      next_run: '2030-01-01T00:00:00.000Z',
    },
    { job: 'roles', check: true, last_run: null, next_run: null },
  ]);
});
