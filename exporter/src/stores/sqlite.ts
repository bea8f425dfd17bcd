/** The embedded store: one file, through `libsql` (synchronous, prebuilt, no compiler). */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Kysely,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type SqliteDialectConfig,
} from 'kysely';
import Database from 'libsql';
import { UserError } from '../core/errors.ts';
import { migrate, type MigrationTarget } from './migrate.ts';
import { SqlStore } from './sql-store.ts';
import { explainSqlite, isBusy } from './sqlite-errors.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** How long a write waits for another process that writes. */
const BUSY_TIMEOUT_MS = 5_000;
const BUSY_RETRY_MS = 20;
/** quick_check reads the whole file, about 0.1 s per 64 MB here; a larger store starts without it. */
const MAX_CHECKED_BYTES = 64 * 1024 * 1024;
const HEADER = 'SQLite format 3\u0000';

/** Opens or creates the store. Throws a `UserError` for what somebody has to mend; never deletes or replaces a file. */
export async function openSqlite(path: string): Promise<Store> {
  const file = resolve(path);
  prepareFile(file);
  const opened: Database.Database[] = [];
  const connect = (...pragmas: readonly string[]): Database.Database => {
    const database = new Database(file);
    opened.push(database);
    for (const pragma of pragmas) database.prepare(`PRAGMA ${pragma}`).all([]);
    return database;
  };
  try {
    const writer = connect(`busy_timeout = ${String(BUSY_TIMEOUT_MS)}`);
    const target = migrationTarget(writer, file);
    // Before anything is changed: the file may be somebody else's.
    await target.version();
    proveSound(writer, file);
    // From here on waiting for the lock is done without blocking the event loop: see `whenFree`.
    writer.exec('PRAGMA busy_timeout = 0');
    // SQLite itself does not wait here: of 600 openings of a new file by four processes 26 were refused at once.
    await whenFree(() => writer.exec('PRAGMA journal_mode = WAL'));
    writer.exec('PRAGMA synchronous = FULL');
    await migrate(target);
    // Readers have a connection of their own: in WAL they see the last commit while a run is being saved.
    const reader = connect(`busy_timeout = ${String(BUSY_TIMEOUT_MS)}`, 'query_only = ON');
    return storeOf(file, writer, reader);
  } catch (error) {
    for (const database of opened) database.close();
    throw explainSqlite(file, error);
  }
}

function storeOf(file: string, writer: Database.Database, reader: Database.Database): Store {
  const write = new Kysely<Tables>({ dialect: new WriterDialect(writer) });
  const read = new Kysely<Tables>({ dialect: new SqliteDialect({ database: reader }) });
  return new SqlStore({
    engine: 'sqlite',
    read,
    write,
    // BEGIN IMMEDIATE has locked the whole file already.
    lock: () => Promise.resolve(),
    explain: (error) => explainSqlite(file, error),
    async close() {
      await read.destroy();
      try {
        writer.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch {
        // What cannot be moved into the file now stays safe in the log beside it.
      }
      await write.destroy();
    },
  });
}

/** Rows name users, so the file is its owner's alone; SQLite gives its companions the same mode. */
function prepareFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    if (existsSync(file)) {
      if (statSync(file).isDirectory())
        throw new UserError(`store ${file}: is a folder; store.path must name a file`);
      accessSync(file, constants.R_OK | constants.W_OK);
      // SQLite creates its write-ahead log beside the file.
      accessSync(dirname(file), constants.W_OK);
      refuseForeignFormat(file);
    } else closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw explainSqlite(file, error);
  }
}

function refuseForeignFormat(file: string): void {
  if (statSync(file).size === 0) return;
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(HEADER.length);
    readSync(descriptor, start, 0, HEADER.length, 0);
    if (start.toString('latin1') !== HEADER) {
      throw new UserError(
        `store ${file}: is not a Lockstep store, or its beginning is damaged; it was left as it is. ` +
          'Restore a backup, or move it away to start with an empty store',
      );
    }
  } finally {
    closeSync(descriptor);
  }
}

function proveSound(database: Database.Database, file: string): void {
  if (statSync(file).size > MAX_CHECKED_BYTES) return;
  const [found] = database.prepare('PRAGMA quick_check(1)').all([]) as { quick_check: string }[];
  if (found?.quick_check !== 'ok') throw Object.assign(new Error('quick_check'), { code: 'SQLITE_CORRUPT' });
}

function migrationTarget(database: Database.Database, file: string): MigrationTarget {
  const all = <T>(query: string): T[] => database.prepare(query).all([]) as T[];
  return {
    name: file,
    binary: '',
    async version() {
      // The first to read after the last to close finds the file being put in order (SQLITE_BUSY_RECOVERY).
      const tables = await whenFree(() =>
        all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'"),
      );
      if (tables.length === 0) return 0;
      if (tables.some(({ name }) => name === 'schema_version')) {
        return all<{ v: number }>('SELECT max(version) AS v FROM schema_version')[0]?.v ?? 0;
      }
      throw new UserError(
        `store ${file}: is the SQLite database of something else; give store.path a file of its own`,
      );
    },
    async exclusively(work) {
      await beginWriting(database);
      try {
        await work();
        database.exec('COMMIT');
      } finally {
        if (database.inTransaction) database.exec('ROLLBACK');
      }
    },
    execute(sql) {
      database.exec(sql);
      return Promise.resolve();
    },
  };
}

/**
 * Takes the write lock at once: a transaction that begins by reading could not get it later (SQLITE_BUSY_SNAPSHOT).
 * By exec(), because a prepared BEGIN that was refused stays active until it is garbage, and the next COMMIT would
 * leave the connection in an old snapshot that can never be written from.
 */
async function beginWriting(database: Database.Database): Promise<void> {
  await whenFree(() => database.exec('BEGIN IMMEDIATE'));
}

async function whenFree<T>(act: () => T): Promise<T> {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error;
    }
    await sleep(BUSY_RETRY_MS);
  }
}

class WriterDialect extends SqliteDialect {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new WriterDriver({ database: this.#database }, this.#database);
  }
}

class WriterDriver extends SqliteDriver {
  readonly #database: Database.Database;

  constructor(config: SqliteDialectConfig, database: Database.Database) {
    super(config);
    this.#database = database;
  }

  override async beginTransaction(): Promise<void> {
    await beginWriting(this.#database);
  }

  /** On a full disk SQLite has rolled back already; a second ROLLBACK would hide what happened. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}
