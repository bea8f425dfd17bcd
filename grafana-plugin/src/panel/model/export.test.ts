import { CHECK, checkWith, violationOf } from '../../testing/documents';
import type { Violation } from '../../datasource/api';
import { exportText } from './export';

const CHECK_OF_NOTES = checkWith({ fields: { key: ['note'], left: [], right: [] } });

/** The cell that a value becomes. */
function cell(value: Violation['row'][string]): string | undefined {
  const text = exportText('CSV', CHECK_OF_NOTES, [violationOf(1, { row: { note: value } })]);
  const marked = ',mismatch,open,,2026-02-27';
  return text.slice(text.indexOf('\r\n') + 2, text.indexOf(marked));
}

test('one line per violation after a line of names, each with CRLF at its end', () => {
  expect(exportText('CSV', CHECK, [violationOf(1), violationOf(2, { state: 'resolved' })])).toBe(
    [
      'student_id,course_id,progress_score,license_score,difference,kind,state,recommended_action,first_seen,last_seen,resolved_at,id',
      '1,course-1,90.5,80.1,-10.4,mismatch,open,reissue,2026-02-27T08:00:00.000Z,2026-03-01T10:05:00.000Z,,v1',
      '2,course-2,90.5,80.1,-10.4,mismatch,resolved,reissue,2026-02-27T08:00:00.000Z,2026-03-01T10:05:00.000Z,,v2',
      '',
    ].join('\r\n')
  );
});

test('without violations the names are still there', () => {
  expect(exportText('CSV', CHECK, [])).toMatch(/^student_id,.*,id\r\n$/);
});

test.each(['=1+1', '=HYPERLINK(A1)', '+cmd|calc', '-2+3', '@SUM(A1)', '\t=1', '-', '+5'])(
  'a spreadsheet does not run %p',
  (value) => {
    expect(cell(value)).toBe(`'${value}`);
  }
);

test.each([[-12], ['-12'], ['-0.5']])('the negative number %p stays a number', (value) => {
  expect(cell(value)).toBe(String(value));
});

test.each([
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\r\nlines', '"two\r\nlines"'],
  ['two\nlines', '"two\nlines"'],
  // a formula within quotes is a formula still
  ['=A1&","&"x"', `"'=A1&"",""&""x"""`],
  ['\r=1', `"'\r=1"`],
  ['plain = text', 'plain = text'],
  ['', ''],
  [null, ''],
  [true, 'true'],
  ['ümläut – 漢字', 'ümläut – 漢字'],
])('%p is written %p', (value, written) => {
  expect(cell(value)).toBe(written);
});

test('a name of a field is defused like a value', () => {
  const check = checkWith({ fields: { key: ['=note', 'a,b'], left: [], right: [] } });
  expect(exportText('CSV', check, [])).toMatch(/^'=note,"a,b",/);
});

test('a field named like a column that every violation has keeps its value', () => {
  const check = checkWith({ fields: { key: ['id'], left: ['state'], right: [] } });
  const text = exportText('CSV', check, [violationOf(1, { row: { id: 4711, state: 'CA' } })]);
  const [names, values] = text.split('\r\n').map((line) => line.split(','));
  expect(names?.slice(0, 2)).toEqual(['id', 'state']);
  expect(values?.slice(0, 2)).toEqual(['4711', 'CA']);
  expect(values?.[names?.indexOf('violation_state') ?? -1]).toBe('open');
  expect(values?.[names?.indexOf('violation_id') ?? -1]).toBe('v1');
  expect(new Set(names).size).toBe(values?.length);
});

test('a field named like a number keeps its place', () => {
  const check = checkWith({ fields: { key: ['id', '2024'], left: [], right: [] } });
  expect(exportText('CSV', check, [violationOf(1, { row: { id: 1, 2024: 5 } })])).toMatch(/^id,2024,.*\r\n1,5,/);
});

test('JSON holds the documents of the exporter as they are', () => {
  const violations = [violationOf(1, { row: { note: '=1+1 "x"', number: '9007199254740993' } })];
  const text = exportText('JSON', CHECK, violations);
  expect(JSON.parse(text)).toEqual({ check: CHECK.name, violations });
  expect(text.endsWith('}\n')).toBe(true);
});
