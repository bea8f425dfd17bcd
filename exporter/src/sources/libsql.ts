/** libSQL and SQLite as a source: a file, read by a process of its own, or a server, asked over HTTP. */
import { Type, type Static } from 'typebox';
import { humanDuration, DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { SourceError } from '../core/errors.ts';
import { fromFolder, parseAddress, URL_PATTERN, type Address } from './libsql/address.ts';
import { readCatalog } from './libsql/catalog.ts';
import { countOf, textOf, type Connection } from './libsql/connection.ts';
import { FileConnections } from './libsql/file-connections.ts';
import { fileFacts, serverFacts } from './libsql/probe.ts';
import { LibsqlReader } from './libsql/reader.ts';
import { ServerConnection } from './libsql/server-connection.ts';
import type { CatalogTable, Engine, LookLimits, Probe, Reader, Source } from './source.ts';

const LibsqlSpec = Type.Object({
  url: Type.String({
    pattern: URL_PATTERN,
    description:
      'file:path or libsql://host; also https://host, wss://host (asked over https) and what SQLAlchemy calls sqlite+libsql://',
  }),
  authToken: Type.Optional(
    Type.String({ minLength: 1, description: 'Token of a server, best one that can only read; use ${NAME}' }),
  ),
  concurrency: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 16, default: 1, description: 'How many checks may look at once' }),
  ),
  busyTimeout: Type.Optional(
    Type.String({
      pattern: DURATION_PATTERN,
      default: '5s',
      description: 'To wait for a file that is locked',
    }),
  ),
});
type LibsqlEntry = Static<typeof LibsqlSpec>;

class LibsqlSource implements Source {
  readonly engine = 'libsql';
  readonly name: string;
  readonly concurrency: number;
  readonly joins: boolean;
  readonly #address: Address;
  readonly #authToken: string | null;
  readonly #files: FileConnections | null;

  constructor(name: string, entry: LibsqlEntry) {
    this.name = name;
    this.concurrency = entry.concurrency ?? 1;
    this.#address = parseAddress(entry.url);
    const isFile = this.#address.kind === 'file';
    this.joins = isFile;
    this.#authToken = entry.authToken ?? (this.#address.kind === 'server' ? this.#address.authToken : null);
    // whoever sends it would repeat it in the message that it is none
    if (this.#authToken !== null && !/^[\x21-\x7e]+$/.test(this.#authToken)) {
      throw new SourceError(name, 'authToken is empty, or holds what no token does, such as a space or a line break; check where it comes from'); // prettier-ignore
    }
    this.#files = this.#address.kind === 'file' ? new FileConnections(name, this.#address.path, durationMs(entry.busyTimeout ?? '5s')) : null; // prettier-ignore
  }

  async ping(limits: LookLimits): Promise<void> {
    await this.#session(limits, (connection) => countOf(connection, 'SELECT 1'));
  }

  look<T>(limits: LookLimits, body: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#session(limits, (connection) => body(new LibsqlReader(connection)));
  }

  probe(limits: LookLimits): Promise<Probe> {
    return this.#session(limits, async (connection) => {
      const version = (await textOf(connection, 'SELECT sqlite_version()', [])) ?? '';
      if (connection instanceof ServerConnection) return serverFacts(connection, version, this.#authToken);
      return fileFacts(connection, version);
    });
  }

  catalog(limits: LookLimits): Promise<readonly CatalogTable[]> {
    return this.#session(limits, readCatalog);
  }

  async close(): Promise<void> {
    await this.#files?.close();
  }

  async #session<T>(limits: LookLimits, body: (connection: Connection) => Promise<T>): Promise<T> {
    const expiry = new AbortController();
    const timer = setTimeout(() => {
      const longest = humanDuration(limits.timeoutMs);
      const message = `cancelled: it took longer than ${longest}, the timeout of the check; raise it, or add the index that \`lockstep explain\` advises`;
      expiry.abort(new SourceError(this.name, message));
    }, limits.timeoutMs);
    const signal = AbortSignal.any([limits.signal, expiry.signal]);
    try {
      signal.throwIfAborted();
      if (this.#files) return await this.#files.session(signal, body);
      if (this.#address.kind === 'file') throw new Error('a file has connections');
      return await body(new ServerConnection(this.name, this.#address.base, this.#authToken, signal));
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

export const libsql: Engine = {
  nature: 'database',
  schema: LibsqlSpec,
  open: (name, spec) => new LibsqlSource(name, spec as LibsqlEntry),
  fromFolder: (spec, folder) => {
    const entry = spec as LibsqlEntry;
    return { ...entry, url: fromFolder(entry.url, folder) };
  },
};
