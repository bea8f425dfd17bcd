import { Tally } from './tally.ts';
import { keyText, type Disagreement } from './violation.ts';

const row = (key: number, kind = 'mismatch'): Disagreement => ({ kind, key: [key], left: [1], right: [2] });
const keys = (rows: readonly Disagreement[]): unknown[] => rows.map((each) => each.key[0]);

function tallyOf(maxRows: number, followed: readonly number[], rows: readonly Disagreement[]): Tally {
  const tally = new Tally(maxRows, new Set(followed.map((key) => keyText([key]))));
  for (const each of rows) tally.add(each);
  return tally;
}

test('every disagreement is counted by kind, however few rows are kept', () => {
  const tally = tallyOf(2, [], [row(1), row(2, 'missing_left'), row(3), row(4), row(5, 'missing_left')]);
  expect(Object.fromEntries(tally.counts)).toEqual({ mismatch: 3, missing_left: 2 });
  expect(tally.total).toBe(5);
  expect(keys(tally.rows)).toEqual([1, 2]);
});

test('rows that are followed already are kept first, even more of them than maxRows', () => {
  expect(keys(tallyOf(2, [3, 4], [row(1), row(2), row(3), row(4)]).rows)).toEqual([3, 4]);
  expect(keys(tallyOf(1, [3, 4], [row(1), row(3), row(4)]).rows)).toEqual([3, 4]);
  expect(keys(tallyOf(3, [3, 4], [row(1), row(2), row(3), row(4)]).rows)).toEqual([3, 4, 1]);
});

test('only rows seen for the first time are candidates, and those that did not last are not counted', () => {
  const tally = tallyOf(10, [3], [row(1), row(2), row(3)]);
  expect(keys(tally.candidates)).toEqual([1, 2]);
  tally.settle([row(2, 'missing_right')]);
  expect(Object.fromEntries(tally.counts)).toEqual({ mismatch: 1, missing_right: 1 });
  expect(keys(tally.rows)).toEqual([3, 2]);
});
