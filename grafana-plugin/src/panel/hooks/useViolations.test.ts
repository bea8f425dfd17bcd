import { act, renderHook, waitFor } from '@testing-library/react';
import { ExporterApi } from '../../datasource/api';
import type { ViolationFilter } from '../../datasource/query';
import { violationOf } from '../../testing/documents';
import { type FakeProxy, PROXY, proxyOfGrafana, refusal } from '../../testing/grafana';
import { type Order, useViolations } from './useViolations';

const api = new ExporterApi(PROXY);
const FILTER: ViolationFilter = { check: 'a', state: 'open' };
const ORDER: Order = { sort: 'first_seen', order: 'desc' };
const PROPS = { filter: FILTER, order: ORDER, pageSize: 2, version: 1 };

let proxy: FakeProxy;
let count: number;
let failing: (cursor: string | null) => boolean;

beforeEach(() => {
  proxy = proxyOfGrafana();
  count = 5;
  failing = () => false;
  proxy.answer('GET rows/violations', (query: URLSearchParams) => {
    if (failing(query.get('cursor'))) {
      throw refusal(502);
    }
    const at = Number(query.get('cursor') ?? 0);
    const rows = Array.from({ length: Math.max(0, Math.min(Number(query.get('limit')), count - at)) }, (_, i) =>
      violationOf(at + i)
    );
    const next = at + rows.length;
    return { rows, next_cursor: next < count ? String(next) : null, total: count, capped: false };
  });
});

function hook() {
  const rendered = renderHook(
    (props: typeof PROPS) => useViolations(api, props.filter, props.order, props.pageSize, props.version),
    { initialProps: PROPS }
  );
  const { result } = rendered;
  const shown = () => [result.current.at, ...(result.current.page?.rows ?? []).map(({ id }) => id)];
  const settled = () => waitFor(() => expect(result.current.loading).toBe(false));
  const go = async (to: 'first' | 'next' | 'previous') => {
    act(() => result.current[to]());
    await settled();
  };
  return { ...rendered, shown, settled, go };
}

const cursors = () => proxy.asked.map((asked) => new URLSearchParams(asked.split('?')[1]).get('cursor'));

test('pages forth and back, and neither before the first nor past the last', async () => {
  const { shown, settled, go } = hook();
  await settled();
  expect(shown()).toEqual([0, 'v0', 'v1']);
  await go('next');
  expect(shown()).toEqual([1, 'v2', 'v3']);
  await go('next');
  expect(shown()).toEqual([2, 'v4']);
  await go('next');
  expect(shown()).toEqual([2, 'v4']);
  await go('previous');
  expect(shown()).toEqual([1, 'v2', 'v3']);
  await go('first');
  await go('previous');
  expect(shown()).toEqual([0, 'v0', 'v1']);
});

test('asks for one page, sorted and filtered by the exporter', async () => {
  await hook().settled();
  expect(proxy.asked).toEqual(['GET rows/violations?check=a&state=open&sort=first_seen&order=desc&limit=2']);
});

test('a refresh reads the page that is being read again', async () => {
  const { shown, settled, go, rerender, result } = hook();
  await settled();
  await go('next');
  const before = result.current.page;
  rerender({ ...PROPS, version: 2 });
  // nothing flickers: the rows stay, and it does not count as loading
  expect([result.current.page, result.current.loading]).toEqual([before, false]);
  await waitFor(() => expect(result.current.page).not.toBe(before));
  expect(shown()).toEqual([1, 'v2', 'v3']);
  expect(cursors()).toEqual([null, '2', '2']);
});

test.each([
  ['filter', { filter: { check: 'a', state: 'open', search: 'x' } as const }],
  ['order', { order: { sort: 'key', order: 'asc' } as const }],
  ['page size', { pageSize: 3 }],
])('another %s begins at the first page', async (_, change) => {
  const { shown, settled, go, rerender } = hook();
  await settled();
  await go('next');
  rerender({ ...PROPS, ...change });
  await settled();
  expect(shown()[0]).toBe(0);
  expect(cursors()).toEqual([null, '2', null]);
});

test('a failure keeps the rows there are, and the next answer ends it', async () => {
  const { shown, settled, rerender, result } = hook();
  await settled();
  failing = () => true;
  rerender({ ...PROPS, version: 2 });
  await waitFor(() => expect(result.current.failure).toMatchObject({ reason: 'unreachable' }));
  expect(shown()).toEqual([0, 'v0', 'v1']);
  failing = () => false;
  rerender({ ...PROPS, version: 3 });
  await waitFor(() => expect(result.current.failure).toBeNull());
});

test('a page that could not be read has no next one: the cursor of the page before would lead to it again', async () => {
  const { settled, go, rerender, result, shown } = hook();
  await settled();
  failing = (cursor) => cursor === '2';
  await go('next');
  await go('next');
  expect(result.current.at).toBe(1);
  failing = () => false;
  rerender({ ...PROPS, version: 2 });
  await waitFor(() => expect(shown()).toEqual([1, 'v2', 'v3']));
});

test('an answer that comes after another filter was chosen is dropped', async () => {
  const open: Array<() => void> = [];
  proxy.answer('GET rows/violations', (query: URLSearchParams) => {
    const rows = [violationOf(query.get('search') === 'x' ? 2 : 1)];
    return new Promise((resolve) => open.push(() => resolve({ rows, next_cursor: null, total: 1, capped: false })));
  });
  const { rerender, shown, settled } = hook();
  rerender({ ...PROPS, filter: { search: 'x' } });
  await waitFor(() => expect(open).toHaveLength(2));
  await act(async () => open[1]?.());
  await act(async () => open[0]?.());
  await settled();
  expect(shown()).toEqual([0, 'v2']);
});
