import { act, renderHook } from '@testing-library/react';
import { ExporterApi, type Run } from '../../datasource/api';
import { runOf } from '../../testing/documents';
import { type FakeProxy, PROXY, proxyOfGrafana, refusal } from '../../testing/grafana';
import { useRun } from './useRun';

const api = new ExporterApi(PROXY);
const STARTED = { run_id: 'r1', check: 'a', location: '/api/v1/runs/r1' };
const FINISHED = runOf('r1', '2026-03-01T10:00:00.000Z', { check: 'a' });
const GOING: Run = { ...FINISHED, state: 'running', finished_at: null, outcome: null, status: null, result: null };

let proxy: FakeProxy;
/** what the run is, as long as nothing else is said */
let run: Run;

beforeEach(() => {
  jest.useFakeTimers();
  proxy = proxyOfGrafana();
  run = GOING;
  proxy.answer('POST actions/checks/a/run', STARTED);
  proxy.answer('GET numbers/runs/r1', () => run);
});
afterEach(() => jest.useRealTimers());

function hook() {
  const onFinished = jest.fn();
  const rendered = renderHook(({ check }) => useRun(api, check, onFinished), { initialProps: { check: 'a' } });
  const start = () => act(async () => rendered.result.current.start());
  return { ...rendered, onFinished, start, state: () => rendered.result.current.state };
}

const pass = (ms: number) => act(() => jest.advanceTimersByTimeAsync(ms));
const polls = () => proxy.asked.filter((asked) => asked.startsWith('GET')).length;

test('a run is started, followed and told with its result', async () => {
  const { state, start, onFinished } = hook();
  expect(state()).toEqual({ step: 'idle' });
  await start();
  expect(state()).toEqual({ step: 'running', seconds: 0 });
  await pass(3_100);
  expect(state()).toEqual({ step: 'running', seconds: 3 });
  expect(onFinished).not.toHaveBeenCalled();
  run = FINISHED;
  await pass(500);
  expect(state()).toEqual({ step: 'finished', run: FINISHED });
  expect(onFinished).toHaveBeenCalledTimes(1);
  expect(proxy.asked[0]).toBe('POST actions/checks/a/run');
});

test('a run that is going on already is followed as ours', async () => {
  proxy.answer('POST actions/checks/a/run', () => {
    throw refusal(409, { status: 409, detail: 'It is running.', run_id: 'r1' });
  });
  const { state, start } = hook();
  await start();
  expect(state().step).toBe('running');
  run = FINISHED;
  await pass(500);
  expect(state()).toEqual({ step: 'finished', run: FINISHED });
});

test.each([
  ['a conflict that names no run', refusal(409, { detail: 'Another process runs it.' }), 'Another process runs it.'],
  ['a refusal', refusal(403, { message: 'Access denied' }), 'Access denied'],
  ['too many requests', refusal(429, { detail: 'Slower.' }), 'Slower.'],
])('%s is told as it is, and the button is free again', async (_, answer, reason) => {
  proxy.answer('POST actions/checks/a/run', () => {
    throw answer;
  });
  const { state, start, onFinished } = hook();
  await start();
  expect(state()).toEqual({ step: 'failed', reason });
  expect([onFinished.mock.calls.length, polls()]).toEqual([1, 0]);
});

test('a run that is forgotten while it is followed may still be going on', async () => {
  const { state, start } = hook();
  await start();
  proxy.answer('GET numbers/runs/r1', () => {
    throw refusal(404, { detail: 'There is no run r1.' });
  });
  await pass(500);
  expect(state()).toEqual({ step: 'failed', reason: expect.stringContaining('may still be going on') });
});

test('nothing is asked any more once the panel is gone', async () => {
  const { start, unmount, onFinished } = hook();
  await start();
  unmount();
  await pass(500);
  const asked = polls();
  await pass(10_000);
  expect(polls()).toBe(asked);
  expect(onFinished).not.toHaveBeenCalled();
});

test('another check has no run of ours, and the first one can be run again when it comes back', async () => {
  const { state, start, rerender, onFinished } = hook();
  await start();
  rerender({ check: 'b' });
  expect(state()).toEqual({ step: 'idle' });
  run = FINISHED;
  await pass(1_000);
  expect(onFinished).not.toHaveBeenCalled();
  rerender({ check: 'a' });
  expect(state()).toEqual({ step: 'idle' });
});
