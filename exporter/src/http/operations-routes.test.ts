import { gunzipSync } from 'node:zlib';
import { get } from 'node:https';
import { createHash } from 'node:crypto';
import { selfSigned } from '../../../tests/certificate.ts';
import { asAdmin, serve, type Served } from '../../../tests/served-lockstep.ts';
import { UserError } from '../core/errors.ts';
import { formatFor } from './operations-routes.ts';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

test.each([
  [undefined, 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/plain', 'prometheus'],
  ['application/openmetrics-text', 'openmetrics'],
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  ['application/openmetrics-text;version=0.0.1', 'prometheus'],
  ['application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.9', 'prometheus'],
  ['application/openmetrics-text;q=0', 'prometheus'],
])('a scrape that accepts %s gets %s', (accept, format) => {
  expect(formatFor(accept)).toBe(format);
});

test('/metrics needs no token, is compressed on request, and is not sent again when it has not changed', async () => {
  const plain = await served.app.inject('/metrics');
  expect(plain.statusCode).toBe(200);
  expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const zipped = await served.app.inject({ url: '/metrics', headers: { 'accept-encoding': 'gzip' } });
  expect(zipped.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(zipped.rawPayload).toString()).toContain('lockstep_build_info');
  const etag = String(plain.headers.etag);
  const again = await served.app.inject({ url: '/metrics', headers: { 'if-none-match': etag } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  const refused = await served.app.inject({ url: '/metrics', headers: { 'accept-encoding': 'gzip;q=0' } });
  expect(refused.headers['content-encoding']).toBeUndefined();
});

test('/metrics speaks OpenMetrics to who asks for it', async () => {
  const headers = { accept: 'application/openmetrics-text;version=1.0.0' };
  const answer = await served.app.inject({ url: '/metrics', headers });
  expect(answer.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(answer.body.endsWith('# EOF\n')).toBe(true);
});

test('a change of the board is on /metrics at once', async () => {
  const before = await served.app.inject('/metrics');
  expect(before.body).toContain('lockstep_check_up{check="progress_license"} 0');
  await served.run('progress_license');
  const after = await served.app.inject('/metrics');
  expect(after.body).toContain('lockstep_check_up{check="progress_license"} 1');
});

test('/metrics and the page ask for the password that the configuration sets, and for nothing else', async () => {
  const passwordSha256 = createHash('sha256').update('open: sesame').digest('hex');
  served.http.metricsBasicAuth = { username: 'prometheus', passwordSha256 };
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  for (const url of ['/metrics', '/']) {
    const none = await served.app.inject(url);
    expect([none.statusCode, none.headers['www-authenticate']]).toEqual([
      401,
      'Basic realm="lockstep", charset="UTF-8"',
    ]);
    for (const wrong of ['prometheus:open', 'Prometheus:open: sesame', 'prometheus', '']) {
      expect((await served.app.inject({ url, headers: basic(wrong) })).statusCode).toBe(401);
    }
    expect((await served.app.inject({ url, headers: basic('prometheus:open: sesame') })).statusCode).toBe(
      200,
    );
  }
  expect((await served.app.inject('/healthz')).statusCode).toBe(200);
});

test('/readyz is 503 while draining and while the store does not answer', async () => {
  expect((await served.app.inject('/readyz')).json()).toEqual({ ready: true });
  served.control.draining = true;
  const draining = await served.app.inject('/readyz');
  expect([draining.statusCode, draining.json<{ detail: string }>().detail]).toEqual([
    503,
    'The exporter is shutting down.',
  ]);
  served.control.draining = false;
  await served.store.close();
  const closed = await served.app.inject('/readyz');
  expect([closed.statusCode, closed.json<{ detail: string }>().detail]).toEqual([
    503,
    'The store does not answer.',
  ]);
  expect((await served.app.inject('/healthz')).statusCode).toBe(200);
});

test('a reload is noted in the audit trail, and a bad file is told problem by problem with 422', async () => {
  const reload = { method: 'POST', url: '/-/reload', headers: asAdmin } as const;
  expect((await served.app.inject(reload)).json()).toEqual({ checks: 1, sources: 1 });
  served.control.reload = () =>
    Promise.reject(new UserError('lockstep.yaml:3:5 checks.a.kind: there is no kind "copling"'));
  const refused = await served.app.inject(reload);
  expect(refused.statusCode).toBe(422);
  expect(refused.json()).toMatchObject({
    detail: 'lockstep.yaml:3:5 checks.a.kind: there is no kind "copling"',
  });
  const { rows } = await served.store.auditTrail(10);
  expect(rows.map(({ actor, action }) => [actor, action])).toEqual([
    ['ops', 'config.reload'],
    ['ops', 'config.reload'],
  ]);
});

test('what goes wrong inside is a 500 that says nothing, and the log says what', async () => {
  served.control.reload = () => Promise.reject(new Error('cannot read /etc/shadow as root'));
  const answer = await served.app.inject({ method: 'POST', url: '/-/reload', headers: asAdmin });
  expect(answer.statusCode).toBe(500);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.body).not.toContain('shadow');
  expect(served.logLines.join('')).toContain('cannot read /etc/shadow as root');
});

test('requests are timed by route pattern, never by path', async () => {
  await served.app.inject({ url: '/api/v1/violations/secret-id', headers: asAdmin });
  await served.app.inject('/secret-path');
  const { body } = await served.metrics.render('prometheus');
  expect(body).toContain(
    'lockstep_http_request_duration_seconds_count{route="/api/v1/violations/:id",method="GET",status="404"} 1',
  );
  expect(body).toContain(
    'lockstep_http_request_duration_seconds_count{route="unmatched",method="GET",status="404"} 1',
  );
  expect(body).not.toContain('secret-');
});

test('with a certificate the server speaks https only', async () => {
  const tls = selfSigned();
  const secured = await serve({ http: { tls } });
  const url = await secured.app.listen({ host: '127.0.0.1', port: 0 });
  expect(url).toMatch(/^https:/);
  const status = await new Promise((resolve, reject) => {
    get(`${url}/metrics`, { ca: tls.cert, servername: 'localhost' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
  expect(status).toBe(200);
  await expect(fetch(url.replace('https', 'http'))).rejects.toThrow();
  await secured.close();
});

test('about tells the version, the clock and who is asking', async () => {
  const before = Date.now();
  const answer = await served.app.inject({ url: '/api/v1/about', headers: asAdmin });
  const { now, ...about } = answer.json();
  expect(about).toEqual({ version: '1.2.3', checks: 1, actor: 'ops', role: 'admin' });
  expect(Date.parse(now)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(now)).toBeLessThanOrEqual(Date.now());
  const headers = { ...asAdmin, 'x-lockstep-role': 'viewer' };
  expect((await served.app.inject({ url: '/api/v1/about', headers })).json().role).toBe('viewer');
});
