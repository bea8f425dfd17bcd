/** Postgres 13 to 18 as a source: a small pool, read-only transactions with limits, and an end to every query. */
import { Type, type Static } from 'typebox';
import pg, { type PoolClient } from 'pg';
import { DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { SourceError } from '../core/errors.ts';
import type { Mender, Repair } from './mender.ts';
import type { CatalogTable, Engine, LookLimits, Probe, Reader, Source } from './source.ts';
import { readCatalog } from './postgres/catalog.ts';
import { beginSql, Connection } from './postgres/connection.ts';
import { toSourceError } from './postgres/errors.ts';
import { PostgresMender } from './postgres/mender.ts';
import { loginFacts, writeIsRefused } from './postgres/probe.ts';
import { preventionSql } from './postgres/prevention.ts';
import { PostgresReader } from './postgres/reader.ts';

const strict = { additionalProperties: false } as const;
const Duration = Type.String({ pattern: DURATION_PATTERN });

const PostgresSpec = Type.Object({
  url: Type.String({
    pattern: '^postgres(ql)?://',
    description: 'postgres://user:password@host:5432/database; keep the password in ${NAME} or ${file:path}',
  }),
  tls: Type.Optional(
    Type.Object(
      {
        ca: Type.Optional(Type.String({ minLength: 1, description: 'PEM; use ${file:ca.pem}' })),
        cert: Type.Optional(Type.String({ minLength: 1, description: 'PEM of a client certificate' })),
        key: Type.Optional(Type.String({ minLength: 1, description: 'PEM of its key' })),
        verify: Type.Optional(Type.Boolean({ default: true, description: 'false accepts any certificate' })),
      },
      { ...strict, description: 'Present: connect with TLS and verify the server' },
    ),
  ),
  concurrency: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 16, default: 1, description: 'How many checks may look at once' }),
  ),
  connectTimeout: Type.Optional({ ...Duration, default: '5s', description: 'To get a connection' }),
  lockTimeout: Type.Optional({ ...Duration, default: '5s', description: 'To wait for a lock' }),
});
type PostgresEntry = Static<typeof PostgresSpec>;

/** Beside the checks: one connection to look at candidates again while a stream is paused, one for the drill-down. */
const SPARE_CONNECTIONS = 2;
const CANCEL_GRACE_MS = 2_000;

class PostgresSource implements Source {
  readonly engine = 'postgres';
  readonly name: string;
  readonly concurrency: number;
  readonly #pool: pg.Pool;
  readonly #config: pg.ClientConfig;
  readonly #lockTimeoutMs: number;

