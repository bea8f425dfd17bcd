import { isName, toName } from './names.ts';
import { nearest } from './nearest.ts';

const SETTINGS = ['schedule', 'timezone', 'timeout', 'severity', 'url', 'directory', 'DATABASE_URL'];

test.each([
  ['schedul', 'schedule'],
  ['Shedule', 'schedule'],
  ['time_out', 'timeout'],
  ['ulr', 'url'],
  ['dir', 'directory'],
  ['DATABSE_URL', 'DATABASE_URL'],
  ['database_url', 'DATABASE_URL'],
])('%s was meant as %s', (written, meant) => {
  expect(nearest(written, SETTINGS)).toBe(meant);
});

test.each(['', 'x', 'foo', 'interval', 'alerting'])('"%s" resembles nothing', (written) => {
  expect(nearest(written, SETTINGS)).toBeNull();
});

test('a name is never suggested for itself, nor from nothing', () => {
  expect(nearest('url', ['url'])).toBeNull();
  expect(nearest('url', [])).toBeNull();
});

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
