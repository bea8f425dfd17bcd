/** Proof that nothing here writes. */
import type { Probe } from '../source.ts';
import { rowsOf, type Connection } from './connection.ts';
import type { ServerConnection } from './server-connection.ts';
import { SourceError } from '../../core/errors.ts';

const WRITE = 'CREATE TABLE lockstep_write_probe (n INTEGER)';

/** The file is opened read-only whatever its permissions say, and nobody logs in to it. */
export async function fileFacts(connection: Connection, version: string): Promise<Probe> {
  return { version, user: null, writeGrants: [], writeRefused: await isRefused(connection) };
}

async function isRefused(connection: Connection): Promise<boolean> {
  try {
    await rowsOf(connection, WRITE);
    return false;
  } catch (error) {
    if (error instanceof SourceError && error.message.includes('SQLITE_READONLY')) return true;
    throw error;
  }
}

/**
 * A server knows no read-only transaction: only the token can forbid. But for this one try, in a transaction that is
 * taken back, Lockstep sends nothing but SELECT and EXPLAIN, in which no expression can write, so a token that may write is
 * a warning and no danger by itself.
 */
export async function serverFacts(
  connection: ServerConnection,
  version: string,
  authToken: string | null,
): Promise<Probe> {
  const refused = await connection.isRefused(WRITE);
  const advice =
    authToken === null
      ? 'start the server with --auth-jwt-key-file, and give a token with the claim "a": "ro" as authToken'
      : 'give a token that can only read as authToken: turso db tokens create DATABASE --read-only, or a JWT with the claim "a": "ro"';
  return { version, user: null, writeGrants: refused ? [] : [advice], writeRefused: refused ? true : null };
}