  constructor(name: string, entry: PostgresEntry) {
    this.name = name;
    this.concurrency = entry.concurrency ?? 1;
    this.#lockTimeoutMs = lockTimeoutOf(entry);
    this.#config = clientConfig(entry, entry.url, `lockstep ${name}`);
    this.#pool = new pg.Pool({
      ...this.#config,
      max: this.concurrency + SPARE_CONNECTIONS,
      idleTimeoutMillis: 30_000,
    });
    // an idle connection that breaks is replaced by the pool; without a listener it would end the process
    this.#pool.on('error', () => undefined);
  }

  async ping(limits: LookLimits): Promise<void> {
    await this.#session(limits, (connection) => connection.rows('SELECT 1', []));
  }

  look<T>(limits: LookLimits, body: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#session(limits, (connection) => body(new PostgresReader(connection)));
  }

  async probe(limits: LookLimits): Promise<Probe> {
    const facts = await this.#session(limits, loginFacts);
    const writeRefused = await this.#session(limits, writeIsRefused, 'ROLLBACK');
    return { ...facts, writeRefused };
  }

  catalog(limits: LookLimits): Promise<readonly CatalogTable[]> {
    return this.#session(limits, readCatalog);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** One read-only transaction on one connection; whatever goes wrong in it, the connection is not used again. */
  async #session<T>(
    limits: LookLimits,
    body: (connection: Connection) => Promise<T>,
    end: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
  ): Promise<T> {
    const client = await this.#connect(limits.signal);
    // a connection that breaks under us also rejects the query in flight; this only keeps the process alive
    const ignore = (): void => undefined;
    client.on('error', ignore);
    const abort = cancelOnAbort(limits.signal, () => this.#cancel(client));
    try {
      const connection = new Connection(this.name, client);
      await connection.run(beginSql({ timeoutMs: limits.timeoutMs, lockTimeoutMs: this.#lockTimeoutMs }));
      const result = await Promise.race([body(connection), abort.gaveUp]);
      await connection.run(end);
      // a cancellation is on its way: given back, the connection would bring it upon whoever takes it next
      limits.signal.throwIfAborted();
      client.off('error', ignore);
      client.release();
      return result;
    } catch (error) {
      // what still runs has nobody left to answer to, such as one side of a merge when the other one failed
      if (!limits.signal.aborted && !isIdle(client)) void this.#cancel(client);
      client.release(true);
      if (limits.signal.aborted) throw abortReason(limits.signal);
      throw toSourceError(this.name, error);
    } finally {
      abort.stop();
    }
  }

  async #connect(signal: AbortSignal): Promise<PoolClient> {
    signal.throwIfAborted();
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw signal.aborted ? abortReason(signal) : this.#connectError(error);
    });
    if (!signal.aborted) return client;
    client.release();
    throw abortReason(signal);
  }

  #connectError(error: unknown): SourceError {
    const message = error instanceof Error ? error.message : '';
    if (!message.includes('timeout')) return toSourceError(this.name, error);
    const most = String(this.concurrency + SPARE_CONNECTIONS);
    return new SourceError(
      this.name,
      `no connection within connectTimeout: the server does not answer, or all ${most} connections of the pool are busy`,
      { cause: error },
    );
  }

  /** Ends the statement on the server, over a connection of its own; then the socket, should the server not answer. */
  async #cancel(client: PoolClient): Promise<void> {
    const { processID, connection } = client as unknown as {
      processID: number;
      connection: { stream: { destroy(): void } };
    };
    const canceller = new pg.Client({
      ...this.#config,
      connectionTimeoutMillis: CANCEL_GRACE_MS,
      query_timeout: CANCEL_GRACE_MS,
    });
    canceller.on('error', () => undefined);
    const bounded = AbortSignal.timeout(CANCEL_GRACE_MS);
    const stop = (): void => {
      connection.stream.destroy();
    };
    bounded.addEventListener('abort', stop, { once: true });
    try {
      await canceller.connect();
      await canceller.query('SELECT pg_cancel_backend($1)', [processID]);
    } catch {
      stop();
    } finally {
      await canceller.end();
    }
  }
}

/** Calls `cancel` once when the signal aborts; `gaveUp` rejects when the statement did not end by itself after that. */
function cancelOnAbort(signal: AbortSignal, cancel: () => Promise<void>) {
  let giveUp: (error: Error) => void = () => undefined;
  const gaveUp = new Promise<never>((_, reject) => (giveUp = reject));
  gaveUp.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => {
      giveUp(abortReason(signal));
    }, CANCEL_GRACE_MS * 2);
    void cancel();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const stop = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return { gaveUp, stop };
}

function isIdle(client: PoolClient): boolean {
  return (client as unknown as { readyForQuery: boolean }).readyForQuery;
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('cancelled');
}

function clientConfig(entry: PostgresEntry, url: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: durationMs(entry.connectTimeout ?? '5s'),
    keepAlive: true,
    ...(entry.tls ? { ssl: tlsOptions(entry.tls) } : {}),
  };
}

function lockTimeoutOf(entry: PostgresEntry): number {
  return durationMs(entry.lockTimeout ?? '5s');
}

function menderOf(source: string, spec: unknown, url: string, repair: Repair): Mender {
  const entry = spec as PostgresEntry;
  const config = clientConfig(entry, url, `lockstep sync ${source}`);
  return new PostgresMender({ source, config, lockTimeoutMs: lockTimeoutOf(entry), repair });
}

function tlsOptions(tls: NonNullable<PostgresEntry['tls']>): pg.ClientConfig['ssl'] {
  const { ca, cert, key, verify = true } = tls;
  return { rejectUnauthorized: verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

export const postgres: Engine = {
  nature: 'database',
  schema: PostgresSpec,
  open: (name, spec) => new PostgresSource(name, spec as PostgresEntry),
  mender: menderOf,
  prevent: preventionSql,
};
