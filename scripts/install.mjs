/** Installs what the lock file names, when it is missing or the lock file has changed. Needs Node and npm only. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alone } from './lock.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const PLUGIN = join(ROOT, 'grafana-plugin');

const OLDEST_NODE = [20, 11];

/** @param folder one with a package-lock.json of its own: the clone, or a package that brings its own dependencies */
export async function ensureInstalled(folder = ROOT) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    fail(`Lockstep needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  }
  if (!upToDate(folder)) await alone(folder, () => install(folder));
}

function install(folder) {
  if (upToDate(folder)) return;
  const where = folder === ROOT ? '' : ` in ${relative(ROOT, folder)}`;
  console.log(`Installing dependencies (npm ci${where}) …`);
  // no package gets to run or download anything; the embedded Postgres is completed when it starts
  const options = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, error } = npm(['ci', ...options], { cwd: folder });
  if (status !== 0) {
    fail(`npm ci did not succeed${error ? ` (${error.message})` : ''}; its own message stands above.`);
  }
  writeFileSync(stampOf(folder), hash(folder));
}

/** An installation made by hand counts when npm finished it after the lock file was last written. */
function upToDate(folder) {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const stamp = stampOf(folder);
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === hash(folder);
  if (statSync(installed).mtimeMs < statSync(lockFileOf(folder)).mtimeMs) return false;
  writeFileSync(stamp, hash(folder));
  return true;
}

const lockFileOf = (folder) => join(folder, 'package-lock.json');
const stampOf = (folder) => join(folder, 'node_modules', '.lockstep-installed');

function hash(folder) {
  return createHash('sha256')
    .update(readFileSync(lockFileOf(folder)))
    .digest('hex');
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
