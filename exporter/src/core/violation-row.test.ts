import { toRow } from './violation-row.ts';

const check = {
  fields: { key: ['user_id', 'specialization'], left: ['progress_level'], right: ['license_level'] },
  recommendedActions: { missing_right: 'create_license_from_progress', mismatch: 'sync_required' },
};

test('a violation leaves under the field names of its check, with its recommended action', () => {
  const row = toRow({ kind: 'mismatch', key: ['42', 'COACH'], left: ['3'], right: ['2'] }, check);
  expect(row).toEqual({
    user_id: '42',
    specialization: 'COACH',
    progress_level: '3',
    license_level: '2',
    recommended_action: 'sync_required',
  });
});

test('a side that is absent shows as null, so that every row has the same fields', () => {
  const row = toRow({ kind: 'missing_right', key: ['42', 'COACH'], left: ['3'], right: null }, check);
  expect(row).toMatchObject({ license_level: null, recommended_action: 'create_license_from_progress' });
});

test('values 0, false and the empty text stay what they are', () => {
  const row = toRow({ kind: 'mismatch', key: [0, ''], left: [false], right: [0] }, check);
  expect(row).toMatchObject({ user_id: 0, specialization: '', progress_level: false, license_level: 0 });
});
