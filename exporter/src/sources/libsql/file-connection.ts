/** A process that reads one database file, and what it was asked. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SourceError } from '../../core/errors.ts';
import { rowsOf, type Cell, type Connection, type Parameter } from './connection.ts';
import { LibsqlError, toSourceError } from './errors.ts';
import type { Answered, Asked } from './file-process.ts';

interface Waiting {
  readonly resolve: (answered: Answered) => void;
  readonly reject: (error: Error) => void;
}

const KEPT_VARIABLES = ['NODE_OPTIONS', 'PATH', 'SYSTEMROOT', 'TMPDIR', 'TEMP', 'SQLITE_TMPDIR'];
/** What the process says as it dies; a panic of the driver names its cause in the first lines. */
const MOST_LAST_WORDS = 4_000;

export class FileConnection implements Connection {
  readonly source: string;
  readonly snapshot = true;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastWords = '';
  #ended: Error | null = null;
  #ids = 0;

  constructor(source: string, path: string, busyTimeoutMs: number) {
    this.source = source;
    const program = fileURLToPath(new URL(`file-process${extname(import.meta.url)}`, import.meta.url));
    this.#child = fork(program, [`${pathToFileURL(path).href}?mode=ro`, String(busyTimeoutMs)], {
      serialization: 'advanced',
      // what else is in the environment, passwords among it, is none of its business
      env: Object.fromEntries(KEPT_VARIABLES.map((name) => [name, process.env[name]])),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(0, MOST_LAST_WORDS);
    });
    this.#child.on('message', (answered: Answered) => {
      this.#waiting.get(answered.id)?.resolve(answered);
      this.#waiting.delete(answered.id);
    });
    this.#child.on('error', (error) => {
      this.#end(error);
    });
    this.#child.on('close', (code, signal) => {
      this.#end(this.#whyEnded(code, signal));
    });
  }

  get isAlive(): boolean {
    return this.#ended === null;
  }

  async *batches(
    sql: string,
    parameters: readonly Parameter[] = [],
  ): AsyncGenerator<readonly (readonly Cell[])[]> {
    const id = (this.#ids += 1);
    let answered = await this.#ask({ id, sql, parameters });
    for (;;) {
      // the process looks for the next rows while the caller has these
      const following = answered.isLast === false ? this.#ask({ id }) : null;
      following?.catch(() => undefined);
      if (answered.rows && answered.rows.length > 0) yield answered.rows;
      if (!following) return;
      answered = await following;
    }
  }

  async columns(sql: string): Promise<readonly string[]> {
    const { columns = [] } = await this.#ask({ id: (this.#ids += 1), sql, columns: true });
    return columns;
  }

  /** Takes the snapshot: SQLite has none before the first read. */
  async begin(): Promise<void> {
    await rowsOf(this, 'BEGIN');
    await rowsOf(this, 'SELECT count(*) FROM sqlite_schema');
  }

  /** False when some statement still runs and keeps the snapshot: whoever came next would look at the past. */
  async end(): Promise<boolean> {
    await rowsOf(this, 'ROLLBACK');
    const [row] = await rowsOf(this, 'SELECT count(*) FROM sqlite_stmt WHERE busy');
    const itself = 1n;
    return row?.[0] === itself;
  }

  /** Whatever runs in it is over at once; a reader of SQLite leaves nothing behind. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    const closed = once(this.#child, 'close');
    // an idle one is not waited for, and this would end before its end were seen
    this.ref();
    this.#child.kill('SIGKILL');
    await closed;
  }

  /** Waiting for an idle process must not keep this one alive. */
  unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }

  async #ask(asked: Asked): Promise<Answered> {
    if (this.#ended) throw this.#ended;
    const answered = await new Promise<Answered>((resolve, reject) => {
      this.#waiting.set(asked.id, { resolve, reject });
      this.#child.send(asked, (error) => {
        if (error) this.#end(error);
      });
    });
    if (!answered.error) return answered;
    throw toSourceError(this.source, new LibsqlError(answered.error.code, answered.error.message));
  }

  #whyEnded(code: number | null, signal: string | null): SourceError {
    const words = this.#lastWords;
    if (words.includes('Utf8Error')) {
      return new SourceError(
        this.source,
        'the driver ended on a text that is not valid UTF-8, in a name or an expression; mend it, or compare its bytes with expr: hex(…)',
      );
    }
    const how = signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
    const [first = ''] = words.split('\n').filter((line) => /panicked|Error|memory/.test(line));
    return new SourceError(
      this.source,
      `the process that reads the file ended (${how})${first === '' ? '; was the machine out of memory?' : `: ${first.trim()}`}`,
    );
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
