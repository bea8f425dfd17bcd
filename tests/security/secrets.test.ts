/** No secret and no value of a row leaves by a way that is not meant for it. */
import { createHash } from 'node:crypto';
import { SourceError } from '../../exporter/src/core/errors.ts';
import {
  ADMIN_TOKEN,
  asAdmin,
  asViewer,
  bearer,
  mismatch,
  serve,
  VIEWER_TOKEN,
  type Served,
} from '../served-lockstep.ts';

const SECRETS = {
  'the admin token': ADMIN_TOKEN,
  'its hash': createHash('sha256').update(ADMIN_TOKEN).digest('hex'),
  'the viewer token': VIEWER_TOKEN,
  'a token that was refused': 'mistyped-admin-token',
  'the secret of JWTs': 'a secret of at least thirty-two characters',
  'the password of /metrics': 'metrics-password',
  'a password in the URL of the key set': 'keyset-password',
} as const;
const PEOPLE = { 'a user in a key': 'person-4711', 'what was searched for': 'searched-person' } as const;

let served: Served;
let answers: string[];

beforeAll(async () => {
  const passwordSha256 = createHash('sha256').update(SECRETS['the password of /metrics']).digest('hex');
  served = await serve({
    http: {
      metricsBasicAuth: { username: 'prometheus', passwordSha256 },
      jwt: {
        issuer: 'i',
        audience: 'a',
        secret: SECRETS['the secret of JWTs'],
        jwksUrl: null,
        roleClaim: 'role',
      },
    },
  });
  served.scene('progress_license').rows.push(mismatch(PEOPLE['a user in a key']));
  await served.run('progress_license');
  answers = [];
  await everyAnswer(served, answers);
});
afterAll(() => served.close());

async function everyAnswer(from: Served, heard: string[]): Promise<void> {
  const { app, http, control } = from;
  const refused = bearer(SECRETS['a token that was refused']);
  const basic = Buffer.from(`prometheus:${SECRETS['the password of /metrics']}`).toString('base64');
  const search = PEOPLE['what was searched for'];
  const urls = [
    '/',
    '/metrics',
    '/healthz',
    '/readyz',
    '/documentation/json',
    '/api/v1/checks',
    '/api/v1/jobs',
    `/${search}`,
  ];
  urls.push(
    '/api/v1/checks/progress_license/runs',
    `/api/v1/violations?search=${search}`,
    `/api/v1/violations?serch=${search}`,
  );
  urls.push(
    '/api/v1/violations?cursor=x',
    '/api/v1/audit?limit=nine',
    '/api/v1/health/status?check=none',
    '/%zz',
  );
  const posts = [
    '/-/reload',
    '/api/v1/checks/progress_license/run?wait=true',
    '/api/v1/health/check-now?dry_run=true',
  ];
  const everyone = [{}, refused, asViewer, asAdmin, { authorization: `Basic ${basic}` }];
  const askAll = async (): Promise<void> => {
    for (const headers of everyone) {
      for (const url of urls) heard.push(note(await app.inject({ url, headers })));
      for (const url of posts) heard.push(note(await app.inject({ method: 'POST', url, headers })));
    }
  };
  await askAll();
  control.reload = () => Promise.reject(new Error('broken'));
  from.scene('progress_license').fails = new SourceError('app', 'connection refused');
  const url = `http://user:${SECRETS['a password in the URL of the key set']}@127.0.0.1:1/keys`;
  http.jwt = { issuer: 'i', audience: 'a', secret: null, jwksUrl: url, roleClaim: 'role' };
  everyone.push(bearer('eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJpIn0.AAAA'));
  await askAll();
}

function note(answer: { statusCode: number; headers: object; body: string }): string {
  return `${String(answer.statusCode)} ${JSON.stringify(answer.headers)} ${answer.body}`;
}

test.each(Object.entries(SECRETS))('%s is in no answer, log line or metric', async (_what, secret) => {
  expect(answers.filter((answer) => answer.includes(secret))).toEqual([]);
  expect(served.logLines.filter((line) => line.includes(secret))).toEqual([]);
  expect((await served.metrics.render('prometheus')).body).not.toContain(secret);
});

test.each(Object.entries(PEOPLE))('%s is in no log line or metric', async (_what, value) => {
  expect(served.logLines.filter((line) => line.includes(value))).toEqual([]);
  expect((await served.metrics.render('prometheus')).body).not.toContain(value);
});

test('the look for secrets looked at something', () => {
  expect(answers.length).toBeGreaterThan(150);
  expect(served.logLines.length).toBeGreaterThan(150);
  expect(answers.some((answer) => answer.startsWith('500'))).toBe(true);
  expect(answers.some((answer) => answer.startsWith('503'))).toBe(true);
  expect(answers.some((answer) => answer.includes(PEOPLE['a user in a key']))).toBe(true);
});

test('a viewer is told no value of a row by any route', async () => {
  for (const url of [
    '/',
    '/metrics',
    '/api/v1/checks',
    '/api/v1/checks/progress_license',
    '/api/v1/checks/progress_license/runs',
    '/api/v1/checks/progress_license/history',
    '/api/v1/jobs',
  ]) {
    const { body } = await served.app.inject({ url, headers: asViewer });
    expect(body).not.toContain(PEOPLE['a user in a key']);
  }
});
