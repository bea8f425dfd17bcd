/** Every command of every runbook, against the demo and a real Prometheus and Alertmanager. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { ROOT } from '../grafana/dashboards.ts';
import { testWith } from '../needs.ts';
import { startStack, type Stack } from './stack.ts';

const HOW = 'On Debian: apt-get install prometheus prometheus-alertmanager curl';
const FOLDER = join(ROOT, 'docs/runbooks');
const TITLE = 'every command of every runbook works against the demo, set up as the overview says';
const COMMAND_MS = 20_000;

const fences = (page: string, language: string): string[] =>
  [...readFileSync(join(FOLDER, page), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].flatMap(
    ([, of, body = '']) => (of === language ? [body.trim()] : []),
  );

/** command → a runbook that has it */
function commands(): Map<string, string> {
  const pages = readdirSync(FOLDER).filter((page) => page !== 'README.md');
  return new Map(
    pages.flatMap((page) =>
      fences(page, 'sh').flatMap((fence) => fence.split('\n').map((line) => [line, page] as const)),
    ),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The demo with its violations, which stay as they are. */
async function startDemo(folder: string, port: number): Promise<ChildProcess> {
  const listen = `127.0.0.1:${String(port)}`;
  const child = spawn(process.execPath, [join(ROOT, 'scripts/start.mjs'), '--still'], {
    env: { ...process.env, NODE_OPTIONS: '', LOCKSTEP_DATA_DIR: folder, LOCKSTEP_LISTEN: listen },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      said += part.toString();
    });
  while (!said.includes('Lockstep is ready\n')) {
    if (child.exitCode !== null) throw new Error(`the demo ended before it was ready:\n${said}`);
    await sleep(50);
  }
  return child;
}

/** @returns what is wrong with it; empty when nothing is */
async function run(command: string, setUp: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn('bash', ['-c', `set -eu\n${setUp}\n${command}`], {
    ...{ cwd: ROOT, env, timeout: COMMAND_MS },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      said += part.toString();
    });
  const [status] = (await once(child, 'close')) as [number | null];
  return status === 0 ? '' : `${command}\n  ended with ${String(status)}: ${said}`;
}

testWith(
  'amtool',
  HOW,
  TITLE,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-runbooks-'));
    // Postgres runs as another user when we are root
    chmodSync(folder, 0o711);
    let demo: ChildProcess | undefined;
    let stack: Stack | undefined;
    try {
      const port = await freePort();
      demo = await startDemo(folder, port);
      stack = await startStack(`http://127.0.0.1:${String(port)}`, [1]);
      const env = {
        ...process.env,
        NODE_OPTIONS: '',
        LOCKSTEP_DATA_DIR: folder,
        PROMETHEUS_URL: stack.prometheusUrl,
        ALERTMANAGER_URL: stack.notified[0]?.url ?? '',
      };
      const [setUp = ''] = fences('README.md', 'bash');
      const failed: string[] = [];
      const all = commands();
      expect(all.size).toBeGreaterThan(60);
      for (const [command, page] of all) {
        const complaint = await run(command, setUp, env);
        if (complaint !== '') failed.push(`${page}: ${complaint}`);
      }
      expect(failed).toEqual([]);
    } finally {
      await stack?.stop();
      if (demo?.exitCode === null) {
        demo.kill('SIGTERM');
        await once(demo, 'close');
      }
      rmSync(folder, { recursive: true, force: true });
    }
  },
  180_000,
);
