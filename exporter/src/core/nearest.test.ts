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
