/** The user's own command after the decision to roll back: once, with a time limit, its output shown and kept. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GateDocument } from '../http/gate-schemas.ts';

export interface RollbackEnd {
  /** null when a signal ended it, or it could not be started */
  readonly exit_code: number | null;
  readonly timed_out: boolean;
  /** the end of it, at most 64 KiB */
  readonly output: string;
}

const OUTPUT_KEPT = 65_536;
/** What it has to clean up after itself once it is told to end. */
const TERM_GRACE_MS = 5_000;
/** Something left in the background may hold the output open for ever. */
const OUTPUT_GRACE_MS = 1_000;
/** A variable of the environment holds 128 KiB on Linux. */
const REASONS_TOLD = 100;

export function runRollback(
  command: string,
  document: GateDocument,
  { timeoutMs, stopping }: { readonly timeoutMs: number; readonly stopping: AbortSignal },
): Promise<RollbackEnd> {
  // a process group of its own: whatever the command starts ends with it
  const child = spawn(command, {
    shell: true,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(document),
  });
  const output = keptOutput(child);
  let timedOut = false;
  let ending: Promise<void> | null = null;
  const end = (): void => {
    ending ??= endGroup(child);
  };
  const limit = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  stopping.addEventListener('abort', end, { once: true });
  return new Promise((resolve) => {
    const done = async (code: number | null): Promise<void> => {
      clearTimeout(limit);
      stopping.removeEventListener('abort', end);
      await ending;
      resolve({ exit_code: code, timed_out: timedOut, output: output() });
    };
    child.on('exit', () => {
      if (ending === null) setTimeout(letGo, OUTPUT_GRACE_MS, child).unref();
    });
    child.on('close', (code) => void done(code));
    child.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      void done(null);
    });
  });
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Shows the output as it comes. Returns what tells the end of it. */
function keptOutput(child: Child): () => string {
  let kept = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text);
      kept = (kept + text).slice(-OUTPUT_KEPT);
    });
  }
  return () => kept;
}

/** Resolves when nothing of it is left, or had its time to end. */
async function endGroup(child: Child): Promise<void> {
  signalGroup(child, 'SIGTERM');
  for (const end = Date.now() + TERM_GRACE_MS; Date.now() < end && signalGroup(child, 0);) await sleep(100);
  signalGroup(child, 'SIGKILL');
  await sleep(100);
  letGo(child);
}

/** Whether there was anybody to hear it. */
function signalGroup({ pid }: Child, signal: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal);
  } catch {
    return false;
  }
}

function letGo({ stdout, stderr }: Child): void {
  stdout.destroy();
  stderr.destroy();
}

/** Without the token: the command has no business with the server. */
function environment({ decision, stage, reasons }: GateDocument): NodeJS.ProcessEnv {
  const against = reasons.filter((reason) => reason.decision !== 'proceed').slice(0, REASONS_TOLD);
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'LOCKSTEP_TOKEN')),
    LOCKSTEP_GATE_DECISION: decision,
    LOCKSTEP_GATE_STAGE: stage,
    LOCKSTEP_GATE_REASONS: JSON.stringify(against),
  };
}
