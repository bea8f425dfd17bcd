import { compare, drift, driftPoints, partOf } from './baseline.ts';

const mismatch = (id: string, left: number | string | null, right: number | string | null) => ({
  ...{ id, kind: 'mismatch', key: [id], left: [left], right: [right] },
});

test('drift is consistency now minus then', () => {
  expect(drift({ checked: 100, consistent: 98 }, { checked: 200, consistent: 190 })).toBeCloseTo(-0.03, 10);
  expect(driftPoints({ checked: 100, consistent: 98 }, { checked: 200, consistent: 190 })).toBe(-3);
  expect(driftPoints({ checked: 3, consistent: 1 }, { checked: 3, consistent: 2 })).toBe(33.33);
});

test('against nothing there is no drift', () => {
  expect(drift({ checked: 0, consistent: 0 }, { checked: 10, consistent: 9 })).toBeNull();
  expect(driftPoints({ checked: 10, consistent: 9 }, { checked: 0, consistent: 0 })).toBeNull();
});

test('violations are new, resolved or still there, and shown as they are now', () => {
  const then = [mismatch('a', 1, 2), mismatch('b', 1, 2)];
  const now = [mismatch('b', 1, 5), mismatch('c', 4, 1)];
  const { fresh, resolved, still } = compare(then, now);
  expect([fresh, resolved, still].map(({ rows }) => rows)).toEqual([[now[1]], [then[0]], [now[0]]]);
  expect(still.byDifference).toEqual({ '+4': 1 });
  expect(fresh.byDifference).toEqual({ '-3': 1 });
});

test.each([
  ['numbers', 1, 3, '+2'],
  ['numbers as text', '90.5', '80.1', '-10.4'],
  ['words', 'gold', 'silver', 'mismatch'],
  ['nothing on one side', null, 3, 'mismatch'],
  ['empty text', '', 3, 'mismatch'],
])('the difference of %s', (_title, left, right, difference) => {
  expect(partOf([mismatch('a', left, right)]).byDifference).toEqual({ [difference]: 1 });
});
