import { CHECK } from '../../testing/documents';
import { columnsOf } from './columns';

const headers = (...columns: ReturnType<typeof columnsOf>) => columns.map(({ header }) => header);

test('key, left, right, then what every check has', () => {
  expect(headers(...columnsOf(CHECK, []))).toEqual([
    ...['student_id', 'course_id', 'progress_score', 'license_score'],
    ...['Difference', 'Kind', 'Recommended action', 'First seen', 'Age', 'State'],
  ]);
});

test('only what the exporter sorts by can be sorted: the first of each part, kind, first seen', () => {
  const sorts = columnsOf(CHECK, []).flatMap(({ id, sort }) => (sort === null ? [] : [[id, sort]]));
  expect(sorts).toEqual([
    ['field:student_id', 'key'],
    ['field:progress_score', 'left'],
    ['field:license_score', 'right'],
    ['common:kind', 'kind'],
    ['common:first_seen', 'first_seen'],
  ]);
});

test.each([
  { key: ['id'], left: [], right: ['score'] },
  { key: ['id'], left: ['score'], right: [] },
])('without two sides there is no difference', (fields) => {
  expect(headers(...columnsOf({ fields }, []))).toEqual([
    ...['id', 'score', 'Kind', 'Recommended action', 'First seen', 'Age', 'State'],
  ]);
});

test('columns are left out by the name of a field or of a common column', () => {
  const left = headers(...columnsOf(CHECK, ['course_id', 'age', 'recommended_action', 'nobody']));
  expect(left).toEqual([
    ...['student_id', 'progress_score', 'license_score', 'Difference', 'Kind', 'First seen', 'State'],
  ]);
});

test('a field named like a common column stands beside it', () => {
  const columns = columnsOf({ fields: { key: ['kind', 'state'], left: [], right: [] } }, []);
  const ids = columns.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['field:kind', 'common:kind', 'field:state', 'common:state']));
  expect(new Set(ids).size).toBe(ids.length);
});
