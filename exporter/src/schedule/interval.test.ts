import { jest } from '@jest/globals';
import { intervalMs, longestIntervalMs } from './interval.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY_MORNING = '2026-03-02T10:00:30Z';

beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse(MONDAY_MORNING), doNotFake: ['performance'] });
});

afterEach(() => {
  jest.useRealTimers();
});

test.each([
  ['*/5 * * * *', 5 * MINUTE],
  ['* * * * * *', 1_000],
  ['0 3 * * *', 24 * HOUR],
])('the next two ticks of %s are %i ms apart', (schedule, expected) => {
  expect(intervalMs(schedule, 'UTC')).toBe(expected);
});

test.each([
  ['*/5 * * * *', 5 * MINUTE],
  ['* * * * * *', 1_000],
  ['0,10,30 * * * * *', 30_000],
  ['7,11 * * * *', 56 * MINUTE],
  ['0 3 * * *', DAY],
  ['@daily', DAY],
  ['0 0 * * 1', 7 * DAY],
  // a night, and a weekend
  ['0 8-18 * * *', 14 * HOUR],
  ['0 8-18 * * 1-5', 62 * HOUR],
  ['*/5 8-18 * * 1-5', 61 * HOUR + 5 * MINUTE],
  ['*/10 * 8-18 * * 1-5', 61 * HOUR + 10_000],
  ['15,45 */2 * * *', 90 * MINUTE],
  // rarer than a week
  ['0 0 1 * *', 30 * DAY],
  ['*/5 8-18 1 * *', 30 * DAY - 10 * HOUR - 55 * MINUTE],
])('the longest gap of %s is %i ms', (schedule, expected) => {
  expect(longestIntervalMs(schedule, 'UTC')).toBe(expected);
});

test.each(['2026-03-02T17:30:00Z', '2026-03-04T03:00:00Z', '2026-03-06T18:30:00Z', '2026-03-08T12:00:00Z'])(
  'whenever the exporter starts the longest gap is the same (%s)',
  (now) => {
    jest.setSystemTime(Date.parse(now));
    expect(longestIntervalMs('0 8-18 * * 1-5', 'UTC')).toBe(62 * HOUR);
  },
);

test('a night is as long as in the time zone of the check', () => {
  expect(longestIntervalMs('30 8-18 * * 1-5', 'Asia/Kolkata')).toBe(62 * HOUR);
});

test('the gaps of a second-by-second schedule cost no more than those of an hourly one', () => {
  const start = performance.now();
  longestIntervalMs('* * 8-18 * * 1-5', 'Europe/Berlin');
  expect(performance.now() - start).toBeLessThan(10_000);
});
