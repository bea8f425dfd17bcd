import { consistencyRate, consistencyRatio, DEFAULT_THRESHOLDS, statusOf, worst } from './status.ts';

test.each([
  [100, 99, 'healthy'],
  [3_900, 3_861, 'healthy'],
  [10_000, 9_899, 'degraded'],
  [100, 95, 'degraded'],
  [100_000, 94_999, 'critical'],
  [1_000_000_000, 989_999_999, 'degraded'],
  [1, 0, 'critical'],
  [0, 0, 'unknown'],
] as const)('of %i keys %i consistent is %3$s', (checked, consistent, status) => {
  expect(statusOf(checked, consistent, DEFAULT_THRESHOLDS)).toBe(status);
});

test('exactly the threshold reaches it, whatever floating point says', () => {
  for (let checked = 100; checked <= 100_000; checked += 100) {
    expect(statusOf(checked, (checked / 100) * 99, DEFAULT_THRESHOLDS)).toBe('healthy');
    expect(statusOf(checked, (checked / 100) * 99 - 1, DEFAULT_THRESHOLDS)).not.toBe('healthy');
  }
});

test('a percentage never shows 100 while a violation exists, nor 99 while the ratio is below 0.99', () => {
  expect(consistencyRate(1_000_000_000, 999_999_999)).toBe(99.99);
  expect(consistencyRate(1_000_000_000, 989_999_999)).toBe(98.99);
  expect(consistencyRate(100, 99)).toBe(99);
  expect(consistencyRate(3, 3)).toBe(100);
  expect(consistencyRate(3, 1)).toBe(33.33);
});

test('nothing checked has no ratio and no rate', () => {
  expect([consistencyRatio(0, 0), consistencyRate(0, 0)]).toEqual([null, null]);
});

test('the worst status leads: a proven fault before not knowing, not knowing before health', () => {
  expect(worst([])).toBe('unknown');
  expect(worst(['healthy', 'unknown'])).toBe('unknown');
  expect(worst(['unknown', 'degraded', 'healthy'])).toBe('degraded');
  expect(worst(['degraded', 'critical', 'unknown'])).toBe('critical');
});
