import { RecentRequests } from './recent-requests.ts';

const NOW = Date.UTC(2026, 5, 15, 12);
const HOUR = 3_600_000;

test('only what was answered in the window counts, and only 5xx are errors', () => {
  const requests = new RecentRequests(NOW - HOUR);
  requests.add(500, 5, NOW - 20_000);
  requests.add(500, 0.01, NOW);
  requests.add(404, 0.01, NOW + 1);
  requests.add(200, 0.01, NOW + 40_000);
  expect(requests.facts(NOW)).toMatchObject({ total: 3, errors: 1 });
  expect(requests.facts(NOW + 15_000)).toMatchObject({ total: 1, errors: 0 });
  expect(requests.facts(NOW + 60_000)).toEqual({ since: NOW + 60_000, total: 0, errors: 0, p95: null });
});

test('it says since when it has counted', () => {
  const requests = new RecentRequests(NOW);
  expect(requests.facts(NOW - HOUR).since).toBe(NOW);
  expect(requests.facts(NOW + HOUR).since).toBe(NOW + HOUR);
});

test.each<[string, readonly number[], number]>([
  ['all take 200 ms, which is a bound', new Array<number>(100).fill(0.2), 0.195],
  [
    'five of a hundred are slower',
    [...new Array<number>(95).fill(0.19), ...new Array<number>(5).fill(9)],
    0.2,
  ],
  [
    'six of a hundred are slower',
    [...new Array<number>(94).fill(0.19), ...new Array<number>(6).fill(9)],
    2.5 + 7.5 / 6,
  ],
  ['all are beyond the last bound', [11, 12], 10],
])('95 of 100 as Prometheus would estimate it: %s', (_title, times, expected) => {
  const requests = new RecentRequests(NOW);
  for (const seconds of times) requests.add(200, seconds, NOW);
  const { p95 } = requests.facts(NOW);
  expect(p95).toBeCloseTo(expected, 9);
});

test('a day and no more is kept, and a clock that was set back loses nothing', () => {
  const requests = new RecentRequests(NOW);
  requests.add(200, 0.1, NOW);
  requests.add(200, 0.1, NOW - HOUR);
  expect(requests.facts(NOW).total).toBe(2);
  requests.add(200, 0.1, NOW + 24 * HOUR);
  expect(requests.facts(0).total).toBe(3);
  requests.add(200, 0.1, NOW + 24 * HOUR + 15_000);
  expect(requests.facts(0).total).toBe(2);
});
