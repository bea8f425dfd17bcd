/**
 * What only a libSQL server can meet. Tokens, bounds and faults of a real one are tried on a real one (sqld); what it
 * never does by itself (redirect, hang, speak of something else) is done by a stand-in that answers as in `RECORDED`,
 * taken from sqld 0.24.32.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from '../../exporter/src/cli/validate.ts';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { SourceError } from '../../exporter/src/core/errors.ts';
import { libsql } from '../../exporter/src/sources/libsql.ts';
import { ServerConnection } from '../../exporter/src/sources/libsql/server-connection.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { selfSigned } from '../certificate.ts';
import { checkOf } from '../check-of.ts';
import { freePort, libsqlServer, type LibsqlServer } from '../libsql-server.ts';
import { evaluated, lookAt } from './source-engines.ts';

const SECRET = 'token-that-no-message-holds';
const limits = { timeoutMs: 20_000, signal: new AbortController().signal };

async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(() => null, (reason: unknown) => reason); // prettier-ignore
  expect(error).toBeInstanceOf(SourceError);
  const message = error instanceof Error ? error.message : '';
  expect(message).not.toContain(SECRET);
  return message;
}

/** What the command says; warnings leave a file valid. */
async function validated(url: string, authToken?: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-validate-'));
  const file = join(folder, 'lockstep.yaml');
  const source = { engine: 'libsql', url, ...(authToken === undefined ? {} : { authToken: '${TOKEN}' }) };
  const check = {
    kind: 'query',
    source: 'app',
    sql: 'SELECT 1 AS id WHERE 0',
    key: ['id'],
    population: 'SELECT 1',
  };
  writeFileSync(file, JSON.stringify({ sources: { app: source }, checks: { nothing: check } }));
  const { exitCode, text } = await validate(file, { connect: true, json: false }, { TOKEN: authToken });
  rmSync(folder, { recursive: true });
  expect(exitCode).toBe(0);
  return text;
}

describe('a token that no header can hold', () => {
  test.each(['\r', '\n', '\0', ' ', 'é'])('is refused with %j in it, and told to nobody', (inside) => {
    const authToken = `${SECRET}${inside}${SECRET}`;
    const inUrl = `libsql://localhost?authToken=${encodeURIComponent(authToken)}`;
    for (const entry of [{ url: 'libsql://localhost', authToken }, { url: inUrl }]) {
      const open = (): unknown => libsql.open('app', entry);
      expect(open).toThrow('source "app": authToken is empty, or holds what no token does');
      expect(open).not.toThrow(SECRET);
    }
  });

  test('is in no message should it ever be sent', async () => {
    const { signal } = limits;
    const connection = new ServerConnection(
      'app',
      new URL('http://localhost/'),
      `${SECRET}\n${SECRET}`,
      signal,
    );
    expect(await failure(connection.columns('SELECT 1'))).toContain('the request cannot be sent');
  });
});

describe('a real server that wants a token', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = (claims: object): string => {
    const signed = `${part({ alg: 'EdDSA', typ: 'JWT' })}.${part(claims)}`;
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  const [readWrite, readOnly] = [token({ a: 'rw' }), token({ a: 'ro' })];
  let server: LibsqlServer;

  beforeAll(async () => {
    const jwtKey = String(publicKey.export({ type: 'spki', format: 'pem' }));
    server = await libsqlServer({ jwtKey, authToken: readWrite });
    await server.run("CREATE TABLE l (id int, v text); INSERT INTO l VALUES (1, 'a'); CREATE TABLE r AS SELECT * FROM l"); // prettier-ignore
  }, 60_000);
  afterAll(() => server.stop());

  test('refuses none and a wrong one, and says what to do', async () => {
    for (const authToken of [undefined, SECRET]) {
      const source = libsql.open('app', { url: server.url, ...(authToken && { authToken }) });
      expect(await failure(source.ping(limits))).toContain(
        '(HTTP_401): the token was refused; check authToken',
      );
    }
  });

  test('is read with one that can only read, in either place where it may stand', async () => {
    for (const entry of [
      { url: server.url, authToken: readOnly },
      { url: `libsql://127.0.0.1:${String(server.port)}?tls=0&authToken=${readOnly}` },
      { url: `sqlite+libsql://127.0.0.1:${String(server.port)}/?authToken=${readOnly}&secure=false` },
    ]) {
      const source = libsql.open('app', entry);
      const sides = { key: ['id'], compare: ['v'], source: 'app' };
      const check = checkOf(coupling, { left: { ...sides, table: 'l' }, right: { ...sides, table: 'r' } });
      const { population } = await evaluated(coupling, check, lookAt(new Map([['app', source]])));
      expect(population.checked).toBe(1);
      expect(await source.probe(limits)).toMatchObject({ writeGrants: [], writeRefused: true });
    }
  });

  test('tells that a token may write, and is left as it was', async () => {
    const source = libsql.open('app', { url: server.url, authToken: readWrite });
    const { writeGrants, writeRefused } = await source.probe(limits);
    expect(writeGrants.join()).toContain('turso db tokens create DATABASE --read-only');
    expect(writeRefused).toBeNull();
    expect((await source.catalog(limits)).map(({ table }) => table)).toEqual(['l', 'r']);
  });

  test('`validate --connect` warns of a token that may write, and is content with one that may not', async () => {
    expect(await validated(server.url, readWrite)).toMatch(
      /warning {2}a write was not refused[^]* To have writes refused,\n +give a token that can only read as authToken: turso db tokens/,
    );
    const content = await validated(server.url, readOnly);
    expect(content).toMatch(/ok +a write was tried in a run’s transaction, and refused/);
    expect(content).not.toContain('warning');
  });
});

