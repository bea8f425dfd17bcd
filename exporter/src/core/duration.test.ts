import { durationMs, humanDuration } from './duration.ts';

test.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['90d', 7_776_000_000],
])('%s is %i ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '5', 's', '1.5s', '-1s', '5 s', '5w', '5S'])('"%s" is no duration', (text) => {
  expect(() => durationMs(text)).toThrow('not a duration');
});

test.each([
  [0, '0ms'],
  [999.4, '999ms'],
  [1_000, '1.0s'],
  [9_949, '9.9s'],
  [59_400, '59s'],
  [90_500, '1m 31s'],
  [3_599_000, '59m 59s'],
  [5_400_000, '1h 30m'],
  [100_000_000, '1d 3h'],
])('people read %d ms as %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});
