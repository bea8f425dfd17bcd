import { type DataFrame, getDefaultTimeRange, LoadingState, type PanelData } from '@grafana/data';
import { act, renderHook, waitFor } from '@testing-library/react';
import { type Check, ExporterApi } from '../../datasource/api';
import { statusFrame } from '../../datasource/frames/status';
import { CHECK, checkWith, HEALTHY } from '../../testing/documents';
import { type FakeProxy, PROXY, proxyOfGrafana, refusal, signedInAs } from '../../testing/grafana';
import { useCheck } from './useCheck';

const api = new ExporterApi(PROXY);
const timeRange = getDefaultTimeRange();

function dataOf(check: Check | null, part: Partial<PanelData> = {}): PanelData {
  const series: DataFrame[] = check === null ? [] : [statusFrame('A', check)];
  return { state: LoadingState.Done, series, timeRange, ...part };
}

/** As Grafana hands over a query that failed. */
const FAILED = dataOf(null, { state: LoadingState.Error, errors: [{ message: 'failed' }] });

interface Props {
  data: PanelData;
  named?: string;
  refreshes?: number;
}

function hook(initialProps: Props) {
  return renderHook(({ data, named = '', refreshes = 0 }: Props) => useCheck(api, data, named, refreshes), {
    initialProps,
  });
}

let proxy: FakeProxy;

beforeEach(() => {
  proxy = proxyOfGrafana();
  signedInAs('Viewer');
  proxy.answer(`GET numbers/checks/${CHECK.name}`, CHECK);
  proxy.answer(`GET numbers/checks/${HEALTHY.name}`, HEALTHY);
  proxy.answer('GET numbers/checks', { status: 'degraded', checks: [HEALTHY, CHECK] });
});

test('what the query brought is shown, and nothing is asked again', () => {
  const { result } = hook({ data: dataOf(CHECK) });
  expect(result.current).toEqual({ check: CHECK, failure: null });
  expect(proxy.asked).toEqual([]);
});

test('a check that the options name is read, and the query’s is not shown in its place', async () => {
  const { result } = hook({ data: dataOf(CHECK), named: HEALTHY.name });
  expect(result.current.check).toBeNull();
  await waitFor(() => expect(result.current.check).toEqual(HEALTHY));
  expect(proxy.asked).toEqual([`GET numbers/checks/${HEALTHY.name}`]);
});

test('an Editor’s is read with the reason why a run could not look', async () => {
  signedInAs('Editor');
  const { result } = hook({ data: dataOf(null), named: CHECK.name });
  await waitFor(() => expect(result.current.failure).not.toBeNull());
  expect(proxy.asked).toEqual([`GET rows/checks/${CHECK.name}`]);
});

test('after a run of ours it is read again, and a newer answer of the query wins', async () => {
  const older = checkWith({ last_attempt: '2026-03-01T10:00:00.000Z', owner: 'older' });
  const { result, rerender } = hook({ data: dataOf(older) });
  rerender({ data: dataOf(older), refreshes: 1 });
  await waitFor(() => expect(result.current.check).toEqual(CHECK));
  const newer = checkWith({ last_attempt: '2026-03-01T10:10:00.000Z', owner: 'newer' });
  rerender({ data: dataOf(newer), refreshes: 1 });
  expect(result.current.check?.owner).toBe('newer');
  // what is read once more is older than that
  await waitFor(() => expect(proxy.asked).toHaveLength(2));
  await act(async () => undefined);
  expect(result.current.check?.owner).toBe('newer');
});

test('a failed query is asked again to learn why, and what was known stays', async () => {
  const { result, rerender } = hook({ data: dataOf(CHECK) });
  proxy.answer(`GET numbers/checks/${CHECK.name}`, () => {
    throw refusal(502);
  });
  rerender({ data: dataOf(CHECK, { state: LoadingState.Error, errors: [{ message: 'failed' }] }) });
  await waitFor(() => expect(result.current.failure).toMatchObject({ reason: 'unreachable' }));
  expect(result.current.check).toEqual(CHECK);
});

test('a check that the exporter does not know is told, and no other shown in its place', async () => {
  proxy.answer('GET numbers/checks/nobody', () => {
    throw refusal(404, { status: 404, detail: 'There is no check "nobody".' });
  });
  const { result, rerender } = hook({ data: dataOf(CHECK), named: CHECK.name });
  rerender({ data: FAILED, named: 'nobody' });
  await waitFor(() => expect(result.current.failure).toMatchObject({ reason: 'not_found' }));
  expect(result.current.check).toBeNull();
});

test('while a query is loading nothing is asked for in its place', () => {
  const { result } = hook({ data: dataOf(null, { state: LoadingState.Loading }), named: CHECK.name });
  expect([result.current.check, proxy.asked]).toEqual([null, []]);
});

test('a query without a name that failed once is asked again for the check to look at first', async () => {
  const { result } = hook({ data: FAILED });
  await waitFor(() => expect(result.current.check).toEqual(CHECK));
});

test('a refused token is known from asking for all checks', async () => {
  proxy.answer('GET numbers/checks', () => {
    throw refusal(400, { status: 401, detail: 'No such token.' });
  });
  const { result } = hook({ data: FAILED });
  await waitFor(() => expect(result.current.failure).toMatchObject({ reason: 'unauthorized' }));
});

test('an exporter without checks says so', async () => {
  proxy.answer('GET numbers/checks', { status: 'unknown', checks: [] });
  const { result } = hook({ data: FAILED });
  await waitFor(() => expect(result.current.failure).toMatchObject({ message: expect.stringContaining('no check') }));
});
