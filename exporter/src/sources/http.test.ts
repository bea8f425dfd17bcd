/** What a service may do, and what a source of engine http makes of it: real servers, nothing mocked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { selfSigned } from '../../../tests/certificate.ts';
import { SourceError } from '../core/errors.ts';
import { http } from './http.ts';
import type { ServiceAnswer, ServiceRequest, Source } from './source.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const running: Server[] = [];
const limits = { timeoutMs: 5_000, signal: new AbortController().signal };
const DAY = 86_400_000;
const SECRET = 's3cret-token';

afterEach(async () => {
  await Promise.all(
    running.splice(0).map((server) => {
      if ('closeAllConnections' in server) (server as ReturnType<typeof createServer>).closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

async function listening(server: Server): Promise<number> {
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}

async function serving(handler: Handler): Promise<string> {
  return `http://localhost:${String(await listening(createServer(handler)))}`;
}

/** A server of TCP that never answers in HTTP, but as it is told to. */
async function speaking(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createPlainServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  const close = server.close.bind(server);
  server.close = (done) => {
    for (const socket of sockets) socket.destroy();
    return close(done);
  };
  return `http://localhost:${String(await listening(server))}`;
}

function sourceAt(url: string, more: object = {}): Source {
  return http.open('api', { url, ...more });
}

const GET: ServiceRequest = {
  ...{ method: 'GET', path: '/health', timeoutMs: 3_000, redirects: 0, anonymous: false },
};

function asked(source: Source, change: Partial<ServiceRequest> = {}): Promise<ServiceAnswer> {
  if (!source.visit) throw new Error('no service');
  return source.visit(limits, (request) => request({ ...GET, ...change }));
}

const failing = async (url: string, more: object = {}, change: Partial<ServiceRequest> = {}) =>
  (await asked(sourceAt(url, more), change)).failure;

