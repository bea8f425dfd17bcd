import { variablesOfGrafana } from '../testing/grafana';
import { interpolate } from './interpolate';
import type { LockstepQuery } from './query';

function of(query: Partial<LockstepQuery>, scoped = {}) {
  const { check, kinds, search, violation } = interpolate({ refId: 'A', queryType: 'violations', ...query }, scoped);
  return { check, kinds, search, violation };
}

beforeEach(() =>
  variablesOfGrafana({
    check: 'progress_license',
    kinds: ['mismatch', 'missing'],
    all: '$__all',
    empty: '',
    none: [],
    id: 'v1',
  })
);

test('a variable is replaced in every part of a query, and the rest of it is kept', () => {
  const query: LockstepQuery = { refId: 'B', queryType: 'violations', check: '$check', state: 'all', limit: 7 };
  expect(interpolate({ ...query, search: 'key-${id}', violation: '[[id]]' }, {})).toMatchObject({
    ...{ refId: 'B', queryType: 'violations', state: 'all', limit: 7 },
    ...{ check: 'progress_license', search: 'key-v1', violation: 'v1' },
  });
});

test.each(['$kinds', '${kinds}', '${kinds:csv}', '[[kinds]]'])('%s becomes one kind per value', (written) => {
  expect(of({ kinds: [written] }).kinds).toEqual(['mismatch', 'missing']);
});

test('kinds by name and kinds of a variable stand side by side', () => {
  expect(of({ kinds: ['orphan', '$kinds'] }).kinds).toEqual(['orphan', 'mismatch', 'missing']);
});

test.each(['$all', '$empty', '$none', ''])('%p filters nothing', (written) => {
  const nothing = { check: undefined, kinds: undefined, search: undefined, violation: undefined };
  expect(of({ check: written, kinds: [written], search: written, violation: written })).toEqual(nothing);
});

test('no kinds are no filter, whether none are given or the list is empty', () => {
  expect(of({}).kinds).toBeUndefined();
  expect(of({ kinds: [] }).kinds).toBeUndefined();
});

test('a variable of a repeated panel wins over the dashboard’s', () => {
  expect(of({ check: '$check' }, { check: { value: 'orders_invoices', text: '' } }).check).toBe('orders_invoices');
});

test('a value with a comma within a text stays one value', () => {
  variablesOfGrafana({ name: 'a,b' });
  expect(of({ kinds: ['$name'], search: 'x $name' })).toMatchObject({ kinds: ['a,b'], search: 'x a,b' });
});

test('a name that no variable has stays as it is written', () => {
  expect(of({ check: '$unknown' }).check).toBe('$unknown');
});
