import { conclude, type Population } from './run.ts';
import { DEFAULT_THRESHOLDS } from './status.ts';
import { Tally } from './tally.ts';

const rules = {
  violationKinds: ['mismatch', 'orphan'],
  thresholds: DEFAULT_THRESHOLDS,
  onEmpty: 'unknown' as const,
};
const population: Population = { checked: 100, left: 99, right: 98, empty: false };

function tallyOf(rows: number, maxRows = 10): Tally {
  const tally = new Tally(maxRows, new Set());
  for (let key = 0; key < rows; key += 1)
    tally.add({ kind: 'mismatch', key: [key], left: null, right: null });
  return tally;
}

test('a run without a disagreement passes, and every kind of violation is there at 0', () => {
  expect(conclude(population, tallyOf(0), rules)).toEqual({
    outcome: 'pass',
    status: 'healthy',
    result: {
      ...population,
      consistent: 100,
      inconsistent: 0,
      counts: { mismatch: 0, orphan: 0 },
      capped: false,
    },
  });
});

test('one violation fails the run, though its status may be healthy', () => {
  const { outcome, status, result } = conclude(population, tallyOf(1), rules);
  expect([outcome, status, result.consistent]).toEqual(['fail', 'healthy', 99]);
});

test('a run that counted more than it follows says so', () => {
  const { status, result } = conclude(population, tallyOf(11), rules);
  expect([status, result.inconsistent, result.capped]).toEqual(['critical', 11, true]);
});

test.each([
  [{ checked: 0, left: 0, right: 0, empty: true }, 0, 'unknown', 'healthy'],
  [{ checked: 5, left: 5, right: 0, empty: true }, 5, 'unknown', 'critical'],
] as const)(
  'an empty side is unknown unless the check calls it a pass (%j)',
  (empty, rows, unknown, pass) => {
    expect(conclude(empty, tallyOf(rows), rules).status).toBe(unknown);
    expect(conclude(empty, tallyOf(rows), { ...rules, onEmpty: 'pass' }).status).toBe(pass);
  },
);
