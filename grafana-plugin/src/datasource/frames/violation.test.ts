import { DETAIL } from '../../testing/documents';
import { columnsIn } from '../../testing/frame';
import type { Violation } from '../api';
import { violationFrame } from './violation';

test('each step of a life has its values; a side that was absent is null, not the word', () => {
  expect(columnsIn(violationFrame('A', DETAIL))).toEqual({
    time: [Date.parse('2026-02-27T08:00:00.000Z'), Date.parse('2026-02-28T08:00:00.000Z')],
    event: ['opened', 'changed'],
    kind: ['missing', 'mismatch'],
    student_id: ['1', '1'],
    course_id: ['course-1', 'course-1'],
    progress_score: ['90.5', '90.5'],
    license_score: [null, '80.1'],
    run: ['r1', 'r2'],
  });
});

test('fields that the check had at only one of the steps are there at all of them', () => {
  const rows: Array<Violation['row']> = [{ old: 1 }, { new: 2 }];
  const life = DETAIL.life.map((step, i) => ({ ...step, row: rows[i] ?? {} }));
  expect(columnsIn(violationFrame('A', { ...DETAIL, life }))).toMatchObject({ old: ['1', null], new: [null, '2'] });
});
