import { jest } from '@jest/globals';
import { Schedule, type Job } from './schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-03-01T12:00:30Z');

const started: Schedule[] = [];
let events: string[] = [];

beforeEach(() => {
  // a clock set by hand is Date alone: timers run on as they did
  jest.useFakeTimers({ now: START, doNotFake: ['performance'] });
  events = [];
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((schedule) => schedule.stop()));
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function watch(schedule: string, change: Partial<Job> = {}): { runs: string[]; next: (number | null)[] } {
  const runs: string[] = [];
  const next: (number | null)[] = [];
  const due = (): void => {
    runs.push(new Date().toISOString());
  };
  const job = { name: 'job', schedule, timezone: 'UTC', misfireGraceMs: MINUTE, due, ...change };
  const made = new Schedule([job], {
    misfired: (name, lateMs) => events.push(`${name} misfired ${String(lateMs)}`),
    failed: (name, error) => events.push(`${name} failed ${String(error)}`),
    next: (_, at) => next.push(at),
  });
  made.start();
  started.push(made);
  return { runs, next };
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const setClock = (by: number): void => {
  jest.setSystemTime(Date.now() + by);
};
const times = (runs: readonly string[]): string[] => runs.map((at) => at.slice(11, 19));

test('a job runs at every tick of its expression, and tells when it is due next', async () => {
  const { runs, next } = watch('*/5 * * * *');
  expect(next).toEqual([Date.parse('2026-03-01T12:05:00Z')]);
  await pass(15 * MINUTE);
  expect(times(runs)).toEqual(['12:05:00', '12:10:00', '12:15:00']);
  expect(next.at(-1)).toBe(Date.parse('2026-03-01T12:20:00Z'));
  expect(next).toHaveLength(4);
  expect(events).toEqual([]);
});

test('a job that is due every second runs every second', async () => {
  const { runs } = watch('* * * * * *');
  await pass(10_000);
  expect(runs).toHaveLength(10);
});

test('a tick is meant in the time zone of its job, in summer and in winter', async () => {
  jest.setSystemTime(Date.parse('2026-03-28T00:00:00Z'));
  const { runs } = watch('0 9 * * *', { timezone: 'Europe/Berlin' });
  await pass(3 * 24 * HOUR);
  expect(runs).toEqual(['2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z', '2026-03-30T07:00:00.000Z']);
});

test('a tick that comes a little late runs', async () => {
  const { runs } = watch('*/5 * * * *');
  await pass(4 * MINUTE);
  setClock(75_000);
  await pass(10_000);
  expect(times(runs)).toEqual(['12:05:55']);
  expect(events).toEqual([]);
});

test('a tick that comes later than misfireGrace does not run, and is counted once', async () => {
  const { runs, next } = watch('0 * * * *');
  setClock(65 * MINUTE);
  await pass(30_000);
  expect(runs).toEqual([]);
  expect(events).toEqual(['job misfired 340000']);
  expect(next.at(-1)).toBe(Date.parse('2026-03-01T14:00:00Z'));
  await pass(HOUR);
  expect(times(runs)).toEqual(['14:00:00']);
});

test('after a long sleep the newest tick still runs when it is within misfireGrace', async () => {
  const { runs } = watch('*/5 * * * *');
  setClock(3 * HOUR - 20_000);
  await pass(30_000);
  expect(times(runs)).toEqual(['15:00:20']);
  expect(events).toHaveLength(1);
});

test('a clock set forward by many years is no reason to walk through every second of them', async () => {
  jest.setSystemTime(0);
  const { runs } = watch('* * * * * *');
  await pass(2_000);
  jest.setSystemTime(START);
  const before = performance.now();
  await pass(3_000);
  expect(performance.now() - before).toBeLessThan(10_000);
  expect(runs).toHaveLength(5);
  expect(events).toHaveLength(1);
});

test('a clock set back by hours brings the next tick of the new time, each once', async () => {
  const { runs, next } = watch('*/5 * * * *');
  await pass(5 * MINUTE);
  setClock(-3 * HOUR);
  await pass(10 * MINUTE);
  expect(times(runs)).toEqual(['12:05:00', '09:10:00', '09:15:00']);
  expect(next.at(-1)).toBe(Date.parse('2026-03-01T09:20:00Z'));
  expect(events).toEqual([]);
});

test('a clock set back by a moment brings no tick twice', async () => {
  const { runs } = watch('*/5 * * * *');
  await pass(4 * MINUTE + 30_500);
  expect(times(runs)).toEqual(['12:05:00']);
  setClock(-1_000);
  await pass(2 * MINUTE);
  setClock(-30_000);
  await pass(4 * MINUTE);
  expect(times(runs)).toEqual(['12:05:00', '12:10:00']);
});

test('a clock that is set to and fro starts no storm', async () => {
  const { runs } = watch('* * * * *');
  for (let i = 0; i < 60; i += 1) {
    setClock(i % 2 === 0 ? -45_000 : 45_000);
    await pass(1_000);
  }
  expect(runs.length).toBeLessThanOrEqual(2);
});

test('a job that fails is told, and runs at its next tick', async () => {
  let count = 0;
  const failing = (): Promise<void> => {
    count += 1;
    return Promise.reject(new Error('no'));
  };
  watch('* * * * *', { due: failing });
  await pass(2 * MINUTE);
  expect(count).toBe(2);
  expect(events).toEqual(['job failed Error: no', 'job failed Error: no']);
});

test('a job that is still at work does not keep its next tick from coming', async () => {
  let count = 0;
  const endless = (): Promise<void> => {
    count += 1;
    return new Promise(() => undefined);
  };
  watch('* * * * *', { due: endless });
  await pass(3 * MINUTE);
  expect(count).toBe(3);
});

test('nothing runs after a stop, and no timer is left', async () => {
  const { runs } = watch('* * * * * *');
  await pass(2_000);
  await started[0]?.stop();
  expect(jest.getTimerCount()).toBe(0);
  await pass(10_000);
  expect(runs).toHaveLength(2);
});
