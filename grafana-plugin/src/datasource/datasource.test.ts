import {
  CoreApp,
  type DataFrame,
  type DataQueryRequest,
  type DataSourceInstanceSettings,
  dateTime,
} from '@grafana/data';
import type { Violation } from './api';
import { CHECK, checkWith, DETAIL, HEALTHY, JOB, PENDING, runOf, violationOf } from '../testing/documents';
import { type FakeProxy, PROXY, proxyOfGrafana, refusal, signedInAs, variablesOfGrafana } from '../testing/grafana';
import { LockstepDataSource } from './datasource';
import { statusMetaOf } from './frames/status';
import type { LockstepJsonData, LockstepQuery } from './query';

const FROM = '2026-03-01T10:00:00.000Z';
const TO = '2026-03-01T11:00:00.000Z';
const HISTORY = { check: CHECK.name, from: FROM, to: TO, points: [] };

let proxy: FakeProxy;

function datasource(exporterUrl = 'http://lockstep:9464'): LockstepDataSource {
  const settings = { id: 1, uid: 'lockstep', type: 'lockstep-consistency-datasource', name: 'Lockstep', url: PROXY };
  return new LockstepDataSource({
    ...settings,
    jsonData: { exporterUrl },
  } as DataSourceInstanceSettings<LockstepJsonData>);
}

function request(...targets: Array<Partial<LockstepQuery>>): DataQueryRequest<LockstepQuery> {
  const [from, to] = [dateTime(FROM), dateTime(TO)];
  return {
    ...{ app: CoreApp.Dashboard, requestId: 'Q1', timezone: 'utc', startTime: 0, interval: '1m', intervalMs: 60_000 },
    ...{ scopedVars: {}, range: { from, to, raw: { from, to } } },
    targets: targets.map((target, i) => ({ refId: `Q${i}`, queryType: 'status', ...target })),
  };
}

async function frameOf(target: Partial<LockstepQuery>): Promise<DataFrame> {
  const { data } = await datasource().query(request(target));
  return data[0];
}

function column(frame: DataFrame, name: string): unknown[] {
  return [...(frame.fields.find((field) => field.name === name)?.values ?? [])];
}

