import { CHECK, PENDING, violationOf } from '../../testing/documents';
import { ageText, countText, isRedacted, keyText, rateText, signedText, timeText, valueText } from './format';

/** Any kind of space is a space to a reader. */
const spaced = (text: string | null) => text?.replace(/\s/g, ' ') ?? null;

test.each([
  [null, '–'],
  [undefined, '–'],
  ['', ''],
  [0, '0'],
  [false, 'false'],
  ['<b>x</b>', '<b>x</b>'],
])('the value %p is written %p', (value, text) => {
  expect(valueText(value)).toBe(text);
});

test('only the exporter’s own mark is a redacted value', () => {
  expect(['[redacted]', 'redacted', '', null, undefined].map(isRedacted)).toEqual([true, false, false, false, false]);
});

test('a rate has two decimals; before the first run there is none', () => {
  expect(rateText(CHECK)).toBe('97.66 %');
  expect(rateText({ result: CHECK.result && { ...CHECK.result, consistency_rate: 100 } })).toBe('100.00 %');
  expect(rateText({ result: CHECK.result && { ...CHECK.result, consistency_rate: null } })).toBeNull();
  expect(rateText(PENDING)).toBeNull();
});

test.each([
  [0, '0'],
  [999, '999'],
  [1_234_567, '1 234 567'],
  [null, '–'],
  [undefined, '–'],
])('the count %p is written %p', (count, text) => {
  expect(spaced(countText(count))).toBe(text);
});

test('a time is written in the time zone of the dashboard', () => {
  expect(timeText('2026-03-01T23:05:07.000Z', 'utc')).toBe('2026-03-01 23:05:07');
  expect(timeText('2026-03-01T23:05:07.000Z', 'Asia/Tokyo')).toBe('2026-03-02 08:05:07');
});

test.each([
  [-5, '0 s'],
  [0.9, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [3_599, '59 min'],
  [3_600, '1 h'],
  [86_399, '23 h'],
  [86_400, '1 d'],
  [10 * 86_400, '10 d'],
])('%d seconds are %p', (seconds, text) => {
  expect(spaced(ageText(seconds))).toBe(text);
});

test.each([
  [2.5, '+2.5'],
  [-10.4, '−10.4'],
  [0, '0'],
  [null, '–'],
])('the difference %p is written %p', (difference, text) => {
  expect(signedText(difference)).toBe(text);
});

test('a key is one line, with a mark for a part that is absent', () => {
  expect(keyText(violationOf(7), CHECK)).toBe('7 / course-7');
  expect(keyText({ row: { student_id: 7, course_id: null } }, CHECK)).toBe('7 / –');
});
