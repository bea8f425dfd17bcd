/** Mends pairs in a Postgres database: what is written was shown before, and is read again under lock. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { UserError } from '../../core/errors.ts';
import type { PlannedWrite, PlanRow } from '../../core/sync-plan.ts';
import {
  FateError,
  type Mender,
  type PlacedWrite,
  type Repair,
  type ToMend,
  type WriteOptions,
  type Written,
} from '../mender.ts';
import type { LookLimits } from '../source.ts';
import { beginSql, Connection } from './connection.ts';
import { codeOf, toSourceError } from './errors.ts';
import { refusedExpressions } from './mender-expressions.ts';
import { missingGrants } from './mender-grants.ts';
import { mendedSides, propose } from './mender-proposal.ts';
import { differencesOf, writeRows } from './mender-write.ts';

export interface MenderParts {
  readonly source: string;
  readonly config: pg.ClientConfig;
  readonly lockTimeoutMs: number;
  readonly repair: Repair;
}

/** Deadlock and serialization failure: the same again may well succeed. */
const CONFLICTS = ['40P01', '40001'];
const MOST_ATTEMPTS = 4;
const INVALID_PARAMETER_VALUE = '22023';
/** For one row; other rows want their turn, whatever `lockTimeout` says. */
const MOST_WAIT_MS = 5_000;

export class PostgresMender implements Mender {
  readonly #parts: MenderParts;

  constructor(parts: MenderParts) {
    this.#parts = parts;
  }

  missingGrants(limits: LookLimits): Promise<readonly string[]> {
    return this.#session(limits, 'reading', async (connection) => {
      // names what is not there at all
      await mendedSides(connection, this.#parts.repair);
      return missingGrants(connection, this.#parts.repair);
    });
  }

  refusedExpressions(limits: LookLimits): ReturnType<Mender['refusedExpressions']> {
    return this.#session(limits, 'reading', async (connection) =>
      refusedExpressions(connection, await mendedSides(connection, this.#parts.repair)),
    );
  }

  propose(violations: readonly ToMend[], limits: LookLimits): Promise<readonly PlanRow[]> {
    return this.#session(limits, 'reading', async (connection) => {
      const rows = await propose(connection, this.#parts.repair, violations);
      await connection.run('COMMIT');
      return rows;
    });
  }

  differences(writes: readonly PlannedWrite[], limits: LookLimits): Promise<readonly (string | null)[]> {
    return this.#session(limits, 'reading', async (connection) => {
      const mended = await mendedSides(connection, this.#parts.repair);
      const found: (string | null)[] = [];
      for (const write of writes) found.push(await differencesOf(connection, mended, write));
      return found;
    });
  }

  async write(writes: readonly PlacedWrite[], options: WriteOptions): Promise<Written> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#session(options, 'writing', (connection) =>
          this.#write(connection, writes, options),
        );
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !CONFLICTS.includes(codeOf(error))) throw error;
        await sleep(Math.random() * 100 * attempt);
      }
    }
  }

  async #write(
    connection: Connection,
    writes: readonly PlacedWrite[],
    { dryRun, beforeCommit }: WriteOptions,
  ): Promise<Written> {
    const mended = await mendedSides(connection, this.#parts.repair);
    const written = await writeRows(connection, mended, writes);
    if (dryRun || !written.results.some(({ outcome }) => outcome === 'written')) {
      await connection.run('ROLLBACK');
      return written;
    }
    const [row] = await connection.rows<[string]>('SELECT pg_current_xact_id()::text', []);
    const transaction = row?.[0] ?? '';
    await beforeCommit(transaction, written.results);
    try {
      await connection.run('COMMIT');
    } catch (error) {
      // an answer of the server means that nothing was committed, unless it is the news that the session has ended
      const code = codeOf(error);
      throw code === '' || code.startsWith('57P') ? new FateError(transaction, { cause: error }) : error;
    }
    return written;
  }

  async fate(
    transaction: string,
    limits: LookLimits,
  ): Promise<'committed' | 'aborted' | 'running' | 'forgotten'> {
    const status = await this.#session(limits, 'reading', (connection) =>
      connection.rows<[string | null]>('SELECT pg_xact_status($1::xid8)', [transaction]).then(
        ([row]) => row?.[0] ?? null,
        (error: unknown) => {
          // "is in the future": of another server, or of this one before it was restored
          if (codeOf(error) === INVALID_PARAMETER_VALUE) return null;
          throw error;
        },
      ),
    );
    if (status === 'committed' || status === 'aborted') return status;
    return status === null ? 'forgotten' : 'running';
  }

  /** A connection of its own: a sync is rare, and its login is nobody else's. */
  async #session<T>(
    { timeoutMs, signal }: LookLimits,
    purpose: 'reading' | 'writing',
    body: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const { source, config, lockTimeoutMs } = this.#parts;
    signal.throwIfAborted();
    const client = new pg.Client(config);
    client.on('error', () => undefined);
    // the server rolls back what a lost connection has not committed
    const cut = (): void => {
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    };
    signal.addEventListener('abort', cut, { once: true });
    try {
      await client.connect();
      const connection = new Connection(source, client);
      const waits = { timeoutMs, lockTimeoutMs: Math.min(lockTimeoutMs, MOST_WAIT_MS) };
      await connection.run(beginSql(waits, purpose));
      return await body(connection);
    } catch (error) {
      if (error instanceof FateError || error instanceof UserError) throw error;
      if (signal.aborted) throw signal.reason instanceof Error ? signal.reason : new Error('cancelled');
      throw toSourceError(source, error);
    } finally {
      signal.removeEventListener('abort', cut);
      await client.end().catch(() => undefined);
    }
  }
}
