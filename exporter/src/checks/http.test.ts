/** Kind `http` against real servers: what is a violation, what is an error, and what is kept of an answer. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '../../../tests/certificate.ts';
import { checkOf } from '../../../tests/check-of.ts';
import type { Check } from '../core/check.ts';
import { SourceError, UserError } from '../core/errors.ts';
import { conclude } from '../core/run.ts';
import { Tally } from '../core/tally.ts';
import type { Disagreement } from '../core/violation.ts';
import { http as engine } from '../sources/http.ts';
import { http } from './http.ts';
import type { Evaluated, Look } from './kind.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const DAY = 86_400_000;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function listening(server: Server | SecureServer): Promise<number> {
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers by path; any other path is 404. */
async function api(answers: Readonly<Record<string, Handler>>): Promise<string> {
  const server = createServer((request, response) => {
    const handler = answers[request.url ?? ''];
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  });
  return `http://localhost:${String(await listening(server))}`;
}

const says =
  (body: string, status = 200): Handler =>
  (_request, response) =>
    response.writeHead(status).end(body);
const never: Handler = () => undefined;

function lookAt(url: string, entry: object = {}, timeoutMs = 5_000): Look {
  const source = engine.open('api', { url, ...entry });
  return { source: () => source, timeoutMs, signal: new AbortController().signal };
}

const checkWith = (endpoints: readonly object[], more: object = {}): Check =>
  checkOf(http, { source: 'api', endpoints, ...more }, { name: 'api' });

async function found(check: Check, look: Look) {
  const rows: Disagreement[] = [];
  const population: Evaluated = await http.evaluate(check, look, (row) => rows.push(row));
  const tally = new Tally(100, new Set());
  for (const row of rows) tally.add(row);
  return { rows, population, ...conclude(population, tally, check) };
}

const wrong = (kind: string, endpoint: string, left: unknown, right: unknown) => ({
  ...{ kind, key: [endpoint], left: [left], right: [right] },
});

test('any number of endpoints share the time of a run, though it divides into no whole milliseconds', async () => {
  const url = await api({ '/health': says('') });
  const many = Array.from({ length: 6 }, (_, n) => ({ path: '/health', name: `health ${String(n)}` }));
  expect(await found(checkWith(many), lookAt(url, {}, 60_000))).toMatchObject({
    rows: [],
    population: { checked: 6 },
  });
});

test('endpoints that answer as they should pass, and what each took is measured', async () => {
  const url = await api({
    '/health': says('{"status":"ok"}'),
    '/old': says('', 410),
    '/text': says('all is well'),
  });
  const check = checkWith([
    { path: '/health', body: { pointer: '/status', equals: 'ok' }, within: '2s' },
    { path: '/old', name: 'retired', status: 410 },
    { path: '/text', body: { contains: 'well' } },
  ]);
  const { rows, outcome, status, population } = await found(check, lookAt(url));
  expect([rows, outcome, status]).toEqual([[], 'pass', 'healthy']);
  expect(population).toMatchObject({ checked: 3, left: null, right: null, empty: false });
  const times = population.measuredMs ?? {};
  expect(Object.keys(times)).toEqual(['/health', 'retired', '/text']);
  expect(population.latencyMs).toBe(Math.max(...Object.values(times)));
});

test('an endpoint that fails is a violation of the first kind that applies, and the others are asked all the same', async () => {
  const url = await api({
    '/down': says('{"status":"ok"}', 503),
    '/sick': says('{"status":"degraded"}'),
    '/well': says('ok'),
  });
  const check = checkWith([
    { path: '/down', body: { contains: 'nothing of this' } },
    { path: '/sick', body: { pointer: '/status', equals: 'ok' } },
    { path: '/gone' },
    { path: '/well' },
  ]);
  const { rows, status, result } = await found(check, lookAt(url));
  expect(rows).toEqual([
    wrong('status', '/down', 503, 200),
    wrong('body', '/sick', 'degraded', 'ok'),
    wrong('status', '/gone', 404, 200),
  ]);
  expect([status, result.checked, result.consistent]).toEqual(['critical', 4, 1]);
});

test('a slow endpoint is slow, and one that does not answer in time is unreachable', async () => {
  const url = await api({
    '/slow': (_request, response) => setTimeout(() => response.end(), 60),
    '/hung': never,
  });
  const check = checkWith([
    { path: '/slow', within: '20ms' },
    { path: '/hung', timeout: '150ms' },
  ]);
  const { rows, population } = await found(check, lookAt(url));
  expect(rows).toEqual([
    wrong('slow', '/slow', expect.any(Number), 20),
    wrong('unreachable', '/hung', 'no answer within 150ms', 'an answer'),
  ]);
  expect(Number(rows[0]?.left?.[0])).toBeGreaterThanOrEqual(59);
  expect(population.latencyMs).toBeGreaterThanOrEqual(149);
  expect(Object.keys(population.measuredMs ?? {})).toEqual(['/slow']);
});

