import { checkNamed, mismatch, serve, stateOf } from '../../../tests/served-lockstep.ts';
import { SourceError } from '../core/errors.ts';
import { pageOf } from './landing-page.ts';

test('the page shows every check with its numbers, worst first, and needs neither token nor script', async () => {
  const served = await serve({ checks: ['fine', 'bad', 'held', 'never'].map((name) => checkNamed(name)) });
  served.scene('bad').rows.push(...Array.from({ length: 6 }, (_, user) => mismatch(`user-${String(user)}`)));
  for (const check of ['fine', 'bad', 'held']) await served.run(check);
  served.scene('held').fails = new SourceError('app', 'connection refused for "Ann Example"');
  await served.run('held');
  const answer = await served.app.inject('/');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  expect(answer.headers['content-security-policy']).not.toContain('unsafe');
  expect(answer.body).not.toContain('<script');
  expect([...answer.body.matchAll(/<h2>(\w+)<\/h2>/g)].map(([, name]) => name)).toEqual([
    'bad',
    'held',
    'never',
    'fine',
  ]);
  expect(answer.body).toContain('6 violations in 100 keys.');
  expect(answer.body).toContain('unknown, values held');
  expect(answer.body).toContain('Has not run yet.');
  expect(answer.body).not.toMatch(/user-\d|Ann Example/);
  await served.close();
});

test('what the configuration says is shown as text, never as HTML', () => {
  const description = '<img src=x onerror="alert(1)"> & \'more\'';
  const page = pageOf([stateOf(checkNamed('pairs', { description }))], '1.0', 0);
  expect(page).not.toContain('<img');
  expect(page).toContain('&#60;img src=x onerror=&#34;alert(1)&#34;&#62; &#38; &#39;more&#39;');
});

test('a rate just below a bound is never shown as having reached it', async () => {
  const served = await serve();
  served.scene('progress_license').checked = 1_000_000;
  served.scene('progress_license').rows.push(mismatch('42'));
  await served.run('progress_license');
  const { body } = await served.app.inject('/');
  expect(body).toContain('99.99 %');
  await served.close();
});
