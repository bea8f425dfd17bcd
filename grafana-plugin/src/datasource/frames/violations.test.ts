import { createTheme, FieldType, getDisplayProcessor } from '@grafana/data';
import { CHECK, checkWith, violationOf } from '../../testing/documents';
import { columnsIn } from '../../testing/frame';
import type { Violation } from '../api';
import { violationsFrame } from './violations';

const META = { total: 2, next_cursor: null, capped: false };

function withKeys(...keys: Array<Violation['row'][string]>) {
  return keys.map((key, i) => violationOf(i, { row: { ...violationOf(i).row, student_id: key } }));
}

/** The first field of the key, and how a core panel writes it. */
function keyField(...keys: Array<Violation['row'][string]>) {
  const [field] = violationsFrame('A', withKeys(...keys), META, CHECK).fields;
  if (field === undefined) {
    throw new Error('no field');
  }
  const display = getDisplayProcessor({ field, theme: createTheme() });
  return { type: field.type, values: [...field.values], texts: field.values.map((value) => display(value).text) };
}

test('one row each, under the names of the check: key, left, right, difference, and what all violations have', () => {
  const resolved = violationOf(2, { state: 'resolved', resolved_at: '2026-03-01T10:05:00.000Z' });
  const frame = violationsFrame('A', [violationOf(1), resolved], META, CHECK);
  expect(columnsIn(frame)).toEqual({
    student_id: [1, 2],
    course_id: ['course-1', 'course-2'],
    progress_score: ['90.5', '90.5'],
    license_score: ['80.1', '80.1'],
    difference: [-10.4, -10.4],
    kind: ['mismatch', 'mismatch'],
    state: ['open', 'resolved'],
    recommended_action: ['reissue', 'reissue'],
    first_seen: [Date.parse('2026-02-27T08:00:00.000Z'), Date.parse('2026-02-27T08:00:00.000Z')],
    last_seen: [Date.parse('2026-03-01T10:05:00.000Z'), Date.parse('2026-03-01T10:05:00.000Z')],
    resolved_at: [null, Date.parse('2026-03-01T10:05:00.000Z')],
    times_seen: [12, 12],
    id: ['v1', 'v2'],
  });
  expect(frame.fields[0]?.config.links?.[0]?.url).toContain('/d/lockstep-check?var-check=progress_license&');
});

test('violations of several checks have their key and values as one text', () => {
  const absent = violationOf(2, { check: 'other', row: { id: 2, name: null, recommended_action: 'x' } });
  const { check, row, difference } = columnsIn(violationsFrame('A', [violationOf(1), absent], META, null));
  expect(check).toEqual([CHECK.name, 'other']);
  expect(row).toEqual(['student_id=1 course_id=course-1 progress_score=90.5 license_score=80.1', 'id=2 name=-']);
  expect(difference).toBeUndefined();
});

test('a check that only looks for rows has no difference', () => {
  const check = checkWith({ fields: { key: ['student_id'], left: [], right: [] } });
  expect(Object.keys(columnsIn(violationsFrame('A', [violationOf(1)], META, check)))).not.toContain('difference');
});

test('whole numbers are numbers, also when they come as text, and an absent one stays absent', () => {
  expect(keyField(1, '-20', 0, null)).toMatchObject({ type: FieldType.number, values: [1, -20, 0, null] });
  expect(keyField(1_234_567, '-20').texts).toEqual(['1234567', '-20']);
});

test.each([
  ['a value that a double cannot hold', '9007199254740993'],
  ['a decimal with zeros at its end', '80.10'],
  ['a number with zeros before it', '007'],
  ['a redacted value', '[redacted]'],
  ['a truth value', true],
])('%s makes its column text, so that nothing of it is lost', (_, value) => {
  expect(keyField(1, value)).toMatchObject({ type: FieldType.string, values: ['1', String(value)] });
});

test('a number with a fraction is not shown rounded', () => {
  expect(keyField(1, 12.345678)).toEqual({
    ...{ type: FieldType.number, values: [1, 12.345678], texts: ['1', '12.345678'] },
  });
});

test('a column without any value is text', () => {
  expect(keyField(null, null)).toMatchObject({ type: FieldType.string, values: [null, null] });
});

test('what is not shown is told', () => {
  const texts = (meta: typeof META) =>
    violationsFrame('A', [violationOf(1)], meta, CHECK).meta?.notices?.map(({ severity, text }) => [severity, text]);
  expect(texts({ ...META, total: 1 })).toEqual([]);
  expect(texts({ ...META, total: 28, capped: true })).toEqual([
    ['info', expect.stringContaining('The first 1 of 28')],
    ['warning', expect.stringContaining('maxViolations')],
  ]);
});