test('should every endpoint hang, each still gets its turn within the time-out of the check', async () => {
  const paths = ['/a', '/b', '/c', '/d'];
  const url = await api(Object.fromEntries(paths.map((path) => [path, never])));
  const check = { ...checkWith(paths.map((path) => ({ path }))), timeoutMs: 3_000 };
  const start = performance.now();
  const { rows } = await found(check, lookAt(url, {}, 3_000));
  expect(rows.map(({ kind }) => kind)).toEqual(Array(4).fill('unreachable'));
  expect(performance.now() - start).toBeLessThan(3_000);
});

test('a time-out that leaves less to an endpoint than it may take is said to be too short', async () => {
  const check = checkWith([{ path: '/a', within: '6s' }, { path: '/b' }]);
  const look = lookAt('http://localhost:1', {}, check.timeoutMs);
  const message =
    'check "api": its timeout leaves 3.0s to each endpoint, and "/a" may take 6s; raise timeout';
  await expect(http.evaluate(check, look, () => undefined)).rejects.toThrow(new UserError(message));
  await expect(http.inspect(check, look)).rejects.toThrow(message);
});

test('a service that is down is what is looked for: every endpoint is unreachable, and the run is none that could not look', async () => {
  const closed = createServer();
  const port = await listening(closed);
  await Promise.all(closing.splice(0).map((close) => close()));
  const look = lookAt(`http://localhost:${String(port)}`);
  const { rows, status } = await found(checkWith([{ path: '/a' }, { path: '/b' }]), look);
  expect(rows).toEqual([
    wrong('unreachable', '/a', 'nothing listens there', 'an answer'),
    wrong('unreachable', '/b', 'nothing listens there', 'an answer'),
  ]);
  expect(status).toBe('critical');
});

test('a certificate that ends soon is a violation before it has ended, and one that nobody vouches for at once', async () => {
  const { key, cert } = selfSigned(Date.now() + 10 * DAY + 60_000);
  const port = await listening(createSecureServer({ key, cert }, says('ok')));
  const url = `https://localhost:${String(port)}`;
  const check = checkWith([
    { path: '/a', tlsDays: 14 },
    { path: '/b', tlsDays: 10 },
  ]);
  const { rows, population } = await found(check, lookAt(url, { tls: { ca: cert } }));
  expect(rows).toEqual([wrong('tls_expiry', '/a', 10, 14)]);
  expect(Math.abs((population.measuredMs?.['certificate'] ?? 0) - 10 * DAY)).toBeLessThan(120_000);
  const untrusted = await found(check, lookAt(url));
  expect(untrusted.rows.map(({ kind, left }) => [kind, left?.[0]])).toEqual(
    Array(2).fill(['unreachable', 'its certificate is not trusted; give the authority as tls.ca']),
  );
  const plain = await found(check, lookAt(await api({ '/a': says(''), '/b': says('') })));
  expect(plain.rows).toEqual([wrong('tls_expiry', '/a', null, 14), wrong('tls_expiry', '/b', null, 10)]);
});

test('a redirect loop is a wrong status, a huge body a wrong body', async () => {
  const url = await api({
    '/loop': (_request, response) => response.writeHead(302, { location: '/loop' }).end(),
    '/huge': says('x'.repeat(2_000)),
  });
  const check = checkWith([{ path: '/loop', redirects: 5 }, { path: '/huge' }]);
  const { rows } = await found(check, lookAt(url, { maxBody: 1_000 }));
  expect(rows).toEqual([
    wrong('status', '/loop', 'more than 5 redirects', 200),
    wrong('body', '/huge', 'an answer of more than 1000 bytes', 'an answer'),
  ]);
});

test.each([
  ['', 'nothing at that place, or no JSON'],
  ['<html>ok</html>', 'nothing at that place, or no JSON'],
  ['{"state":"ok"}', 'nothing at that place, or no JSON'],
  ['{"status":1}', 1],
  ['{"status":"OK"}', 'OK'],
  ['{"status":null}', 'null'],
  ['{"status":["ok"]}', 'a list'],
  ['{"status":{"ssn":"private"}}', 'an object'],
  [JSON.stringify({ status: 'x'.repeat(1_000) }), 'x'.repeat(200)],
])('the body %s does not say that all is well', async (body, told) => {
  const url = await api({ '/health': says(body) });
  const check = checkWith([{ path: '/health', body: { pointer: '/status', equals: 'ok' } }]);
  expect((await found(check, lookAt(url))).rows).toEqual([wrong('body', '/health', told, 'ok')]);
});

test('a value of another type is another value, and null is one', async () => {
  const url = await api({ '/one': says('{"n":"1","none":null}') });
  const verdict = async (body: object) =>
    (await found(checkWith([{ path: '/one', body }]), lookAt(url))).rows.map(({ kind }) => kind);
  expect(await verdict({ pointer: '/n', equals: 1 })).toEqual(['body']);
  expect(await verdict({ pointer: '/n', equals: '1' })).toEqual([]);
  expect(await verdict({ pointer: '/none', equals: null })).toEqual([]);
});

