/** `npm start` as a newcomer meets it: the real script, a folder of its own, a free port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START = join(import.meta.dirname, '..', 'scripts', 'start.mjs');

export interface Demo {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

export interface Facts {
  readonly url: string;
  readonly adminToken: string;
  readonly viewerToken: string;
  readonly databaseUrl: string;
  /** of the role system */
  readonly apiUrl?: string;
}

/** Where demos of one test live. */
export class DemoPlace {
  readonly folder: string;
  readonly port: number;
  readonly #running: Demo[] = [];

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  static async open(): Promise<DemoPlace> {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-demo-'));
    // Postgres runs as another user when we are root
    chmodSync(folder, 0o711);
    return new DemoPlace(folder, await freePort());
  }

  start(args: readonly string[], env: Record<string, string> = {}): Demo {
    const child = spawn(process.execPath, [START, ...args], {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        LOCKSTEP_DATA_DIR: this.folder,
        LOCKSTEP_LISTEN: `127.0.0.1:${String(this.port)}`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const demo = { child, output: () => said, ended };
    this.#running.push(demo);
    return demo;
  }

  async close(): Promise<void> {
    for (const demo of this.#running.splice(0)) {
      demo.child.kill('SIGTERM');
      await demo.ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @param folder that the demo writes to */
export async function ready(demo: Demo, folder: string): Promise<Facts> {
  while (!demo.output().includes('Lockstep is ready\n')) {
    if (demo.child.exitCode !== null)
      throw new Error(`the demo ended before it was ready:\n${demo.output()}`);
    await sleep(50);
  }
  return JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')) as Facts;
}

/** The exit code and how long it took. */
export async function stop(
  demo: Demo,
  signal: NodeJS.Signals,
): Promise<{ readonly code: number | null; readonly ms: number }> {
  const startedAt = Date.now();
  demo.child.kill(signal);
  return { code: await demo.ended, ms: Date.now() - startedAt };
}

export async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + 15_000; ;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (Date.now() > end) throw new Error('it did not happen within 15 s');
    await sleep(100);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const found = (server.address() as AddressInfo).port;
  await once(server.close(), 'close');
  return found;
}
