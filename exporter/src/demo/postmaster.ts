/** Stops Postgres servers: our own, and one that a killed run left behind. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';

const FAST_MS = 5_000;
const IMMEDIATE_MS = 2_000;

/** Fast shutdown (SIGINT), then immediate (SIGQUIT, recovers at the next start), then kill. */
export async function stopPostmaster(pid: number, data: string): Promise<void> {
  const steps: readonly [NodeJS.Signals, number][] = [
    ['SIGINT', FAST_MS],
    ['SIGQUIT', IMMEDIATE_MS],
    ['SIGKILL', IMMEDIATE_MS],
  ];
  for (const [signal, boundMs] of steps) {
    if (!isPostmasterOf(pid, data)) return;
    send(pid, signal);
    const end = Date.now() + boundMs;
    while (Date.now() < end) {
      await sleep(20);
      if (!isAlive(pid)) return;
    }
  }
}

/** A killed run leaves its database running; the next one takes it down before it starts its own. */
export async function stopLeftover(directory: string, data: string): Promise<void> {
  const lockFile = join(data, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
  if (isPostmasterOf(pid, data)) {
    refuseWhenOwned(directory);
    await stopPostmaster(pid, data);
  }
  // the number of a dead server may belong to another program by now, and Postgres would refuse to start over it
  rmSync(lockFile, { force: true });
}

/** A process that has ended but is not reaped yet does not count: some containers reap late. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const stat = `/proc/${String(pid)}/stat`;
  if (!existsSync(stat)) return process.platform !== 'linux';
  return !/\) Z/.test(readFileSync(stat, 'utf8'));
}

function isPostmasterOf(pid: number, data: string): boolean {
  return isAlive(pid) && commandLine(pid).includes(data);
}

function refuseWhenOwned(directory: string): void {
  const file = join(directory, 'owner.pid');
  const owner = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : 0;
  if (owner === process.pid || !isAlive(owner) || !commandLine(owner).includes('node')) return;
  throw new UserError(
    `${directory} is in use by process ${String(owner)}; stop that one, or choose another folder (LOCKSTEP_DATA_DIR)`,
  );
}

function commandLine(pid: number): string {
  const file = `/proc/${String(pid)}/cmdline`;
  try {
    if (process.platform === 'linux') return readFileSync(file, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended in between
  }
}
