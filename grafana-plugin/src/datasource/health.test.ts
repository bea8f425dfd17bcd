import { ABOUT } from '../testing/documents';
import type { About } from './api';
import { ApiError, type FailureReason } from './failure';
import { health } from './health';

const NOW = Date.parse(ABOUT.now);

function answering(part: Partial<About> = {}) {
  return { about: () => Promise.resolve({ ...ABOUT, ...part }) };
}

function failing(error: unknown) {
  return { about: () => Promise.reject(error) };
}

beforeEach(() => jest.useFakeTimers({ now: NOW }));
afterEach(() => jest.useRealTimers());

test('with an admin token it says what was found, and nothing more', async () => {
  expect(await health(answering(), true)).toEqual({
    status: 'success',
    message: 'Lockstep 0.1.0 with 3 checks. The token "grafana" is an admin’s.',
  });
});

test('with a viewer token it says what will be missing', async () => {
  const { status, message } = await health(answering({ role: 'viewer', checks: 1 }), true);
  expect(status).toBe('success');
  expect(message).toContain('with 1 check.');
  expect(message).toContain('a viewer’s: numbers are shown, but no rows');
});

test('without checks it says what to do next', async () => {
  expect((await health(answering({ checks: 0 }), true)).message).toMatch(/with 0 checks.*Configure a check/);
});

test.each([
  [60, '60 s ahead of this browser’s'],
  [-90, '90 s behind this browser’s'],
])('a clock that is %d s off is told', async (seconds, words) => {
  const now = new Date(NOW + seconds * 1_000).toISOString();
  expect((await health(answering({ now }), true)).message).toContain(words);
});

test.each([5, -5, 0])('a clock that is %d s off is not', async (seconds) => {
  const now = new Date(NOW + seconds * 1_000).toISOString();
  expect((await health(answering({ now }), true)).message).not.toContain('clock');
});

test('a slow answer is not taken for a wrong clock', async () => {
  const slow = {
    about: async () => {
      const now = new Date(Date.now() + 4_000).toISOString();
      await jest.advanceTimersByTimeAsync(8_000);
      return { ...ABOUT, now };
    },
  };
  expect((await health(slow, true)).message).not.toContain('clock');
});

test('without a URL nothing is asked', async () => {
  const about = jest.fn();
  expect(await health({ about }, false)).toEqual({
    status: 'error',
    message: expect.stringContaining('Enter the URL of the exporter'),
  });
  expect(about).not.toHaveBeenCalled();
});

test.each<[FailureReason, number, RegExp]>([
  ['unreachable', 502, /does not answer.*as seen from Grafana’s server/],
  ['unauthorized', 400, /refuses the token.*http\.tokens/],
  ['forbidden', 403, /refused: why/],
  ['not_found', 404, /without a path/],
  ['too_many', 429, /429.*http\.rateLimit/],
  ['unavailable', 503, /not ready: why/],
  ['invalid', 422, /answered 422: why/],
  ['conflict', 409, /answered 409: why/],
  ['failed', 500, /answered 500: why/],
])('%s says what to do', async (reason, status, words) => {
  const answer = await health(failing(new ApiError(reason, status, 'why', null)), true);
  expect(answer).toEqual({ status: 'error', message: expect.stringMatching(words) });
});

test('any other error keeps its words', async () => {
  expect(await health(failing(new Error('out of memory')), true)).toEqual({
    ...{ status: 'error', message: 'out of memory' },
  });
});