describe('an answer', () => {
  test('is told with its status, its body and the time it took', async () => {
    const url = await serving((_request, response) => {
      setTimeout(() => response.writeHead(503).end('größe'), 30);
    });
    const answer = await asked(sourceAt(url));
    expect(answer).toMatchObject({ status: 503, body: 'größe', failure: null, certificateMs: null });
    expect(answer.tookMs).toBeGreaterThanOrEqual(29);
  });

  test('to HEAD has no body', async () => {
    const url = await serving((request, response) => response.end(request.method));
    expect(await asked(sourceAt(url), { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('comes from the path behind the url, each over a connection of its own that is not kept', async () => {
    const seen: (string | undefined)[][] = [];
    const ports = new Set<number | undefined>();
    const url = await serving((request, response) => {
      seen.push([request.url, request.headers.connection, request.headers['accept-encoding']]);
      ports.add(request.socket.remotePort);
      response.end();
    });
    const source = sourceAt(`${url}/base/`);
    for (const path of ['/health?deep=1', '/health']) await asked(source, { path });
    expect(seen).toEqual([
      ['/base/health?deep=1', 'close', 'identity'],
      ['/base/health', 'close', 'identity'],
    ]);
    expect(ports.size).toBe(2);
  });

  test('is an answer after a cancelled look no more', async () => {
    const url = await serving(() => undefined);
    const stopping = new AbortController();
    const source = sourceAt(url);
    const running = source.visit?.({ timeoutMs: 5_000, signal: stopping.signal }, (request) => request(GET));
    setTimeout(() => {
      stopping.abort(new Error('stopping'));
    }, 30);
    await expect(running).rejects.toThrow('stopping');
  });
});

describe('no answer', () => {
  test('because nothing listens', async () => {
    const closed = createServer();
    const port = await listening(closed);
    await new Promise((resolve) => closed.close(resolve));
    running.length = 0;
    expect(await failing(`http://localhost:${String(port)}`)).toEqual({
      reason: 'refused',
      message: 'nothing listens there',
    });
  });

  test('because the name does not resolve', async () => {
    expect(await failing('http://lockstep.invalid')).toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/resolve/),
    });
  });

  test('within the time-out, before the first byte or amid the body', async () => {
    const silent = await serving(() => undefined);
    const dribbling = await serving((_request, response) => {
      response.write('a');
    });
    for (const url of [silent, dribbling]) {
      const answer = await asked(sourceAt(url), { timeoutMs: 100 });
      expect(answer.failure).toEqual({ reason: 'timeout', message: 'no answer within 100ms' });
      expect(answer.tookMs).toBeGreaterThanOrEqual(99);
    }
  });

  test.each([
    ['is no HTTP', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
    ['breaks off', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')],
    ['is cut', (socket: Socket) => socket.resetAndDestroy()],
    [
      'has headers without an end',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`),
    ],
  ])('that %s', async (_what, onConnection) => {
    const url = await speaking((socket) => {
      socket.once('data', () => {
        onConnection(socket);
      });
    });
    expect(await failing(url)).toMatchObject({ reason: 'broken' });
  });

  test('when its body is larger than is read, with or without a length, and the rest is not read', async () => {
    let sent = 0;
    const endless = await serving((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const failure = { reason: 'too_large', message: 'an answer of more than 1000 bytes' };
    expect(await failing(endless, { maxBody: 1_000 })).toEqual(failure);
    expect(sent).toBeLessThan(50_000_000);
    const exact = await serving((_request, response) => response.end('x'.repeat(1_000)));
    expect(await failing(exact, { maxBody: 1_000 })).toBeNull();
    expect(await failing(exact, { maxBody: 999 })).toMatchObject({ reason: 'too_large' });
  });
});

describe('a redirect', () => {
  const redirecting = (to: string): Promise<string> =>
    serving((_request, response) => response.writeHead(302, { location: to }).end());

  test('is an answer of its own unless it is to be followed', async () => {
    expect(await asked(sourceAt(await redirecting('/next')))).toMatchObject({ status: 302, failure: null });
  });

  test('is followed as often as is said and no further, in a loop too', async () => {
    let requests = 0;
    const url = await serving((_request, response) => {
      requests += 1;
      response.writeHead(302, { location: '/health' }).end();
    });
    expect(await failing(url, {}, { redirects: 3 })).toEqual({
      reason: 'redirect',
      message: 'more than 3 redirects',
    });
    expect(requests).toBe(4);
    const once = await serving((request, response) => {
      if (request.url === '/health') response.writeHead(301, { location: 'there' }).end();
      else response.end('here');
    });
    expect(await asked(sourceAt(once), { redirects: 1 })).toMatchObject({ status: 200, body: 'here' });
  });

  test('leads to hosts that are named only, and takes no header of the source along', async () => {
    const heard: IncomingMessage['headers'][] = [];
    const other = await serving((request, response) => {
      heard.push(request.headers);
      response.end('elsewhere');
    });
    const url = await redirecting(`${other}/x`);
    const refused = await failing(url, {}, { redirects: 3 });
    expect(refused).toEqual({
      reason: 'redirect',
      message: 'a redirect to a host that the source does not name',
    });
    expect(heard).toEqual([]);
    const named = sourceAt(url, { hosts: [new URL(other).host], headers: { 'x-key': SECRET } });
    expect(await asked(named, { redirects: 3 })).toMatchObject({ status: 200, body: 'elsewhere' });
    expect(JSON.stringify(heard)).not.toContain(SECRET);
  });

  test.each(['LocalHost', 'localhost:443'])('follows a name that is written as %s', async (host) => {
    // nobody answers there as they should, yet it is where the redirect leads
    const location = 'https://localhost/';
    const redirect = await redirecting(location);
    expect(
      await failing(redirect.replace('localhost', '127.0.0.1'), { hosts: [host] }, { redirects: 1 }),
    ).toMatchObject({
      reason: expect.not.stringMatching('redirect'),
    });
  });

  test('of another port than is named leads nowhere', async () => {
    const from = (await redirecting('https://localhost/')).replace('localhost', '127.0.0.1');
    for (const host of ['localhost:80', 'localhost:8443', 'not a host:x']) {
      expect(await failing(from, { hosts: [host] }, { redirects: 1 })).toMatchObject({ reason: 'redirect' });
    }
  });

  test.each(['ftp://localhost/x', 'file:///etc/passwd', 'http://', 'http://localhost@169.254.169.254/'])(
    'to %s leads nowhere, and the address is not repeated',
    async (location) => {
      const failure = await failing(await redirecting(location), {}, { redirects: 3 });
      expect(failure?.reason).toBe('redirect');
      expect(failure?.message).not.toContain('localhost');
    },
  );
});

describe('TLS', () => {
  async function secure(until: number, handler: Handler = (_request, response) => response.end('ok')) {
    const { key, cert } = selfSigned(until);
    const port = await listening(createSecureServer({ key, cert }, handler));
    return { url: `https://localhost:${String(port)}`, port, cert };
  }

  test('tells how long the certificate is good for', async () => {
    const { url, cert } = await secure(Date.now() + 10 * DAY);
    const { status, certificateMs } = await asked(sourceAt(url, { tls: { ca: cert } }));
    expect(status).toBe(200);
    expect(Math.abs((certificateMs ?? 0) - 10 * DAY)).toBeLessThan(60_000);
  });

  test('with a certificate that nobody vouches for, is expired or for another host is no answer', async () => {
    const { url, port, cert } = await secure(Date.now() + DAY);
    expect(await failing(url)).toEqual({
      reason: 'tls',
      message: 'its certificate is not trusted; give the authority as tls.ca',
    });
    expect(await failing(`https://127.0.0.1:${String(port)}`, { tls: { ca: cert } })).toMatchObject({
      reason: 'tls',
    });
    const old = await secure(Date.now() - DAY);
    expect(await failing(old.url, { tls: { ca: old.cert } })).toEqual({
      reason: 'tls',
      message: 'its certificate has expired',
    });
    const { certificateMs } = await asked(sourceAt(old.url, { tls: { verify: false } }));
    expect(certificateMs).toBeLessThan(0);
  });

  test('that the other end does not speak is no answer', async () => {
    const url = await serving((_request, response) => response.end('plain'));
    expect(await failing(url.replace('http:', 'https:'))).toEqual({
      reason: 'tls',
      message: 'it speaks no TLS',
    });
  });

  test('with a key or certificate that is none is told for what it is, before anything is asked', () => {
    const { cert, key } = selfSigned();
    for (const [tls, message] of [
      [{ cert: SECRET, key }, 'tls.cert is no PEM'],
      [{ cert, key: SECRET }, 'tls.key is no PEM'],
      [{ ca: SECRET }, 'tls.ca is no PEM'],
      [{ cert, key: key.replaceAll(/\n[^-]{8}/g, '\nAAAAAAAA') }, 'a PEM in it is damaged'],
      [{ cert, key: selfSigned().key }, 'tls.key does not belong to tls.cert'],
    ] as const) {
      expect(() => sourceAt('https://localhost', { tls })).toThrow(message);
      expect(() => sourceAt('https://localhost', { tls })).not.toThrow(SECRET);
    }
    expect(() => sourceAt('https://localhost', { tls: { ca: cert, cert, key } })).not.toThrow();
  });

  test('is not left by a redirect', async () => {
    const plain = await serving((_request, response) => response.end('plain'));
    const { url, cert } = await secure(Date.now() + DAY, (_request, response) =>
      response.writeHead(302, { location: plain }).end(),
    );
    const entry = { tls: { ca: cert }, hosts: [new URL(plain).host] };
    expect(await failing(url, entry, { redirects: 1 })).toEqual({
      reason: 'redirect',
      message: 'a redirect from https to http',
    });
  });
});

describe('a log-in', () => {
  const LOGIN = { path: '/login', body: { user: 'lockstep', password: SECRET }, token: '/data/access' };

  /** Answers a log-in with `status` and `answer`, everything else by who asked. */
  async function api(status: number, answer: string, logins: string[] = []): Promise<string> {
    return serving((request, response) => {
      if (request.url !== '/login') response.end(request.headers.authorization ?? 'nobody');
      else {
        let body = `${String(request.method)} ${String(request.headers['content-type'])} `;
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          logins.push(body);
          response.writeHead(status).end(answer);
        });
      }
    });
  }

  test('comes first, once for all requests of a look, and its token goes with each of them', async () => {
    const logins: string[] = [];
    const source = sourceAt(await api(200, '{"data":{"access":"t0ken"}}', logins), { login: LOGIN });
    const answers = await source.visit?.(limits, async (request) => [
      await request(GET),
      await request(GET),
      await request({ ...GET, anonymous: true }),
    ]);
    expect(answers?.map(({ body }) => body)).toEqual(['Bearer t0ken', 'Bearer t0ken', 'nobody']);
    expect(logins).toEqual([`POST application/json {"user":"lockstep","password":"${SECRET}"}`]);
    await asked(source);
    expect(logins).toHaveLength(2);
  });

  test('can be a form', async () => {
    const logins: string[] = [];
    const login = { ...LOGIN, as: 'form', token: '/data/access' };
    await asked(sourceAt(await api(200, '{"data":{"access":"t"}}', logins), { login }));
    expect(logins).toEqual([`POST application/x-www-form-urlencoded user=lockstep&password=${SECRET}`]);
  });

  test.each([
    [401, 'no', 'the log-in was refused with status 401; check login.path and login.body'],
    [302, '', 'the log-in was refused with status 302'],
    [200, '<html>', 'holds no token at /data/access'],
    [200, '{"data":{"access":7}}', 'holds no token at /data/access'],
    [200, `{"data":{"access":"${SECRET}\\n"}}`, 'holds no token at /data/access'],
  ])('that is refused (%i %s) is ours to mend, and tells no secret', async (status, answer, message) => {
    const url = await api(status, answer);
    const error: unknown = await asked(sourceAt(url, { login: LOGIN })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SourceError);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain(SECRET);
  });

  test('that the service cannot give is the answer to what needed it, and to nothing else', async () => {
    const source = sourceAt(await api(500, 'oops'), { login: LOGIN });
    expect((await asked(source)).failure).toEqual({
      reason: 'login',
      message: 'the log-in before it failed: status 500',
    });
    expect(await asked(source, { anonymous: true })).toMatchObject({ status: 200, body: 'nobody' });
  });
});

describe('the source itself', () => {
  test('is asked for any answer by ping and probe, and logs in to be proven', async () => {
    const url = await serving((_request, response) => response.writeHead(404).end());
    await expect(sourceAt(url).ping(limits)).resolves.toBeUndefined();
    expect(await sourceAt(url).probe(limits)).toEqual({
      ...{ version: 'with status 404', user: null, writeGrants: [], writeRefused: null },
    });
    const login = { path: '/login', body: {}, token: '/token' };
    await expect(sourceAt(url, { login }).probe(limits)).rejects.toThrow(
      'the log-in was refused with status 404',
    );
  });

  test('has no tables', async () => {
    const source = sourceAt('http://localhost:1');
    await expect(source.look(limits, () => Promise.resolve())).rejects.toThrow('it is a service');
    await expect(source.catalog(limits)).rejects.toThrow('it is a service');
    await expect(source.ping(limits)).rejects.toThrow('source "api": nothing listens there');
    await source.close();
  });

  test('sends its headers, and says when one of them is none without repeating it', async () => {
    const url = await serving((request, response) => response.end(request.headers['x-key']));
    expect(await asked(sourceAt(url, { headers: { 'X-Key': SECRET } }))).toMatchObject({ body: SECRET });
    const error: unknown = await asked(sourceAt(url, { headers: { 'x-key': `${SECRET}\n` } })).catch(
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain('a header cannot be sent; check the names and values of headers');
    expect(String(error)).not.toContain(SECRET);
  });
});
