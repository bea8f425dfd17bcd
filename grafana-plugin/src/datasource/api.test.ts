import { CHECK } from '../testing/documents';
import { proxyOfGrafana, PROXY, refusal } from '../testing/grafana';
import { ExporterApi } from './api';
import { ApiError, isApiError } from './failure';

const api = new ExporterApi(PROXY);

async function failureOf(answer: object): Promise<ApiError> {
  const proxy = proxyOfGrafana();
  proxy.answer('GET about', () => {
    throw answer;
  });
  const failure: unknown = await api.about().catch((error: unknown) => error);
  if (!isApiError(failure)) {
    throw new Error(`not an ApiError: ${String(failure)}`);
  }
  return failure;
}

test.each([
  [0, 'unreachable'],
  [400, 'invalid'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [409, 'conflict'],
  [422, 'invalid'],
  [429, 'too_many'],
  [500, 'failed'],
  [502, 'unreachable'],
  [503, 'unavailable'],
  [504, 'unreachable'],
])('status %d means %s', async (status, reason) => {
  const failure = await failureOf(refusal(status, { detail: 'why' }));
  expect(failure).toMatchObject({ reason, status, message: 'why' });
});

test('a 400 of Grafana’s proxy whose body says 401 is a refused token, and the body’s words are kept', async () => {
  const failure = await failureOf(refusal(400, { status: 401, title: 'Unauthorized', detail: 'No such token.' }));
  expect(failure).toMatchObject({ reason: 'unauthorized', status: 400, message: 'No such token.' });
});

test('words come from the exporter, else from Grafana, else from HTTP', async () => {
  expect((await failureOf(refusal(502, { message: 'Bad gateway of Grafana' }, 'Bad Gateway'))).message).toBe(
    'Bad gateway of Grafana'
  );
  expect((await failureOf(refusal(502, '<html>', 'Bad Gateway'))).message).toBe('Bad Gateway');
  expect((await failureOf(refusal(502, null, 'Bad Gateway'))).message).toBe('Bad Gateway');
});

test('what is no answer at all fails with its own words', async () => {
  expect(await failureOf(new TypeError('aborted'))).toMatchObject({ reason: 'failed', status: 0, message: 'aborted' });
});

test('an error of the other bundle’s class is known by its name; any other error is not', () => {
  const foreign = Object.assign(new Error('refused'), { name: 'ApiError', reason: 'forbidden' });
  expect(isApiError(foreign)).toBe(true);
  expect(isApiError(new Error('refused'))).toBe(false);
  expect(isApiError({ name: 'ApiError', reason: 'forbidden' })).toBe(false);
});

test('violations are asked for with one kind parameter per kind, and without what is empty', async () => {
  const proxy = proxyOfGrafana();
  proxy.answer('GET rows/violations', { rows: [], next_cursor: null, total: 0, capped: false });
  await api.violations(
    { check: 'a', kinds: ['mismatch', 'missing'], state: 'open', search: '' },
    { sort: 'key', order: 'desc', limit: 50, cursor: undefined }
  );
  expect(proxy.asked).toEqual([
    'GET rows/violations?check=a&state=open&kind=mismatch&kind=missing&sort=key&order=desc&limit=50',
  ]);
});

test('a search keeps its spaces, ampersands and signs', async () => {
  const proxy = proxyOfGrafana();
  let search: string | null = null;
  proxy.answer('GET rows/violations', (query: URLSearchParams) => {
    search = query.get('search');
    return {};
  });
  await api.violations({ search: 'a & b=ü+1#?' });
  expect(search).toBe('a & b=ü+1#?');
});

test('names and ids cannot leave their place in the path', async () => {
  const proxy = proxyOfGrafana();
  await expect(api.check('../rows/violations?x')).rejects.toMatchObject({ reason: 'not_found' });
  await expect(api.run('a/b')).rejects.toMatchObject({ reason: 'not_found' });
  expect(proxy.asked).toEqual(['GET numbers/checks/..%2Frows%2Fviolations%3Fx', 'GET numbers/runs/a%2Fb']);
});

test('each method asks on the route whose role it needs, and Grafana shows no toast of its own', async () => {
  const proxy = proxyOfGrafana();
  const calls = [
    api.about(),
    api.checks(),
    api.check('a'),
    api.checkWithReason('a'),
    api.runs('a', { limit: 10 }),
    api.run('r1'),
    api.history('a', { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' }),
    api.jobs(),
    api.violations({}),
    api.violation('v1'),
    api.startRun('a'),
    api.baselines('a'),
    api.comparison('b1'),
    api.createBaseline({ check: 'a', name: 'x' }),
    api.report('daily', 'a'),
    api.plans('a'),
    api.plan('p1'),
    api.makePlan({ check: 'a' }),
    api.applyPlan('p1', { reason: 'x' }),
    api.undoPlan('p1'),
    api.deployments({ from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' }),
  ];
  await Promise.allSettled(calls);
  expect(proxy.asked).toEqual([
    'GET about',
    'GET numbers/checks',
    'GET numbers/checks/a',
    'GET rows/checks/a',
    'GET numbers/checks/a/runs?limit=10',
    'GET numbers/runs/r1',
    'GET numbers/checks/a/history?from=2026-03-01T00%3A00%3A00.000Z&to=2026-03-02T00%3A00%3A00.000Z',
    'GET numbers/jobs',
    'GET rows/violations',
    'GET rows/violations/v1',
    'POST actions/checks/a/run',
    'GET numbers/baselines?check=a',
    'GET rows/baselines/b1/comparison',
    'POST actions/baselines',
    'GET numbers/reports/daily?format=html&check=a',
    'GET repairs/sync/plans?check=a',
    'GET repairs/sync/plans/p1',
    'POST repairs/sync/plans',
    'POST repairs/sync/plans/p1/apply',
    'POST repairs/sync/plans/p1/undo',
    'GET numbers/deployments?from=2026-03-01T00%3A00%3A00.000Z&to=2026-03-02T00%3A00%3A00.000Z',
  ]);
  expect(proxy.requests.map(({ showErrorAlert }) => showErrorAlert)).toEqual(calls.map(() => false));
});

test('the document is handed on as it came', async () => {
  const proxy = proxyOfGrafana();
  proxy.answer(`GET numbers/checks/${CHECK.name}`, CHECK);
  expect(await api.check(CHECK.name)).toEqual(CHECK);
});