describe('a real server', () => {
  let server: LibsqlServer;
  let sources: ReadonlyMap<string, Source>;

  beforeAll(async () => {
    server = await libsqlServer();
    sources = new Map([['app', libsql.open('app', { url: server.url })]]);
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(() => server.clear());

  const check = checkOf(coupling, {
    left: { source: 'app', table: 'l', key: ['id'], compare: ['v'] },
    right: { source: 'app', table: 'r', key: ['id'], compare: ['v'] },
  });

  test('sends pages that fit, where ten thousand rows would be more than it sends at once', async () => {
    await server.run(`CREATE TABLE l (id INTEGER PRIMARY KEY, v text);
      INSERT INTO l WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) SELECT i, hex(zeroblob(150000 + i)) FROM n;
      CREATE TABLE r (id INTEGER PRIMARY KEY, v text); INSERT INTO r SELECT id, CASE WHEN id = 7 THEN 'x' ELSE v END FROM l`);
    const rows: unknown[] = [];
    const population = await coupling.evaluate(check, lookAt(sources), (row) => rows.push(row.key));
    expect(rows).toEqual([[7]]);
    expect(population.checked).toBe(60);
  });

  test('says which table is too wide when not even a few rows fit', async () => {
    await server.run(`CREATE TABLE l (id INTEGER PRIMARY KEY, v text); CREATE TABLE r (id INTEGER PRIMARY KEY, v text);
      INSERT INTO l WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8) SELECT i, hex(zeroblob(2000000)) FROM n`);
    expect(await failure(coupling.evaluate(check, lookAt(sources), () => undefined))).toContain(
      'a few rows of l are more than the server sends at once; ask for fewer columns',
    );
  });

  test('at text that is no UTF-8 is read all the same, and that is said', async () => {
    await server.run(`CREATE TABLE l (id int, v text); CREATE TABLE r (id int, v text); INSERT INTO l VALUES (1, CAST(x'ff41' AS TEXT))`); // prettier-ignore
    expect(await failure(coupling.evaluate(check, lookAt(sources), () => undefined))).toContain('a text is not valid UTF-8'); // prettier-ignore
  });

  test('that lets anybody write is warned of by `validate --connect`', async () => {
    expect(await validated(server.url)).toMatch(
      /warning {2}a write was not refused[^]*start the server with --auth-jwt-key-file/,
    );
  });

  test('that begins no transaction is not written to by the probe of whether it can be', async () => {
    const proxy = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const broken = body.replace('"BEGIN"', '"BEGIN NOTHING"');
        void fetch(new URL(request.url ?? '', server.url), { method: 'POST', body: broken }).then(
          async (answer) => response.end(await answer.text()),
        );
      });
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const source = libsql.open('app', { url: `http://127.0.0.1:${String(port)}` });
    expect(await failure(source.probe(limits))).toContain('near NOTHING');
    proxy.closeAllConnections();
    proxy.close();
    const direct = libsql.open('app', { url: server.url });
    expect(await direct.catalog(limits)).toEqual([]);
    // the same is proven where a transaction begins
    expect(await direct.probe(limits)).toMatchObject({
      writeRefused: null,
      writeGrants: [expect.anything()],
    });
    expect(await direct.catalog(limits)).toEqual([]);
  });

  test('that is gone is told, and found again when it is back', async () => {
    const other = await libsqlServer();
    const source = libsql.open('app', { url: other.url });
    await source.ping(limits);
    await other.stop();
    expect(await failure(source.ping(limits))).toMatch(/nothing listens there|the connection was cut/);
  });
});

/** From sqld 0.24.32: a whole answer, an answer with an error in it, and a stream that is no more. */
const RECORDED = {
  one: '{"baton":null,"base_url":null,"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"1","decltype":null}],"rows":[[{"type":"integer","value":"1"}]],"affected_row_count":0,"last_insert_rowid":null,"replication_index":null,"rows_read":0,"rows_written":0,"query_duration_ms":0.022}}},{"type":"ok","response":{"type":"close"}}]}',
  tooLarge: '{"baton":null,"base_url":null,"results":[{"type":"error","error":{"message":"Response is too large","code":"RESPONSE_TOO_LARGE"}},{"type":"ok","response":{"type":"close"}}]}',
  infinite: '{"baton":null,"base_url":null,"results":[{"type":"ok","response":{"type":"execute","result":{"cols":[{"name":"inf","decltype":null}],"rows":[[{"type":"float","value":null}]],"affected_row_count":0,"last_insert_rowid":null,"replication_index":null,"rows_read":0,"rows_written":0,"query_duration_ms":0.022}}},{"type":"ok","response":{"type":"close"}}]}',
  expired: '{"message":"The stream has expired due to inactivity","code":"STREAM_EXPIRED"}',
}; // prettier-ignore

