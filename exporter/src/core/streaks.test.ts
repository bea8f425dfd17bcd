import fc from 'fast-check';
import { lengthen, NO_STREAKS, type Streaks } from './streaks.ts';
import type { Disagreement } from './violation.ts';

const row = (key: number): Disagreement => ({ kind: 'mismatch', key: [key], left: null, right: null });
const keys = (rows: readonly Disagreement[]): unknown[] => rows.map((each) => each.key[0]);

test('a key counts in the run that finds it for the third time in a row, and not before', () => {
  let streaks: Streaks = NO_STREAKS;
  const lasted = [[1], [1, 2], [1, 2], [2]].map((found) => {
    const { lasting, waiting } = lengthen(streaks, found.map(row), 3);
    streaks = waiting;
    return keys(lasting);
  });
  expect(lasted).toEqual([[], [], [1], [2]]);
});

test('without a wait the first run counts and nothing is kept', () => {
  const { lasting, waiting } = lengthen(NO_STREAKS, [row(1)], 1);
  expect([keys(lasting), waiting.size]).toEqual([[1], 0]);
});

test('whatever a check finds, a key lasts exactly when the last runs before it found it too', () => {
  const runs = fc.array(fc.subarray([1, 2, 3]), { maxLength: 12 });
  fc.assert(
    fc.property(runs, fc.integer({ min: 1, max: 4 }), (found, needed) => {
      let streaks: Streaks = NO_STREAKS;
      for (const [i, now] of found.entries()) {
        const { lasting, waiting } = lengthen(streaks, now.map(row), needed);
        streaks = waiting;
        const lasts = (key: number): boolean => {
          // a key that lasted is followed from then on, and no candidate: here it begins anew
          let streak = 0;
          for (const run of found.slice(0, i + 1)) streak = run.includes(key) ? (streak % needed) + 1 : 0;
          return streak === needed;
        };
        expect(keys(lasting)).toEqual(now.filter(lasts));
        expect(lasting.length + waiting.size).toBe(now.length);
      }
    }),
  );
});
