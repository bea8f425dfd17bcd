import { isName, toName } from './names.ts';

test.each([
  ['Orders-Invoices', 'orders_invoices'],
  ['  é Über ', 'e_uber'],
  ['x'.repeat(80), 'x'.repeat(63)],
])('%s becomes the name %s', (text, name) => {
  expect(toName(text)).toBe(name);
  expect(isName(name)).toBe(true);
});

test.each(['', '123', '日本', '__'])('nothing of "%s" can be kept for a name', (text) => {
  expect(toName(text)).toBeNull();
});
