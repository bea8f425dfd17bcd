/**
 * What can go wrong between Lockstep and a database: each fault gives a clear error without secrets, in bounded time,
 * leaves nothing behind on the server, and the source works again afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { SourceError, UserError } from '../../exporter/src/core/errors.ts';
import { postgres } from '../../exporter/src/sources/postgres.ts';
import type { Reader, Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { ownCluster, type OwnCluster } from '../own-cluster.ts';
import { stallingProxy, type StallingProxy } from './stalling-proxy.ts';

const PASSWORD = 'very-secret-word';
let cluster: OwnCluster;
let admin: pg.Client;
let proxy: StallingProxy;
const opened: Source[] = [];

beforeAll(async () => {
  cluster = await ownCluster();
  await connectAdmin();
  await admin.query(`CREATE TABLE l (id int PRIMARY KEY, v int); CREATE TABLE r (id int PRIMARY KEY, v int);
    INSERT INTO l SELECT n, 1 FROM generate_series(1, 30000) AS n; INSERT INTO r SELECT n, 2 FROM generate_series(1, 30000) AS n;
    CREATE VIEW slow AS SELECT id, v FROM l WHERE pg_sleep(30) IS NOT NULL;
    CREATE ROLE watcher LOGIN PASSWORD '${PASSWORD}'; GRANT SELECT ON l, r, slow TO watcher`);
  proxy = await stallingProxy(cluster.port);
}, 60_000);

afterEach(async () => {
  expect(await sessions(AT_WORK)).toEqual([]);
  await Promise.all(opened.splice(0).map((source) => source.close()));
  expect(await sessions(['idle', ...AT_WORK])).toEqual([]);
});

afterAll(async () => {
  await admin.end();
  await proxy.close();
  await cluster.remove();
});

async function connectAdmin(): Promise<void> {
  admin = new pg.Client({ connectionString: cluster.url });
  admin.on('error', () => undefined);
  await admin.connect();
}

function source(entry: object = {}, port = cluster.port): Source {
  const url = `postgres://watcher:${PASSWORD}@127.0.0.1:${String(port)}/postgres`;
  const made = postgres.open('app', { url, ...entry });
  opened.push(made);
  return made;
}

/** What the login still does on the server, once it had a moment to end. */
async function sessions(states: readonly string[]): Promise<string[]> {
  const end = Date.now() + 5_000;
  for (;;) {
    const { rows } = await admin.query<{ what: string }>(
      `SELECT state || ': ' || query AS what FROM pg_stat_activity WHERE usename = 'watcher' AND state = ANY($1)`,
      [states],
    );
    if (rows.length === 0 || Date.now() > end) return rows.map(({ what }) => what);
    await sleep(50);
  }
}

const AT_WORK = ['active', 'idle in transaction', 'idle in transaction (aborted)'];

