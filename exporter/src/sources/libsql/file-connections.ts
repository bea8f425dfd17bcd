/** The processes that read one file: started when they are needed, kept for a while, ended with whatever runs in them. */
import { statSync } from 'node:fs';
import type { Connection } from './connection.ts';
import { FileConnection } from './file-connection.ts';

/** Starting one takes about 0.1 s; a check that runs each minute need not keep one. */
const IDLE_MS = 30_000;

export class FileConnections {
  readonly #source: string;
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  /** with the file that each has opened, whatever has its name by now */
  readonly #all = new Map<FileConnection, string | null>();
  readonly #idle = new Map<FileConnection, NodeJS.Timeout>();
  #closed = false;

  constructor(source: string, path: string, busyTimeoutMs: number) {
    this.#source = source;
    this.#path = path;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** One read transaction in one process; whatever goes wrong in it, the process is not used again. */
  async session<T>(signal: AbortSignal, body: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.#take();
    const kill = (): void => void connection.kill();
    signal.addEventListener('abort', kill, { once: true });
    try {
      await connection.begin();
      const result = await body(connection);
      const isFree = await connection.end();
      signal.throwIfAborted();
      if (isFree && !this.#closed) this.#keep(connection);
      else await this.#drop(connection);
      return result;
    } catch (error) {
      await this.#drop(connection);
      throw error;
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#idle.clear();
    await Promise.all([...this.#all.keys()].map((connection) => connection.kill()));
    this.#all.clear();
  }

  #take(): FileConnection {
    const file = fileAt(this.#path);
    for (const [connection, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(connection);
      if (connection.isAlive && this.#all.get(connection) === file) {
        connection.ref();
        return connection;
      }
      void this.#drop(connection);
    }
    const connection = new FileConnection(this.#source, this.#path, this.#busyTimeoutMs);
    this.#all.set(connection, file);
    return connection;
  }

  #keep(connection: FileConnection): void {
    connection.unref();
    const timer = setTimeout(() => {
      this.#idle.delete(connection);
      void this.#drop(connection);
    }, IDLE_MS);
    this.#idle.set(connection, timer.unref());
  }

  async #drop(connection: FileConnection): Promise<void> {
    this.#all.delete(connection);
    await connection.kill();
  }
}

/** Which file has the name now. A restored backup takes the name, and who has opened the old file reads on in that. */
function fileAt(path: string): string | null {
  try {
    const { dev, ino } = statSync(path);
    return `${String(dev)} ${String(ino)}`;
  } catch {
    // whoever opens it tells why
    return null;
  }
}
