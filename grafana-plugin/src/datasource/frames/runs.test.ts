import { CHECK, runOf } from '../../testing/documents';
import { columnsIn } from '../../testing/frame';
import { runsFrame } from './runs';

test('runs are told oldest first; one going on has no end, one that could not look has no numbers', () => {
  const going = runOf('r3', '2026-03-01T10:20:00.000Z', {
    ...{ state: 'running', trigger: null, finished_at: null, duration_seconds: null },
    ...{ outcome: null, status: null, result: null },
  });
  const failed = runOf('r2', '2026-03-01T10:10:00.000Z', { outcome: 'error', error: 'refused', result: null });
  const frame = runsFrame('A', CHECK.name, [going, failed, runOf('r1', '2026-03-01T10:00:00.000Z')]);
  expect(columnsIn(frame)).toEqual({
    time: ['10:00:01', '10:10:01', '10:20:00'].map((time) => Date.parse(`2026-03-01T${time}.000Z`)),
    status: ['degraded', 'degraded', null],
    outcome: ['fail', 'error', 'running'],
    duration: [1, 1, null],
    consistency_ratio: [0.9767, null, null],
    checked: [1_200, null, null],
    violations: [28, null, null],
    opened: [3, null, null],
    resolved: [1, null, null],
    trigger: ['schedule', 'schedule', null],
    error: [null, 'refused', null],
    run: ['r1', 'r2', 'r3'],
  });
});

test('the list that it was given keeps its order', () => {
  const newestFirst = [runOf('r2', '2026-03-01T10:10:00.000Z'), runOf('r1', '2026-03-01T10:00:00.000Z')];
  runsFrame('A', CHECK.name, newestFirst);
  expect(newestFirst.map(({ id }) => id)).toEqual(['r2', 'r1']);
});
