import { CoreApp, type DataQueryRequest, type DataSourceInstanceSettings, dateTime } from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import { CHECK, checkWith, HEALTHY, violationOf } from '../testing/documents';
import { type FakeProxy, PROXY, proxyOfGrafana, variablesOfGrafana } from '../testing/grafana';
import { LockstepDataSource } from './datasource';
import type { LockstepJsonData, LockstepQuery, LockstepVariableQuery } from './query';
import { LockstepVariableSupport } from './variables';

let proxy: FakeProxy;

async function valuesOf(target: Partial<LockstepVariableQuery>): Promise<string[]> {
  const settings = { url: PROXY, jsonData: { exporterUrl: 'http://lockstep:9464' } };
  const datasource = new LockstepDataSource(settings as DataSourceInstanceSettings<LockstepJsonData>);
  const [from, to] = [dateTime(0), dateTime(1)];
  const request: DataQueryRequest<LockstepVariableQuery & LockstepQuery> = {
    ...{ app: CoreApp.Dashboard, requestId: 'Q1', timezone: 'utc', startTime: 0, interval: '1m', intervalMs: 60_000 },
    ...{ scopedVars: {}, range: { from, to, raw: { from, to } } },
    targets: [{ refId: 'A', queryType: 'status', values: 'checks', ...target }],
  };
  const { data } = await lastValueFrom(new LockstepVariableSupport(datasource).query(request));
  return data[0].fields.find(({ name }: { name: string }) => name === 'text').values;
}

beforeEach(() => {
  proxy = proxyOfGrafana();
  variablesOfGrafana({ check: CHECK.name });
  const other = checkWith({ ...HEALTHY, violation_kinds: ['missing', 'stale'] });
  proxy.answer('GET numbers/checks', { status: 'degraded', checks: [CHECK, other] });
});

test('the names of all checks, in the exporter’s order', async () => {
  expect(await valuesOf({ values: 'checks' })).toEqual([CHECK.name, HEALTHY.name]);
});

test('the kinds of every check, each once, or of the one that a variable names', async () => {
  expect(await valuesOf({ values: 'kinds' })).toEqual(['mismatch', 'missing', 'orphan', 'stale']);
  expect(await valuesOf({ values: 'kinds', check: '$check' })).toEqual(['mismatch', 'missing', 'orphan']);
  expect(await valuesOf({ values: 'kinds', check: 'nobody' })).toEqual([]);
});

test('names and kinds never ask for rows', async () => {
  await valuesOf({ values: 'checks' });
  await valuesOf({ values: 'kinds' });
  expect(proxy.asked).toEqual(['GET numbers/checks', 'GET numbers/checks']);
});

test('the values of a key field: each once, in the order of their numbers, from every page', async () => {
  const rows = (...ids: Array<number | null>) => ids.map((id, i) => violationOf(i, { row: { student_id: id } }));
  proxy.answer('GET rows/violations', (query: URLSearchParams) =>
    query.get('cursor') === 'p2'
      ? { rows: rows(2, 10), next_cursor: null, total: 5, capped: false }
      : { rows: rows(10, 9, null), next_cursor: 'p2', total: 5, capped: false }
  );
  expect(await valuesOf({ values: 'field', check: '$check', field: 'student_id' })).toEqual(['2', '9', '10']);
  expect(proxy.asked.slice(1)).toEqual([
    `GET rows/violations?check=${CHECK.name}&limit=1000&sort=key`,
    `GET rows/violations?check=${CHECK.name}&limit=1000&sort=key&cursor=p2`,
  ]);
});

test('without a field it is the first of the check’s key', async () => {
  proxy.answer('GET rows/violations', { rows: [violationOf(7)], next_cursor: null, total: 1, capped: false });
  expect(await valuesOf({ values: 'field', check: CHECK.name })).toEqual(['7']);
});

test('a list without end stops after ten pages', async () => {
  proxy.answer('GET rows/violations', { rows: [violationOf(1)], next_cursor: 'again', total: 1, capped: false });
  expect(await valuesOf({ values: 'field', check: CHECK.name, field: 'student_id' })).toEqual(['1']);
  expect(proxy.asked.filter((asked) => asked.startsWith('GET rows/'))).toHaveLength(10);
});
