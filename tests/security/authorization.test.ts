/** Every route × every way to ask. The routes come from the server itself: a new one without an expectation fails. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import {
  ADMIN_TOKEN,
  asAdmin,
  asViewer,
  bearer,
  GRAFANA_TOKEN,
  mismatch,
  serve,
  type Served,
} from '../served-lockstep.ts';

const SECRET = 'a secret of at least thirty-two characters';
const CLAIMS = { issuer: 'https://login.example', audience: 'lockstep' };

type Access = 'public' | 'viewer' | 'admin';
/** Who may use which route. HEAD comes with every GET. */
const EXPECTED: Readonly<Record<string, Access>> = {
  'GET /': 'public',
  'GET /metrics': 'public',
  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /api/v1/health/status': 'admin',
  'GET /api/v1/health/latest-report': 'admin',
  'GET /api/v1/health/violations': 'admin',
  'GET /api/v1/health/metrics': 'admin',
  'POST /api/v1/health/check-now': 'admin',
  'GET /api/v1/checks': 'viewer',
  'GET /api/v1/checks/:check': 'viewer',
  'GET /api/v1/checks/:check/runs': 'viewer',
  'GET /api/v1/checks/:check/history': 'viewer',
  'POST /api/v1/checks/:check/run': 'admin',
  'GET /api/v1/runs/:id': 'viewer',
  'GET /api/v1/jobs': 'viewer',
  'GET /api/v1/about': 'viewer',
  'GET /api/v1/violations': 'admin',
  'GET /api/v1/baselines': 'viewer',
  'GET /api/v1/baselines/:id/comparison': 'admin',
  'GET /api/v1/baselines/:id/files': 'admin',
  'GET /api/v1/reports/:kind': 'viewer',
  'GET /api/v1/gate': 'viewer',
  'GET /api/v1/deployments': 'viewer',
  'POST /api/v1/deployments': 'admin',
  'POST /api/v1/baselines': 'admin',
  'POST /api/v1/baselines/:id/current': 'admin',
  'DELETE /api/v1/baselines/:id': 'admin',
  'POST /api/v1/violations/known': 'admin',
  'POST /api/v1/violations/unmark': 'admin',
  'GET /api/v1/violations/:id': 'admin',
  'GET /api/v1/sync/plans': 'admin',
  'GET /api/v1/sync/plans/:id': 'admin',
  'POST /api/v1/sync/plans': 'admin',
  'POST /api/v1/sync/plans/:id/apply': 'admin',
  'POST /api/v1/sync/plans/:id/undo': 'admin',
  'GET /api/v1/audit': 'admin',
  'POST /-/reload': 'admin',
};

interface Route {
  readonly method: HTTPMethods;
  readonly url: string;
}

/** Fastify tells of each instance before any route is added to it. */
async function withRoutes<T>(start: () => Promise<T>): Promise<{ result: T; routes: Route[] }> {
  const routes: Route[] = [];
  const listen = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of Array.isArray(method) ? method : [method]) routes.push({ method: one, url });
    });
  };
  subscribe('fastify.initialization', listen);
  try {
    return { result: await start(), routes };
  } finally {
    unsubscribe('fastify.initialization', listen);
  }
}

/** Of the routes that need one. */
const BODIES: Readonly<Record<string, object>> = {
  '/api/v1/violations/known': { ids: ['nobody'], reason: 'a test' },
  '/api/v1/violations/unmark': { ids: ['nobody'] },
  '/api/v1/baselines': { check: 'progress_license', name: 'a test' },
  '/api/v1/sync/plans': { check: 'progress_license' },
  '/api/v1/sync/plans/:id/apply': { reason: 'a test' },
  '/api/v1/deployments': { name: 'a test' },
};

const QUERIES: Readonly<Record<string, string>> = {
  'GET /api/v1/sync/plans': '?check=progress_license',
  'HEAD /api/v1/sync/plans': '?check=progress_license',
};