describe('a stand-in that answers as recorded', () => {
  const opened: Server[] = [];
  afterEach(async () => {
    for (const server of opened.splice(0)) {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  });

  async function listening(server: Server): Promise<number> {
    opened.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
  async function sourceFor(listener: RequestListener): Promise<Source> {
    const port = await listening(createServer(listener));
    return libsql.open('app', { url: `http://127.0.0.1:${String(port)}/dev`, authToken: SECRET });
  }
  const ask = async (listener: RequestListener): Promise<string> =>
    failure((await sourceFor(listener)).ping(limits));

  test('is asked at its path, with the token and no stream left open', async () => {
    const asked: unknown[] = [];
    const source = await sourceFor((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push([request.method, request.url, request.headers.authorization, JSON.parse(body)]);
        response.end(RECORDED.one);
      });
    });
    await source.ping(limits);
    expect(asked).toEqual([
      ['POST', '/dev/v2/pipeline', `Bearer ${SECRET}`, { baton: null, requests: [{ type: 'execute', stmt: { sql: 'SELECT 1', args: [] } }, { type: 'close' }] }],
    ]); // prettier-ignore
  });

  test.each([
    ['an answer that is too large', 200, RECORDED.tooLarge, 'Response is too large (RESPONSE_TOO_LARGE)'],
    ['a number that JSON cannot hold', 200, RECORDED.infinite, 'a number is infinite'],
    ['a transaction that is over', 400, RECORDED.expired, 'The stream has expired due to inactivity (HTTP_400): the server ended the transaction'],
    ['a page of something else', 200, '<html>welcome</html>', 'nothing at this address speaks libSQL over HTTP'],
    ['JSON of something else', 200, '{"ok":true}', 'nothing at this address speaks libSQL over HTTP'],
    ['no such page', 404, 'not found', 'the server answered 404 (HTTP_404): nothing at this address'],
    ['a broken server', 502, `<html>${SECRET}</html>`, 'the server answered 502 (HTTP_502): the server is overloaded or broken'],
    ['a refusal', 403, '{"error":"Unauthorized: no permission"}', 'Unauthorized: no permission (HTTP_403): the token was refused'],
  ])('%s is told', async (_what, status, body, message) => {
    expect(await ask((_, response) => response.writeHead(status).end(body))).toContain(message);
  }); // prettier-ignore

  test('a redirect is not followed, and the token goes nowhere else', async () => {
    let elsewhere = 0;
    const other = await listening(createServer((_, response) => void ((elsewhere += 1), response.end(RECORDED.one)))); // prettier-ignore
    const message = await ask((_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${String(other)}/v2/pipeline` }).end(),
    );
    expect(message).toContain('(HTTP_307): the server sends to another address, which is not followed');
    expect(elsewhere).toBe(0);
  });

  test('an answer without end is left at 32 MB', async () => {
    const flood: RequestListener = (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024, 0x20)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect(await ask(flood)).toContain('the answer is larger than 32 MB');
  });

  test('one that never answers is left at the timeout or when the run is cancelled, and its request ended', async () => {
    let closed = 0;
    const hangs: RequestListener = (request) => void request.socket.on('close', () => (closed += 1));
    const source = await sourceFor(hangs);
    expect(await failure(source.ping({ ...limits, timeoutMs: 200 }))).toContain('cancelled: it took longer than 200ms'); // prettier-ignore
    const cancel = new AbortController();
    setTimeout(() => {
      cancel.abort(new Error('enough'));
    }, 200);
    await expect(source.ping({ ...limits, signal: cancel.signal })).rejects.toThrow('enough');
    while (closed < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  test('a connection that is cut in the middle of an answer is told', async () => {
    const cuts: RequestListener = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"baton":');
      setTimeout(() => response.socket?.destroy(), 50);
    };
    expect(await ask(cuts)).toContain('the connection was cut');
  });

  test('a certificate that nobody vouches for is refused', async () => {
    const port = await listening(createTlsServer(selfSigned(), (_, response) => response.end(RECORDED.one)));
    const source = libsql.open('app', { url: `libsql://localhost:${String(port)}`, authToken: SECRET });
    expect(await failure(source.ping(limits))).toContain('the server’s certificate is not trusted');
  });

  test('nobody at the address is told', async () => {
    const source = libsql.open('app', {
      url: `ws://127.0.0.1:${String(await freePort())}`,
      authToken: SECRET,
    });
    expect(await failure(source.ping(limits))).toContain('(ECONNREFUSED): nothing listens there');
  });
});
