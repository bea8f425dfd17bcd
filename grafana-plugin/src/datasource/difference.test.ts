import { signedDifference } from './difference';

test.each([
  ['0.1', '0.3', 0.2],
  [0.1, 0.3, 0.2],
  ['90.5', '80.1', -10.4],
  [5, '7', 2],
  ['-1.25', '+1.25', 2.5],
  ['100', '100.00', 0],
  ['999999999999999', '0', -999999999999999],
  [0, 0, 0],
])('from %p to %p it is %p, to the last digit', (left, right, difference) => {
  expect(signedDifference(left, right)).toBe(difference);
});

test.each([
  [null, 1],
  [1, null],
  ['[redacted]', 1],
  ['', 1],
  ['abc', 1],
  ['0x10', 1],
  ['1e3', 1],
  [true, 1],
  ['2026-03-01', 1],
  // 16 digits: a double would round it
  ['1234567890123456', 1],
  [Number.NaN, 1],
])('from %p to %p there is none', (left, right) => {
  expect(signedDifference(left, right)).toBeNull();
});