/** As the exporter pages: the cursor is where the next page begins. */
function listOf(count: number) {
  return (query: URLSearchParams) => {
    const [at, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit'))];
    const rows = Array.from({ length: Math.min(limit, count - at) }, (_, i): Violation => violationOf(at + i));
    const next = at + rows.length;
    return { rows, next_cursor: next < count ? String(next) : null, total: count, capped: false };
  };
}

beforeEach(() => {
  proxy = proxyOfGrafana();
  variablesOfGrafana({ check: CHECK.name });
  signedInAs('Viewer');
  proxy.answer('GET numbers/checks', { status: 'degraded', checks: [HEALTHY, CHECK] });
  proxy.answer(`GET numbers/checks/${CHECK.name}`, CHECK);
  proxy.answer(`GET rows/checks/${CHECK.name}`, checkWith({ error: 'only for Editors' }));
  proxy.answer(`GET numbers/checks/${CHECK.name}/history`, HISTORY);
  proxy.answer(`GET numbers/checks/${CHECK.name}/runs`, { rows: [], next_cursor: null });
  proxy.answer('GET numbers/jobs', { jobs: [JOB] });
});

test('a Viewer’s numbers never touch what is for Editors', async () => {
  const numbers = (['status', 'checks', 'history', 'runs', 'jobs'] as const).map((queryType) => ({ queryType }));
  const { data } = await datasource().query(
    request(...numbers, ...numbers.map((one) => ({ ...one, check: '$check' })))
  );
  expect(data).toHaveLength(10);
  expect(proxy.asked.filter((asked) => !asked.startsWith('GET numbers/'))).toEqual([]);
});

test('an Editor’s status tells why a run could not look', async () => {
  signedInAs('Editor');
  const meta = statusMetaOf(await frameOf({ check: CHECK.name }));
  expect(meta?.lockstep.check.error).toBe('only for Editors');
  expect(proxy.asked).toEqual([`GET rows/checks/${CHECK.name}`]);
});

test('a Viewer who administrates Grafana’s server is asked for like an Admin', async () => {
  signedInAs('Viewer', true);
  await frameOf({ check: CHECK.name });
  expect(proxy.asked).toEqual([`GET rows/checks/${CHECK.name}`]);
});

test('without a name it is the check that needs looking at first', async () => {
  expect(column(await frameOf({}), 'check')).toEqual([CHECK.name]);
});

test('an exporter without checks says so', async () => {
  proxy.answer('GET numbers/checks', { status: 'unknown', checks: [] });
  await expect(frameOf({})).rejects.toMatchObject({
    reason: 'not_found',
    message: expect.stringContaining('no check'),
  });
});

test('a refusal of the exporter reaches Grafana with its reason', async () => {
  proxy.answer('GET numbers/jobs', () => {
    throw refusal(400, { status: 401, detail: 'No such token.' });
  });
  await expect(frameOf({ queryType: 'jobs' })).rejects.toMatchObject({
    reason: 'unauthorized',
    message: 'No such token.',
  });
});

test('the checks and the jobs are all listed', async () => {
  expect(column(await frameOf({ queryType: 'checks' }), 'check')).toEqual([HEALTHY.name, CHECK.name]);
  expect(column(await frameOf({ queryType: 'jobs' }), 'job')).toEqual(['retention']);
});

test('the history is asked for within the dashboard’s range', async () => {
  await frameOf({ queryType: 'history', check: CHECK.name });
  const query = new URLSearchParams({ from: FROM, to: TO });
  expect(proxy.asked).toContain(`GET numbers/checks/${CHECK.name}/history?${query}`);
});

test('the life of one violation is told step by step', async () => {
  proxy.answer('GET rows/violations/v1', DETAIL);
  expect(column(await frameOf({ queryType: 'violation', violation: 'v1' }), 'event')).toEqual(['opened', 'changed']);
});

describe('violations', () => {
  const limits = () => proxy.asked.flatMap((asked) => asked.match(/(?<=[?&]limit=)\d+/) ?? []);

  test.each([
    [2_500, 2_300, ['1000', '1000', '300'], 2_300],
    [2_500, 5_000, ['1000', '1000', '1000'], 2_500],
    [2_500, undefined, ['1000'], 1_000],
    [3, 10, ['10'], 3],
    [0, 10, ['10'], 0],
  ])('of %d up to %p are read page by page', async (count, limit, asked, shown) => {
    proxy.answer('GET rows/violations', listOf(count));
    const frame = await frameOf({ queryType: 'violations', limit });
    expect(limits()).toEqual(asked);
    expect(column(frame, 'id')).toEqual(Array.from({ length: shown }, (_, i) => `v${i}`));
    expect(frame.meta?.custom).toMatchObject({ total: count });
  });

  test('are filtered and sorted by the exporter, and named by the fields of their check', async () => {
    proxy.answer('GET rows/violations', listOf(1));
    const filter = { check: '$check', kinds: ['mismatch'], state: 'all', search: 'x' } as const;
    const frame = await frameOf({ queryType: 'violations', ...filter, sort: 'key', order: 'asc', limit: 10 });
    expect(proxy.asked).toContain(
      `GET rows/violations?check=${CHECK.name}&state=all&search=x&kind=mismatch&sort=key&order=asc&limit=10`
    );
    expect(column(frame, 'course_id')).toEqual(['course-0']);
  });
});

describe('runs', () => {
  const route = `GET numbers/checks/${CHECK.name}/runs`;

  test('are those that began within the dashboard’s range, oldest first', async () => {
    const times = ['11:00:00.001', '11:00:00.000', '10:30:00.000', '10:00:00.000', '09:59:59.999'];
    const rows = times.map((time) => runOf(time, `2026-03-01T${time}Z`));
    proxy.answer(route, { rows, next_cursor: 'older' });
    const frame = await frameOf({ queryType: 'runs', check: CHECK.name });
    expect(column(frame, 'run')).toEqual(['10:00:00.000', '10:30:00.000', '11:00:00.000']);
    // what is older than the range is not read any further
    expect(proxy.asked.filter((asked) => asked.startsWith(route))).toHaveLength(1);
  });

  test('are read page by page as long as they are within it', async () => {
    proxy.answer(route, (query: URLSearchParams) =>
      query.get('cursor') === 'older'
        ? { rows: [runOf('r1', '2026-03-01T10:10:00.000Z')], next_cursor: null }
        : { rows: [runOf('r2', '2026-03-01T10:20:00.000Z')], next_cursor: 'older' }
    );
    expect(column(await frameOf({ queryType: 'runs', check: CHECK.name }), 'run')).toEqual(['r1', 'r2']);
  });

  test('stop at 2,000', async () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => runOf(`r${i}`, '2026-03-01T10:30:00.000Z'));
    proxy.answer(route, { rows, next_cursor: 'more' });
    const frame = await frameOf({ queryType: 'runs', check: CHECK.name });
    expect(frame.length).toBe(2_000);
    expect(proxy.asked.filter((asked) => asked.startsWith(route))).toHaveLength(2);
  });

  test('become marks when events are asked for', async () => {
    const rows = [
      runOf('r2', '2026-03-01T10:20:00.000Z', { status: 'critical' }),
      runOf('r1', '2026-03-01T10:10:00.000Z', { status: 'healthy' }),
    ];
    proxy.answer(route, { rows, next_cursor: null });
    const frame = await frameOf({ queryType: 'runs', check: CHECK.name, events: ['status_changes'] });
    expect(column(frame, 'title')).toEqual([`${CHECK.name}: healthy → critical`]);
    expect(proxy.asked.filter((asked) => asked.includes('deployments'))).toEqual([]);
  });

  test('are not asked for when deployments alone are to be marked; an exporter that knows of none marks none', async () => {
    const query: Partial<LockstepQuery> = { queryType: 'runs', check: CHECK.name, events: ['deployments'] };
    expect((await frameOf(query)).length).toBe(0);
    const deployed = { id: 'd1', at: FROM, name: 'shop', version: '7', stage: null, note: null, by: 'ci' };
    proxy.answer('GET numbers/deployments', { deployments: [deployed] });
    expect(column(await frameOf(query), 'title')).toEqual(['shop 7 deployed']);
    expect(proxy.asked.filter((asked) => asked.startsWith(route))).toEqual([]);
  });
});

