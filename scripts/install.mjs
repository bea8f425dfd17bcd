/** Installs what the lock file names, when it is missing or the lock file has changed. Needs Node and npm only. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alone } from './lock.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST_NODE = 20;
const lockFile = join(ROOT, 'package-lock.json');
const installed = join(ROOT, 'node_modules', '.package-lock.json');
const stamp = join(ROOT, 'node_modules', '.lockstep-installed');

export async function ensureInstalled() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    fail(`Lockstep needs Node ${String(OLDEST_NODE)} or newer; this is ${process.versions.node}.`);
  }
  if (!upToDate()) await alone(ROOT, install);
}

function install() {
  if (upToDate()) return;
  console.log('Installing dependencies (npm ci) …');
  // no package gets to run or download anything; the embedded Postgres is completed when it starts
  const { status, error } = npm(['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund']);
  if (status !== 0) {
    fail(`npm ci did not succeed${error ? ` (${error.message})` : ''}; its own message stands above.`);
  }
  writeFileSync(stamp, hash());
}

/** An installation made by hand counts when npm finished it after the lock file was last written. */
function upToDate() {
  if (!existsSync(installed)) return false;
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === hash();
  if (statSync(installed).mtimeMs < statSync(lockFile).mtimeMs) return false;
  writeFileSync(stamp, hash());
  return true;
}

function hash() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex');
}

/** Runs npm: the one that runs us, else the one on the path. */
export function npm(args, options = {}) {
  const own = process.env.npm_execpath;
  const run = { cwd: ROOT, stdio: 'inherit', ...options };
  if (own?.endsWith('.js')) return spawnSync(process.execPath, [own, ...args], run);
  return spawnSync('npm', args, { shell: process.platform === 'win32', ...run });
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}
