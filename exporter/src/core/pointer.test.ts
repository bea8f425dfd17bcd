import { valueAt } from './pointer.ts';

const TEXT = JSON.stringify({ data: [{ status: 'ok' }], 'a/b': { '~c': 1 }, none: null, '': { '': 2 } });

test.each([
  ['/data/0/status', 'ok'],
  ['/a~1b/~0c', 1],
  ['/none', null],
  ['//', 2],
  ['/data/1', undefined],
  ['/data/0/status/length', undefined],
  ['/none/more', undefined],
  ['/constructor', undefined],
  ['/data/length', 1],
])('%s is %j', (pointer, value) => {
  expect(valueAt(TEXT, pointer)).toBe(value);
});

test('the empty pointer is the whole, and a text that is no JSON holds nothing', () => {
  expect(valueAt('"ok"', '')).toBe('ok');
  expect(valueAt('<html>', '')).toBeUndefined();
  expect(valueAt('', '/status')).toBeUndefined();
});
