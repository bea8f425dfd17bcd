/** A real libSQL server (sqld) on this machine, with a database of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LibsqlServer {
  /** for `sources.*.url` */
  readonly url: string;
  readonly port: number;
  /** Runs some statements, separated by semicolons, as whoever owns the data would. */
  readonly run: (sql: string) => Promise<void>;
  /** Removes every table and view. */
  readonly clear: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  /** PEM of the Ed25519 key that signs tokens; without it anybody may do anything */
  readonly jwtKey?: string;
  /** for `run`, where there is a key */
  readonly authToken?: string;
  readonly args?: readonly string[];
}

const START_MS = 15_000;

export async function libsqlServer(options: ServerOptions = {}): Promise<LibsqlServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-sqld-'));
  const port = await freePort();
  const keyFile = join(folder, 'key.pem');
  if (options.jwtKey !== undefined) writeFileSync(keyFile, options.jwtKey);
  const child = spawn(
    program(),
    [
      ...['--db-path', join(folder, 'data'), '--http-listen-addr', `127.0.0.1:${String(port)}`],
      ...['--no-welcome', ...(options.jwtKey === undefined ? [] : ['--auth-jwt-key-file', keyFile])],
      ...(options.args ?? []),
    ],
    { stdio: 'ignore' },
  );
  const closed = once(child, 'close');
  const url = `http://127.0.0.1:${String(port)}`;
  await answers(url);
  const pipeline = async (statements: readonly string[]): Promise<Result[]> => {
    const requests = statements.map((sql) => ({ type: 'execute', stmt: { sql } }));
    const response = await fetch(`${url}/v2/pipeline`, {
      method: 'POST',
      headers: options.authToken === undefined ? {} : { authorization: `Bearer ${options.authToken}` },
      body: JSON.stringify({ requests: [...requests, { type: 'close' }] }),
    });
    const { results } = (await response.json()) as { results: Result[] };
    const failed = results.find(({ error }) => error !== undefined);
    if (failed) throw new Error(failed.error?.message);
    return results;
  };
  const run = async (sql: string): Promise<void> => {
    await pipeline(statementsOf(sql));
  };
  return {
    url,
    port,
    run,
    clear: async () => {
      const [found] = await pipeline(["SELECT 'DROP ' || type || ' \"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'libsql_%'"]); // prettier-ignore
      await pipeline((found?.response?.result?.rows ?? []).map((row) => row[0]?.value ?? ''));
    },
    stop: async () => {
      child.kill('SIGKILL');
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Result {
  readonly error?: { readonly message: string };
  readonly response?: {
    readonly result?: { readonly rows?: readonly (readonly { readonly value?: string }[])[] };
  };
}

/** A server takes one statement at a time; a semicolon in a text or a name ends none. */
function statementsOf(sql: string): string[] {
  const parts = sql.match(/(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|[^;])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** The package marks its program as executable in an install script, which is not run. */
function program(): string {
  const wrapper = createRequire(import.meta.url).resolve('sqld/package.json');
  const own = `@sqld/${process.platform}-${process.arch}/package.json`;
  const file = join(dirname(createRequire(wrapper).resolve(own)), 'sqld');
  chmodSync(file, 0o755);
  return file;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    const response = await fetch(`${url}/health`).catch(() => null);
    if (response?.ok) return;
    if (Date.now() > deadline) throw new Error('the libSQL server did not start');
    await sleep(50);
  }
}