async function activeOnServer(pattern: string): Promise<number> {
  for (;;) {
    const { rows } = await admin.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE usename = 'watcher' AND state = 'active' AND query LIKE $1`,
      [pattern],
    );
    if (rows[0]) return rows[0].pid;
    await sleep(20);
  }
}

const limits = (timeoutMs = 10_000, signal = new AbortController().signal) => ({ timeoutMs, signal });
const side = (table: string) => ({ source: 'app', table, key: ['id'], compare: ['v'] });
const check = (left: string) => checkOf(coupling, { left: side(left), right: side('r') });
const evaluate = (of: Source, left: string, look = limits()) =>
  coupling.evaluate(check(left), { ...look, source: () => of }, () => undefined);

/** The message of the failure, and how long it took. */
async function failureOf(work: Promise<unknown>): Promise<{ error: Error; message: string; tookMs: number }> {
  const start = Date.now();
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it did not fail');
  expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain(PASSWORD);
  return { error, message: error.message, tookMs: Date.now() - start };
}

async function works(of: Source): Promise<void> {
  await expect(evaluate(of, 'l')).resolves.toMatchObject({ checked: 30_000 });
}

test('a statement that runs too long is ended by the server and told as the timeout of the check', async () => {
  const app = source();
  const { error, message, tookMs } = await failureOf(evaluate(app, 'slow', limits(300)));
  expect(error).toBeInstanceOf(SourceError);
  expect(message).toContain('the statement ran longer than the timeout of the check');
  expect(tookMs).toBeLessThan(3_000);
  await works(app);
});

test('a table that somebody holds exclusively is given up after lockTimeout', async () => {
  const app = source({ lockTimeout: '300ms' });
  await admin.query('BEGIN; LOCK TABLE r IN ACCESS EXCLUSIVE MODE');
  try {
    const { error, message, tookMs } = await failureOf(evaluate(app, 'l'));
    expect(error).toBeInstanceOf(SourceError);
    expect(message).toContain('a lock was not granted within lockTimeout');
    expect(tookMs).toBeLessThan(3_000);
  } finally {
    await admin.query('ROLLBACK');
  }
  await works(app);
});

test('a terminated backend costs its run and no other', async () => {
  const app = source();
  const failing = failureOf(evaluate(app, 'slow'));
  await admin.query('SELECT pg_terminate_backend($1)', [await activeOnServer('%JOIN%')]);
  const { error, message } = await failing;
  expect(error).toBeInstanceOf(SourceError);
  expect(message).toContain('the connection was ended by the server');
  await works(app);
});

test('idle connections that the server ends are replaced without anybody noticing', async () => {
  const app = source();
  await app.ping(limits());
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'watcher'");
  await sleep(100);
  await works(app);
});

test('a cancelled look ends its statement on the server', async () => {
  const app = source();
  const stop = new AbortController();
  const failing = failureOf(evaluate(app, 'slow', limits(20_000, stop.signal)));
  await activeOnServer('%JOIN%');
  stop.abort(new UserError('cancelled by the test'));
  const { message, tookMs } = await failing;
  expect(message).toBe('cancelled by the test');
  expect(tookMs).toBeLessThan(5_000);
  expect(await sessions(AT_WORK)).toEqual([]);
  await works(app);
});

test('a merge that is cancelled while it reads ends both of its streams', async () => {
  const [left, right] = [source(), source()];
  const stop = new AbortController();
  const across = checkOf(coupling, { left: side('l'), right: { ...side('r'), source: 'other' } });
  const look = { ...limits(20_000, stop.signal), source: (name: string) => (name === 'app' ? left : right) };
  let rows = 0;
  const work = coupling.evaluate(across, look, () => {
    rows += 1;
    if (rows === 1) stop.abort(new UserError('cancelled by the test'));
  });
  expect((await failureOf(work)).message).toBe('cancelled by the test');
  expect(await sessions(AT_WORK)).toEqual([]);
  await works(left);
  await works(right);
});

test('a side of a merge that fails ends the other one, on the server too', async () => {
  const [left, right] = [source(), source()];
  const across = checkOf(coupling, {
    left: { ...side('l'), where: 'pg_sleep(30) IS NOT NULL' },
    right: { ...side('r'), source: 'other', compare: [{ expr: 'v / (id - 1)', as: 'v' }] },
  });
  const look = { ...limits(20_000), source: (name: string) => (name === 'app' ? left : right) };
  const { message, tookMs } = await failureOf(coupling.evaluate(across, look, () => undefined));
  expect(message).toContain('division by zero');
  expect(tookMs).toBeLessThan(5_000);
  expect(await sessions(AT_WORK)).toEqual([]);
  await works(left);
  await works(right);
});

test('a look that is cancelled while it waits for a connection never begins', async () => {
  const app = source({ connectTimeout: '2s' });
  const release: (() => void)[] = [];
  const holding = [1, 2, 3].map(() =>
    app.look(limits(), () => new Promise<void>((done) => release.push(done))),
  );
  while (release.length < 3) await sleep(10);
  const stop = new AbortController();
  const waiting = failureOf(
    app.look(limits(10_000, stop.signal), () => Promise.reject(new Error('it began'))),
  );
  stop.abort(new UserError('cancelled by the test'));
  for (const done of release) done();
  await Promise.all(holding);
  expect((await waiting).message).toBe('cancelled by the test');
  await works(app);
});

test('a cancellation that comes too late hits nobody who uses the connection next', async () => {
  const app = source();
  for (let round = 0; round < 20; round += 1) {
    const stop = new AbortController();
    const cancelled = app.look(limits(10_000, stop.signal), (reader) => reader.isEmpty(readable('l')));
    setTimeout(() => {
      stop.abort(new UserError('cancelled by the test'));
    }, round / 3);
    await cancelled.catch((error: unknown) => {
      expect(String(error)).toContain('cancelled by the test');
    });
    await app.look(limits(), (reader: Reader) => reader.countDuplicates(readable('l')));
  }
});

const readable = (table: string) => ({
  schema: null, table, where: null, key: [{ label: 'id', column: 'id', normalise: [] }], compare: [], context: [],
}); // prettier-ignore

test('a pool with no connection left says so instead of waiting for ever', async () => {
  const app = source({ connectTimeout: '300ms' });
  const release: (() => void)[] = [];
  const holding = [1, 2, 3].map(() =>
    app.look(limits(), () => new Promise<void>((done) => release.push(done))),
  );
  while (release.length < 3) await sleep(10);
  const { error, message, tookMs } = await failureOf(app.ping(limits()));
  expect(error).toBeInstanceOf(SourceError);
  expect(message).toContain('all 3 connections of the pool are busy');
  expect(tookMs).toBeLessThan(2_000);
  for (const done of release) done();
  await Promise.all(holding);
  await works(app);
});

test('a server with no connection left says what to do', async () => {
  const app = source();
  await admin.query('ALTER ROLE watcher CONNECTION LIMIT 0');
  const { message } = await failureOf(app.ping(limits()));
  await admin.query('ALTER ROLE watcher CONNECTION LIMIT -1');
  expect(message).toContain('the server has no connection left');
  await works(app);
});

test('an address where nothing listens, and one that does not exist, are told at once', async () => {
  const refused = await failureOf(source({}, 1).ping(limits()));
  expect(refused.message).toContain('nothing listens there; is the database running');
  const app = postgres.open('app', { url: `postgres://watcher:${PASSWORD}@no.such.host.invalid/postgres` });
  expect((await failureOf(app.ping(limits()))).message).toContain('the host name does not resolve');
  await app.close();
});

