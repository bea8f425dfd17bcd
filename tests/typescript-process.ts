/** Starts a process from a TypeScript source, for tests that kill it or run it as somebody else. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface TypescriptProcess {
  readonly child: ChildProcess;
  readonly lines: Interface;
  /** everything it printed once it has ended, with its exit code; null after a signal */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** @param uid runs it as this user; only root can */
export function startTypescript(
  source: URL,
  args: readonly string[],
  { uid }: { readonly uid?: number } = {},
): TypescriptProcess {
  const hooks = new URL('typescript.mjs', import.meta.url).href;
  // The parent's own options (--experimental-vm-modules under jest) are none of the child's business.
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, ['--import', hooks, fileURLToPath(source), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
  return { child, lines: createInterface({ input: child.stdout }), ended };
}
