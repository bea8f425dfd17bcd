import type { Check } from '../../datasource/api';
import { ApiError, type FailureReason } from '../../datasource/failure';
import { CHECK, checkWith, HEALTHY, PENDING, resultWith, SOURCE_DOWN } from '../../testing/documents';
import { failureNotice, noticesOf } from './notice';

const WHEN = '2026-03-01 10:05:00';

const told = (check: Check, when: string | null = WHEN) =>
  noticesOf(check, when).map(({ severity, title }) => `${severity}: ${title}`);

test('violations found need no words beside the table', () => {
  expect(told(CHECK)).toEqual([]);
});

test('nothing wrong is said, with how much was checked and when', () => {
  expect(told(HEALTHY)).toEqual([`success: Nothing wrong: 800 checked at ${WHEN}.`]);
});

test('an empty side is never “nothing wrong”', () => {
  const empty = checkWith({ result: resultWith({ empty: true, checked: 0, inconsistent: 0 }) });
  expect(told(empty)).toEqual([expect.stringMatching(/^warning: What should hold rows is empty/)]);
});

test('a source that is down is told with the time of the numbers and the reason for those who may see it', () => {
  const [notice, ...others] = noticesOf(SOURCE_DOWN, WHEN);
  expect(others).toEqual([]);
  expect(notice).toEqual({
    severity: 'warning',
    title: `The source cannot be looked at. The numbers are those of ${WHEN}.`,
    detail: 'licenses: connection refused',
  });
  expect(noticesOf({ ...SOURCE_DOWN, error: null }, WHEN)[0]).not.toHaveProperty('detail');
});

test('a source that is down is not “nothing wrong”, however good the numbers before it were', () => {
  expect(told({ ...HEALTHY, last_outcome: 'error', held: true })).toEqual([expect.stringMatching(/^warning: /)]);
});

test('a source that was never looked at says that nothing is known', () => {
  const never = { ...PENDING, last_attempt: '2026-03-01T10:00:00.000Z', last_outcome: 'error' as const };
  expect(told(never, null)).toEqual([expect.stringMatching(/^warning: .*nothing is known/)]);
});

test('before the first run there is nothing to say but that', () => {
  expect(told(PENDING, null)).toEqual(['info: The first run of this check is still to come.']);
});

test('a disabled check waits for no run, and its old numbers are told as old', () => {
  const disabled = 'info: This check is disabled in the exporter’s configuration: its numbers do not move.';
  expect(told({ ...PENDING, enabled: false }, null)).toEqual([disabled]);
  expect(told({ ...HEALTHY, enabled: false })[0]).toBe(disabled);
});

test.each<[FailureReason, string, RegExp, RegExp]>([
  ['unreachable', 'error', /does not answer/, /said last, if anything/],
  ['unauthorized', 'error', /refuses the token/, /settings of the data source/],
  ['forbidden', 'warning', /No permission/, /^why$/],
  ['not_found', 'error', /does not know this check/, /^why$/],
  ['too_many', 'warning', /too many requests/, /^why$/],
  ['unavailable', 'error', /could not answer/, /^why$/],
  ['failed', 'error', /could not answer/, /^why$/],
])('a failure that is %s says what and why', (reason, severity, title, detail) => {
  expect(failureNotice(new ApiError(reason, 500, 'why', null))).toEqual({
    ...{ severity, title: expect.stringMatching(title), detail: expect.stringMatching(detail) },
  });
});

test('the nearest name is suggested once', () => {
  const detail = 'There is no check "progres". Did you mean "progress"?';
  const failure = new ApiError('not_found', 404, detail, { status: 404, detail, suggestion: 'progress' });
  expect(failureNotice(failure).detail).toBe(detail);
});

test('any other failure has the title of what was tried', () => {
  expect(failureNotice(new Error('broken'), 'The export failed')).toEqual({
    ...{ severity: 'error', title: 'The export failed', detail: 'broken' },
  });
  expect(failureNotice('odd').detail).toBe('odd');
});