test('a network that stops forwarding in mid-run is given up at the timeout, and the next run works', async () => {
  const app = source({ connectTimeout: '1s' }, proxy.port);
  const stop = new AbortController();
  const failing = failureOf(evaluate(app, 'slow', limits(20_000, stop.signal)));
  const pid = await activeOnServer('%JOIN%');
  proxy.stall();
  setTimeout(() => {
    stop.abort(new UserError('cancelled after 100ms'));
  }, 100);
  const { message, tookMs } = await failing;
  expect(message).toBe('cancelled after 100ms');
  expect(tookMs).toBeLessThan(6_000);
  const { message: unreachable } = await failureOf(app.ping(limits()));
  expect(unreachable).toContain('no connection within connectTimeout: the server does not answer');
  // nobody can tell the server through a dead network; its own limits end what is left there
  await admin.query('SELECT pg_terminate_backend($1)', [pid]);
  proxy.recover();
  await works(app);
}, 30_000);

test('a database that is stopped in mid-run and started again is looked at again', async () => {
  const app = source({ connectTimeout: '1s' });
  const failing = failureOf(evaluate(app, 'slow'));
  await activeOnServer('%JOIN%');
  await cluster.stop();
  const { error, message, tookMs } = await failing;
  expect(error).toBeInstanceOf(SourceError);
  expect(message).toMatch(/the connection was ended by the server|the connection was cut/);
  expect(tookMs).toBeLessThan(10_000);
  const { message: gone } = await failureOf(app.ping(limits()));
  expect(gone).toContain('nothing listens there');
  await cluster.restart();
  await connectAdmin();
  await works(app);
}, 60_000);
