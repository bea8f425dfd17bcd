import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Major } from '../../exporter/src/demo/binaries.ts';
import { startCluster, type Cluster, type ClusterOptions } from '../../exporter/src/demo/cluster.ts';
import { isAlive } from '../../exporter/src/demo/postmaster.ts';

let folder: string;
const clusters: Cluster[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-cluster-'));
  chmodSync(folder, 0o711);
});

afterEach(async () => {
  for (const cluster of clusters.splice(0)) {
    await cluster.stop();
    rmSync(cluster.directory, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const cluster = await startCluster({ directory: join(folder, 'postgres'), durable: false, ...options });
  clusters.push(cluster);
  return cluster;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

test.each<{ major: Major }>([{ major: 13 }, { major: 18 }])(
  'Postgres $major starts, answers on the loopback address only, and stops',
  async ({ major }) => {
    const cluster = await start({ major });
    expect(await ask(cluster.url, 'SHOW server_version_num')).toMatch(new RegExp(`^${String(major)}`));
    expect(await ask(cluster.url, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await ask(cluster.url, 'SHOW unix_socket_directories')).toBe('');
    expect(await ask(cluster.url, 'SHOW server_encoding')).toBe('UTF8');
    await cluster.stop();
    expect(isAlive(cluster.pid)).toBe(false);
  },
  60_000,
);

test('Without the password nobody gets in', async () => {
  const url = new URL((await start()).url);
  url.password = 'guess';
  await expect(ask(url.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
});

test('What was written is there after a stop and a start, under the same password', async () => {
  const first = await start();
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
  await first.stop();
  const second = await start();
  expect(await ask(second.url, 'SELECT n FROM kept')).toBe(42);
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
});

test('A server that a killed run left behind is stopped by the next start', async () => {
  const left = await start();
  await ask(left.url, 'CREATE TABLE kept AS SELECT 42 AS n');
  // as after kill -9: the server runs, and the process that owned it is gone
  writeFileSync(join(left.directory, 'owner.pid'), String(await deadPid()));
  const next = await start();
  expect(isAlive(left.pid)).toBe(false);
  expect(await ask(next.url, 'SELECT n FROM kept')).toBe(42);
});

test('A folder in use by another live process is refused, and its server left alone', async () => {
  const cluster = await start();
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
  try {
    writeFileSync(join(cluster.directory, 'owner.pid'), String(other.pid));
    await expect(start()).rejects.toThrow(`is in use by process ${String(other.pid)}`);
    expect(await ask(cluster.url, 'SELECT 1')).toBe(1);
  } finally {
    other.kill('SIGKILL');
  }
});

test('A lock file whose number belongs to another program by now is not taken for a server', async () => {
  const first = await start();
  await first.stop();
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
  try {
    writeFileSync(join(first.directory, 'data', 'postmaster.pid'), `${String(other.pid)}\n`);
    const next = await start();
    expect(await ask(next.url, 'SELECT 1')).toBe(1);
    expect(isAlive(other.pid!)).toBe(true);
  } finally {
    other.kill('SIGKILL');
  }
});

test('When it does not start, the error holds what Postgres itself says', async () => {
  await expect(start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
    /invalid value for parameter "shared_buffers": "plenty"/,
  );
});

test('A folder made by another major version is refused by name', async () => {
  const old = await start({ major: 13 });
  await old.stop();
  await expect(start({ major: 18 })).rejects.toThrow(/was made by Postgres 13, this is 18/);
}, 60_000);

test('Its password file is for its owner only', async () => {
  const { directory } = await start();
  expect(statSync(join(directory, 'superuser.password')).mode & 0o777).toBe(0o600);
  expect(statSync(directory).mode & 0o077).toBe(0);
});

test('Under a folder that nobody else can enter the server runs all the same, for root and for others', async () => {
  const closed = join(folder, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const wanted = join(closed, 'postgres');
  const cluster = await start({ directory: wanted });
  expect(await ask(cluster.url, 'SELECT 1')).toBe(1);
  if (process.getuid?.() === 0) {
    expect(cluster.directory).toMatch(/^\/var\/tmp\/lockstep-[0-9a-f]{16}\/postgres$/);
  } else {
    expect(cluster.directory).toBe(wanted);
  }
  await cluster.stop();
  const again = await start({ directory: wanted });
  expect(again.directory).toBe(cluster.directory);
  await again.stop();
  rmSync(dirname(cluster.directory), { recursive: true, force: true });
});

test('A stop while a session is in a transaction takes no longer than the bound', async () => {
  const cluster = await start();
  const client = new pg.Client({ connectionString: cluster.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('BEGIN; SELECT 1');
  const startedAt = Date.now();
  await cluster.stop();
  expect(Date.now() - startedAt).toBeLessThan(5_000);
  expect(existsSync(join(cluster.directory, 'data', 'postmaster.pid'))).toBe(false);
  expect(readFileSync(join(cluster.directory, 'postgres.log'), 'utf8')).toContain(
    'received fast shutdown request',
  );
});

test('Two clusters run side by side', async () => {
  const one = await start({ directory: join(folder, 'one') });
  const two = await start({ directory: join(folder, 'two') });
  expect(one.port).not.toBe(two.port);
  expect(await Promise.all([ask(one.url, 'SELECT 1'), ask(two.url, 'SELECT 2')])).toEqual([1, 2]);
  expect(await taken(one.port)).toBe(true);
});

async function taken(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((answer) => {
    server.once('error', () => {
      answer(true);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        answer(false);
      });
    });
  });
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  const pid = child.pid!;
  while (isAlive(pid)) await sleep(20);
  return pid;
}