test('a hidden query, and a violation not chosen yet, ask for nothing', async () => {
  const { data } = await datasource().query(
    request({ hide: true }, { queryType: 'violation' }, { queryType: 'violation', violation: '' })
  );
  expect([data, proxy.asked]).toEqual([[], []]);
});

test('a query saved without a type is a status, and a type there is not is refused', async () => {
  expect(statusMetaOf(await frameOf({ queryType: undefined, check: CHECK.name }))?.lockstep.check).toEqual(CHECK);
  const odd = { queryType: 'guess' } as unknown as Partial<LockstepQuery>;
  await expect(frameOf(odd)).rejects.toMatchObject({ reason: 'invalid', message: expect.stringContaining('"guess"') });
});

test('a new query shows the status', () => {
  expect(datasource().getDefaultQuery(CoreApp.Dashboard)).toEqual({ queryType: 'status' });
});

test('several queries are answered in their order', async () => {
  const { data } = await datasource().query(request({ queryType: 'jobs' }, { queryType: 'checks' }, {}));
  expect(data.map((frame: DataFrame) => [frame.refId, frame.name])).toEqual([
    ['Q0', 'jobs'],
    ['Q1', 'checks'],
    ['Q2', CHECK.name],
  ]);
});

test('“Save & test” asks the exporter, once there is a URL', async () => {
  expect(await datasource('').testDatasource()).toMatchObject({ status: 'error' });
  expect(proxy.asked).toEqual([]);
  await datasource().testDatasource();
  expect(proxy.asked).toEqual(['GET about']);
});

test('a check before its first run has a status and no numbers', async () => {
  proxy.answer(`GET numbers/checks/${CHECK.name}`, PENDING);
  const frame = await frameOf({ check: CHECK.name });
  expect([column(frame, 'status'), column(frame, 'violations'), column(frame, 'last_check')]).toEqual([
    ['unknown'],
    [null],
    [null],
  ]);
});
