import { appliedOf, planOf, planRowOf } from '../../testing/documents';
import { appliedText, changesOf, settled, writesText } from './plan';

const SKIPPED = planRowOf(9, { action: null, table: null, before: null, after: null, outcome: 'skipped' });

test('a row is told column by column, and what is written stands out', () => {
  expect(changesOf(planRowOf(1, { before: { a: '1', b: null }, after: { a: '1', b: '2' } }))).toEqual([
    { column: 'a', before: '1', after: '1', changes: false },
    { column: 'b', before: null, after: '2', changes: true },
  ]);
});

test('a row that is not there has no value, which is not the same as NULL', () => {
  expect(changesOf({ before: null, after: { a: null } })).toEqual([
    { column: 'a', before: undefined, after: null, changes: true },
  ]);
  expect(changesOf({ before: null, after: null })).toEqual([]);
});

test('what applying writes is counted by table and kind of write; what is skipped is not', () => {
  const rows = [
    planRowOf(1),
    planRowOf(2),
    planRowOf(3, { action: 'create', table: 'user_progress' }),
    planRowOf(4, { action: 'delete' }),
    SKIPPED,
  ];
  expect(writesText(planOf(rows))).toBe('2 updates in licenses, 1 new row in user_progress, 1 deletion in licenses');
  expect(writesText(planOf([SKIPPED]))).toBe('');
});

test('a row is settled once it is written, skipped or has failed', () => {
  const rows = (['planned', 'writing', 'written', 'skipped', 'failed'] as const).map((outcome, i) =>
    planRowOf(i, { outcome })
  );
  expect(settled(planOf(rows))).toBe(3);
});

const WRITTEN = planRowOf(1, { outcome: 'written' });

test.each([
  ['1 written. What was written agrees now.', appliedOf([WRITTEN])],
  [
    '1 written, 1 skipped. 1 row of those written disagree all the same.',
    appliedOf([WRITTEN, SKIPPED], { still_apart: 1 }),
  ],
  [
    '1 written, 1 failed. What was written could not be looked at yet; the next run tells.',
    appliedOf([WRITTEN, planRowOf(2, { outcome: 'failed' })], { still_apart: null }),
  ],
  ['0 written, 1 skipped.', appliedOf([SKIPPED])],
  ['Dry run: 1 written. Everything was rolled back.', appliedOf([WRITTEN], { dry_run: true, still_apart: null })],
])('what came of it is said: %s', (text, applied) => expect(appliedText(applied)).toBe(text));
