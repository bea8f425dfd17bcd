import type { Form, SideTypes } from '../sources/source.ts';
import { agree, negotiate } from './forms.ts';

const side = (form: Form, type: string = form): SideTypes => ({
  key: [{ label: 'k', form, type }], compare: [{ label: 'v', form, type }], keyIsUnique: true,
}); // prettier-ignore

test.each<[Form, Form, Form]>([
  ['integer', 'integer', 'integer'],
  ['integer', 'decimal', 'decimal'],
  ['decimal', 'float', 'float'],
  ['float', 'integer', 'float'],
  ['text', 'caseless', 'text'],
  ['caseless', 'caseless', 'caseless'],
  ['instant', 'instant', 'instant'],
  ['integer', 'text', 'text'],
  ['document', 'text', 'text'],
])('%s beside %s is compared as %s', (left, right, form) => {
  expect(negotiate(side(left), side(right), [null])).toEqual({ key: [form], compare: [form] });
});

test('types that only their own kind can be compared with meet as text when they are two', () => {
  expect(negotiate(side('exact', 'uuid'), side('exact', 'uuid'), [null]).key).toEqual(['exact']);
  expect(negotiate(side('exact', 'uuid'), side('exact', 'bytea'), [null]).key).toEqual(['text']);
});

test('a tolerance makes numbers of values, and leaves keys alone', () => {
  expect(negotiate(side('float'), side('float'), [{ by: 1 }])).toEqual({
    key: ['float'],
    compare: ['decimal'],
  });
  expect(negotiate(side('instant'), side('instant'), [{ withinMs: 1 }]).compare).toEqual(['epoch']);
});

test.each([
  ['1', '1.01', 0.01, true],
  ['1', '1.0100000000000000000001', 0.01, false],
  ['12345678901234567890.1', '12345678901234567890.2', 0.1, true],
  ['12345678901234567890.1', '12345678901234567890.21', 0.1, false],
  ['-0.5', '0.5', 1, true],
  ['1e-7', '0', 1e-7, true],
  ['1.5e+3', '1500', 1e-9, true],
  ['NaN', 'NaN', 1, true],
  ['NaN', '1', 1, false],
  ['Infinity', '-Infinity', 1, false],
  [null, null, 1, true],
  [null, '0', 1, false],
])('%s and %s within %d: %s', (a, b, by, expected) => {
  expect(agree(a, b, { by })).toBe(expected);
  expect(agree(b, a, { by })).toBe(expected);
});

test('times within a tolerance are seconds apart, to the microsecond', () => {
  expect(agree('1700000000.000000', '1700000005.000000', { withinMs: 5_000 })).toBe(true);
  expect(agree('1700000000.000000', '1700000005.000001', { withinMs: 5_000 })).toBe(false);
  expect(agree('infinity', 'infinity', { withinMs: 5_000 })).toBe(true);
  expect(agree('infinity', '-infinity', { withinMs: 5_000 })).toBe(false);
});

test('without a tolerance only the same text agrees', () => {
  expect(agree('1', '1', null)).toBe(true);
  expect(agree('1', '1.0', null)).toBe(false);
});
