import { fileName } from './saved-file';

test('a file is named after what is in it and the time, whatever the check is called', () => {
  const at = new Date('2026-03-01T10:05:07.891Z');
  expect(fileName(['progress_license'], 'csv', at)).toBe('progress_license-20260301-100507.csv');
  expect(fileName(['daily', '../a b/ü'], 'html', at)).toBe('daily-.._a_b__-20260301-100507.html');
});