/** The check of this server has no sync: whom the role lets in, the matter turns away. */
function isOpened(url: string, status: number): boolean {
  return (
    status < 400 || url.includes('*') || (url.startsWith('/api/v1/sync/') && [404, 409].includes(status))
  );
}

let served: Served;
let routes: Route[];
let paths: Readonly<Record<string, string>>;

function jwt(
  claims: { iss?: string; aud?: string; exp?: string | null; role?: unknown; sub?: string } = {},
): Promise<string> {
  const token = new SignJWT({ role: 'role' in claims ? claims.role : 'admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(claims.iss ?? CLAIMS.issuer)
    .setAudience(claims.aud ?? CLAIMS.audience)
    .setSubject(claims.sub ?? 'ann');
  if (claims.exp !== null) token.setExpirationTime(claims.exp ?? '5m');
  return token.sign(new TextEncoder().encode(SECRET));
}

beforeAll(async () => {
  const jwtConfig = { ...CLAIMS, secret: SECRET, jwksUrl: null, roleClaim: 'role' };
  ({ result: served, routes } = await withRoutes(async () => {
    const started = await serve({ http: { jwt: jwtConfig } });
    await started.app.ready();
    return started;
  }));
  served.scene('progress_license').rows.push(mismatch('42'));
  await served.run('progress_license');
  const { rows } = await served.store.runs('progress_license', 1);
  const violations = await served.store.violations({
    ...{ checks: ['progress_license'], sort: 'key', descending: false, limit: 1 },
  });
  paths = {
    '/api/v1/reports/:kind': '/api/v1/reports/daily',
    '/api/v1/runs/:id': `/api/v1/runs/${String(rows[0]?.id)}`,
    '/api/v1/violations/:id': `/api/v1/violations/${String(violations.rows[0]?.id)}`,
  };
});
afterAll(() => served.close());

async function ask({ method, url }: Route, headers: Record<string, string>) {
  const path = (paths[url] ?? url).replace(':check', 'progress_license').replace(':id', await baseline(url));
  const query =
    method === 'POST' && path.includes('run') ? '?wait=true' : (QUERIES[`${method} ${url}`] ?? '');
  const payload = BODIES[url];
  return served.app.inject({
    method: method as 'GET',
    url: path + query,
    headers,
    ...(payload && { payload }),
  });
}

/** One of its own for each request, because one of them deletes it. */
async function baseline(url: string): Promise<string> {
  if (url.startsWith('/api/v1/sync/')) return '0'.repeat(64);
  if (!url.startsWith('/api/v1/baselines/')) return ':id';
  const made = { check: 'progress_license', name: 'a test', note: null, by: 'test', at: Date.now() };
  return (await served.store.makeBaseline(made))?.id ?? '';
}

function expectation({ method, url }: Route): Access | undefined {
  if (url.startsWith('/documentation')) return 'public';
  return EXPECTED[`${method === 'HEAD' ? 'GET' : method} ${url}`];
}

test('every route of the server has an expectation, and every expectation a route', () => {
  const unexpected = routes.filter((route) => expectation(route) === undefined);
  expect(unexpected).toEqual([]);
  const known = new Set(routes.map(({ method, url }) => `${method} ${url}`));
  expect(Object.keys(EXPECTED).filter((route) => !known.has(route))).toEqual([]);
});

const NOT_SIGNED_IN: readonly (readonly [string, () => Promise<Record<string, string>>])[] = [
  ['no token', () => Promise.resolve({})],
  ['a wrong token', () => Promise.resolve(bearer('a token that nobody has'))],
  ['a token that is nearly right', () => Promise.resolve(bearer(`${ADMIN_TOKEN}x`))],
  ['an empty token', () => Promise.resolve({ authorization: 'Bearer ' })],
  ['a right token in another scheme', () => Promise.resolve({ authorization: `Basic ${ADMIN_TOKEN}` })],
  ['an expired token', async () => bearer(await jwt({ exp: '-1m' }))],
  ['a token that never expires', async () => bearer(await jwt({ exp: null }))],
  ['a token for another audience', async () => bearer(await jwt({ aud: 'grafana' }))],
  ['a token of another issuer', async () => bearer(await jwt({ iss: 'https://elsewhere.example' }))],
  ['a token that is not signed', () => Promise.resolve(bearer(unsigned()))],
  ['a token signed by another', async () => bearer(`${(await jwt()).slice(0, -4)}AAAA`)],
];

function unsigned(): string {
  const token = new UnsecuredJWT({ role: 'admin' }).setIssuer(CLAIMS.issuer).setAudience(CLAIMS.audience);
  return token.setExpirationTime('5m').encode();
}

test.each(NOT_SIGNED_IN)('with %s every route but the public ones is 401', async (_who, headers) => {
  for (const route of routes) {
    const { statusCode, headers: answered } = await ask(route, await headers());
    const label = `${route.method} ${route.url}`;
    if (expectation(route) === 'public')
      expect([label, isOpened(route.url, statusCode)]).toEqual([label, true]);
    else
      expect([label, statusCode, answered['www-authenticate']]).toEqual([
        label,
        401,
        'Bearer realm="lockstep"',
      ]);
  }
});

const WITH_ROLE: readonly (readonly [string, Access | 'none', () => Promise<Record<string, string>>])[] = [
  ['a viewer token', 'viewer', () => Promise.resolve(asViewer)],
  ['an admin token', 'admin', () => Promise.resolve(asAdmin)],
  ['a JWT with the role viewer', 'viewer', async () => bearer(await jwt({ role: 'viewer' }))],
  ['a JWT with the role admin', 'admin', async () => bearer(await jwt())],
  [
    'an admin token that asks for less',
    'viewer',
    () => Promise.resolve({ ...asAdmin, 'x-lockstep-role': 'viewer' }),
  ],
  [
    'a viewer token that asks for more',
    'viewer',
    () => Promise.resolve({ ...asViewer, 'x-lockstep-role': 'admin' }),
  ],
  ['a JWT with a list of roles', 'admin', async () => bearer(await jwt({ role: ['other', 'admin'] }))],
  ['a JWT with an unknown role', 'none', async () => bearer(await jwt({ role: 'root' }))],
  ['a JWT without a role', 'none', async () => bearer(await jwt({ role: undefined }))],
];

test.each(WITH_ROLE)(
  '%s (%s) opens what its role opens and is 403 at the rest',
  async (_who, role, headers) => {
    for (const route of routes) {
      const needed = expectation(route);
      const { statusCode } = await ask(route, await headers());
      const label = `${route.method} ${route.url}`;
      const allowed = needed === 'public' || role === 'admin' || (role === 'viewer' && needed === 'viewer');
      if (!allowed) expect([label, statusCode]).toEqual([label, 403]);
      else expect([label, isOpened(route.url, statusCode)]).toEqual([label, true]);
    }
  },
);

test('a role that does not exist cannot be asked for', async () => {
  const headers = { ...asAdmin, 'x-lockstep-role': 'root' };
  const answer = await served.app.inject({ url: '/api/v1/checks', headers });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().detail).toContain('X-Lockstep-Role');
});

test('a reload that takes a token away counts at the next request', async () => {
  const url = '/api/v1/checks';
  const { tokens } = served.http;
  served.http.tokens = tokens.filter(({ name }) => name !== 'wall');
  expect((await served.app.inject({ url, headers: asViewer })).statusCode).toBe(401);
  served.http.tokens = tokens;
  expect((await served.app.inject({ url, headers: asViewer })).statusCode).toBe(200);
});

test('X-Grafana-User tells who acted only when the token is trusted to say so', async () => {
  for (const token of [GRAFANA_TOKEN, ADMIN_TOKEN]) {
    const headers = { ...bearer(token), 'x-grafana-user': 'ann' };
    await served.app.inject({ url: '/api/v1/violations', headers });
  }
  const { rows } = await served.store.auditTrail(2);
  expect(rows.map(({ actor }) => actor)).toEqual(['ops', 'ann via grafana']);
});

test('the subject of a JWT cannot pass for the name of a token', async () => {
  await served.app.inject({ url: '/api/v1/violations', headers: bearer(await jwt({ sub: 'ops' })) });
  expect((await served.store.auditTrail(1)).rows[0]?.actor).toBe('jwt:ops');
});

describe('without any token', () => {
  let open: Served;
  beforeAll(async () => {
    open = await serve({ http: { tokens: [] } });
  });
  afterAll(() => open.close());
  const at = (host: string, headers: Record<string, string> = {}, method: 'GET' | 'POST' = 'GET') =>
    open.app.inject({
      method,
      url: method === 'GET' ? '/api/v1/violations' : '/-/reload',
      headers: { host, ...headers },
    });

  test.each(['localhost:9464', '127.0.0.1:9464', '[::1]:9464', 'localhost'])(
    'this machine may do everything by the name %s',
    async (host) => {
      expect((await at(host)).statusCode).toBe(200);
      expect((await at(host, {}, 'POST')).statusCode).toBe(200);
      expect((await open.store.auditTrail(1)).rows[0]?.actor).toBe('local');
    },
  );

  test('a web page that reaches the port by a name of its own or across sites is refused', async () => {
    expect((await at('evil.example')).statusCode).toBe(403);
    expect((await at('localhost.evil.example')).statusCode).toBe(403);
    expect((await at('localhost:9464', { origin: 'https://evil.example' }, 'POST')).statusCode).toBe(403);
    expect((await at('localhost:9464', { 'sec-fetch-site': 'cross-site' }, 'POST')).statusCode).toBe(403);
    expect((await at('localhost:9464', { origin: 'http://localhost:9464' }, 'POST')).statusCode).toBe(200);
  });
});

describe('with a key set', () => {
  let keys: { privateKey: CryptoKey; publicKey: CryptoKey };
  let keyServer: HttpServer;
  let guarded: Served;
  let up = true;

  beforeAll(async () => {
    keys = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
    keyServer = createServer((_request, response) => {
      response
        .writeHead(up ? 200 : 500, { 'content-type': 'application/json' })
        .end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
    guarded = await serve();
    guarded.http.jwt = { ...CLAIMS, secret: null, jwksUrl: keyUrl('/keys'), roleClaim: 'role' };
  });
  afterAll(async () => {
    await guarded.close();
    keyServer.close();
  });

  const keyUrl = (path: string) =>
    `http://127.0.0.1:${String((keyServer.address() as AddressInfo).port)}${path}`;
  const signed = (key: CryptoKey | Uint8Array, alg: string, kid = 'k1') =>
    new SignJWT({ role: 'viewer' })
      .setProtectedHeader({ alg, kid })
      .setIssuer(CLAIMS.issuer)
      .setAudience(CLAIMS.audience)
      .setExpirationTime('5m')
      .sign(key);
  const status = async (token: string) =>
    (await guarded.app.inject({ url: '/api/v1/checks', headers: bearer(token) })).statusCode;

  test('a token signed with a key of the set is good, and with any other key 401', async () => {
    expect(await status(await signed(keys.privateKey, 'RS256'))).toBe(200);
    const others = await generateKeyPair('RS256');
    expect(await status(await signed(others.privateKey, 'RS256'))).toBe(401);
    expect(await status(await signed(others.privateKey, 'RS256', 'k2'))).toBe(401);
  });

  test('the public key is no secret: a token signed with it by HS256 is 401', async () => {
    const publicKey = new TextEncoder().encode(JSON.stringify(await exportJWK(keys.publicKey)));
    expect(await status(await signed(publicKey, 'HS256'))).toBe(401);
  });

  test('while the key set cannot be had JWTs are 503, and configured tokens still work', async () => {
    up = false;
    guarded.http.jwt = { ...CLAIMS, secret: null, jwksUrl: keyUrl('/elsewhere'), roleClaim: 'role' };
    expect(await status(await signed(keys.privateKey, 'RS256'))).toBe(503);
    expect(await status(ADMIN_TOKEN)).toBe(200);
    up = true;
    expect(await status(await signed(keys.privateKey, 'RS256'))).toBe(200);
  });
});
