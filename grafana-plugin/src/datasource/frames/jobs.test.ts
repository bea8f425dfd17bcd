import { JOB } from '../../testing/documents';
import { columnsIn } from '../../testing/frame';
import { jobsFrame } from './jobs';

test('a job that never succeeded has no time of success', () => {
  const going = { ...JOB, job: 'progress_license', check: true, running: true, next_run: null };
  expect(columnsIn(jobsFrame('A', [JOB, going]))).toEqual({
    job: ['retention', 'progress_license'],
    running: [false, true],
    consecutive_failures: [4, 4],
    last_duration: [2, 2],
    last_start: [Date.parse('2026-03-01T03:00:00.000Z'), Date.parse('2026-03-01T03:00:00.000Z')],
    last_run: [Date.parse('2026-03-01T03:00:02.000Z'), Date.parse('2026-03-01T03:00:02.000Z')],
    last_success: [null, null],
    next_run: [Date.parse('2026-03-02T03:00:00.000Z'), null],
  });
});