test('of an answer nothing is kept but the value that is asked for, and of a redacted endpoint not even that', async () => {
  const url = await api({ '/me': says('{"role":"admin-of-all","ssn":"private-1"}') });
  const endpoints = [{ path: '/me', name: 'me', body: { pointer: '/role', equals: 'nobody' } }];
  const seen = async (more: object): Promise<string> => {
    const check = checkWith(endpoints, more);
    const look = lookAt(url);
    const { rows, population } = await found(check, look);
    const told = [rows, population, await http.rows(check, look, ['me']), await http.inspect(check, look)];
    return JSON.stringify(told);
  };
  expect(await seen({})).toContain('admin-of-all');
  expect(await seen({})).not.toContain('private');
  expect(await seen({ redact: ['me'] })).toContain('[redacted]');
  expect(await seen({ redact: ['me'] })).not.toMatch(/of-all|private/);
});

test('a query is part of what is asked and of no name', async () => {
  const url = await api({ '/health?key=s3cret': says('ok') });
  const check = checkWith([{ path: '/health?key=s3cret' }, { path: '/gone?key=s3cret' }]);
  const look = lookAt(url);
  const { rows, population } = await found(check, look);
  expect(rows).toEqual([wrong('status', '/gone', 404, 200)]);
  const told = [rows, population, await http.rows(check, look, ['/gone']), await http.inspect(check, look)];
  expect(JSON.stringify([...told, await http.explain(check, look)])).not.toContain('s3cret');
});

describe('with a log-in', () => {
  const login = { path: '/login', body: { password: 's3cret' }, token: '/token' };
  const protectedApi = (answer: Handler): Promise<string> =>
    api({
      '/login': answer,
      '/me': (request, response) =>
        response.writeHead(request.headers.authorization === 'Bearer t' ? 200 : 401).end(),
      '/health': says('ok'),
    });
  const check = checkWith([{ path: '/me' }, { path: '/health', login: false }]);

  test('the token opens what needs it', async () => {
    expect((await found(check, lookAt(await protectedApi(says('{"token":"t"}')), { login }))).rows).toEqual(
      [],
    );
  });

  test('a log-in that is refused is an error of ours and no violation', async () => {
    const rows: Disagreement[] = [];
    const look = lookAt(await protectedApi(says('no', 403)), { login });
    await expect(http.evaluate(check, look, (row) => rows.push(row))).rejects.toThrow(SourceError);
    expect(rows).toEqual([]);
  });

  test('a log-in that the service fails to give makes unreachable what needs it, and nothing else', async () => {
    const { rows } = await found(check, lookAt(await protectedApi(says('', 500)), { login }));
    expect(rows).toEqual([
      wrong('unreachable', '/me', 'the log-in before it failed: status 500', 'an answer'),
    ]);
  });
});

test('looking again asks only the endpoints in question, and the drill-down only the one', async () => {
  const asked: string[] = [];
  const note: Handler = (request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(500).end();
  };
  const url = await api({ '/a': note, '/b': note });
  const check = checkWith([{ path: '/a' }, { path: '/b' }]);
  const still = await http.recheck(check, lookAt(url), [wrong('status', '/b', 503, 200) as Disagreement]);
  expect([still, asked]).toEqual([[wrong('status', '/b', 500, 200)], ['/b']]);
  expect(await http.rows(check, lookAt(url), ['/a'])).toEqual([
    {
      ...{ side: null, source: 'api', table: 'GET /a' },
      rows: [{ answer: 'status 500', milliseconds: expect.any(Number), found: 500, verdict: 'status' }],
    },
  ]);
});

test('explain tells what is asked and expected, inspect what is answered now', async () => {
  const url = await api({ '/health': says('ok') });
  const endpoint = {
    path: '/health',
    body: { contains: 'ok' },
    within: '2s',
    tlsDays: 14,
    redirects: 1,
    login: false,
  };
  const check = checkWith([{ path: '/health' }, { ...endpoint, name: 'more' }]);
  expect((await http.explain(check, lookAt(url))).map(({ sql, plan }) => [sql, ...plan])).toEqual([
    ['GET /health', 'answers with status 200'],
    [
      'GET /health',
      'answers with status 200',
      'with "ok" in its body',
      'within 2s',
      'under a certificate that is good for 14 days',
      'after 1 redirects at most',
      'without a log-in',
    ],
  ]);
  const [fine, bare] = await http.inspect(check, lookAt(url));
  expect(fine).toEqual({
    level: 'ok',
    message: expect.stringMatching(/^GET \/health: status 200 in \d+ ms$/),
  });
  expect(bare).toEqual({
    level: 'warning',
    message: expect.stringMatching(
      /^GET \/health: status 200 in \d+ ms, which is a violation \(tls_expiry\)$/,
    ),
  });
});
