import { CHECK } from '../../testing/documents';
import { columnsIn } from '../../testing/frame';
import type { History } from '../api';
import { historyFrame } from './history';

const POINT: History['points'][number] = {
  ...{ at: '2026-03-01T10:00:00.000Z', span: 'run', runs: 1, errors: 0, checked: 1_200, inconsistent: 28 },
  ...{ min_ratio: 0.9767, max_ratio: 0.9767, opened: 3, resolved: 1 },
};
const HISTORY: History = {
  ...{ check: CHECK.name, from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T11:00:00.000Z' },
  points: [
    { ...POINT, at: '2026-02-01T00:00:00.000Z', span: 'day', runs: 288, errors: 2, min_ratio: 0.9, max_ratio: 1 },
    POINT,
    {
      ...{ ...POINT, at: '2026-03-01T10:05:00.000Z', errors: 1, checked: null, inconsistent: null },
      ...{ min_ratio: null, max_ratio: null, opened: 0, resolved: 0 },
    },
  ],
};

test('a day shows its worst ratio, and a run that could not look is a gap', () => {
  expect(columnsIn(historyFrame('A', HISTORY, CHECK))).toEqual({
    time: HISTORY.points.map(({ at }) => Date.parse(at)),
    consistency_ratio: [0.9, 0.9767, null],
    violations: [28, 28, null],
    checked: [1_200, 1_200, null],
    opened: [3, 3, 0],
    resolved: [1, 1, 0],
    errors: [2, 0, 1],
  });
});

test('lines of several checks on one graph can be told apart', () => {
  const [time, ...lines] = historyFrame('A', HISTORY, CHECK).fields;
  expect(time?.labels).toBeUndefined();
  for (const { labels, config } of lines) {
    expect(labels).toEqual({ check: CHECK.name });
    expect(config.displayNameFromDS).toMatch(/ progress_license$/);
  }
  expect(new Set(lines.map(({ config }) => config.displayNameFromDS)).size).toBe(lines.length);
});

test('the ratio has the thresholds of the check where it is known', () => {
  const steps = (check: typeof CHECK | null) => historyFrame('A', HISTORY, check).fields[1]?.config.thresholds?.steps;
  expect(steps(CHECK)?.map(({ value }) => value)).toEqual([-Infinity, 0.95, 0.99]);
  expect(steps(null)).toBeUndefined();
});
