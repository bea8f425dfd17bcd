/** Compiles the exporter to exporter/dist, when its sources have changed since the last time. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, fail, ROOT } from './install.mjs';
import { alone } from './lock.mjs';

const exporter = join(ROOT, 'exporter');
const source = join(exporter, 'src');
const dist = join(exporter, 'dist');
const stamp = join(ROOT, 'node_modules', '.lockstep-built');

export async function ensureBuilt() {
  if (!upToDate()) await alone(ROOT, build);
}

function build() {
  if (upToDate()) return;
  console.log('Building …');
  const hash = sourcesHash();
  const fresh = `${dist}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', exporter, '--outDir', fresh], {
    stdio: 'inherit',
  });
  if (status !== 0) rmSync(fresh, { recursive: true, force: true });
  if (status !== 0) fail('The build failed; the compiler says why above.');
  for (const asset of files().filter((file) => !file.endsWith('.ts'))) {
    mkdirSync(dirname(join(fresh, asset)), { recursive: true });
    cpSync(join(source, asset), join(fresh, asset));
  }
  // swapped in whole: another start of this clone may be loading the old one
  const old = `${dist}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
  writeFileSync(stamp, hash);
}

function upToDate() {
  return (
    existsSync(join(dist, 'main.js')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash()
  );
}

function sourcesHash() {
  const hash = createHash('sha256');
  const settings = [
    join(ROOT, 'package-lock.json'),
    join(ROOT, 'tsconfig.json'),
    join(exporter, 'tsconfig.json'),
  ];
  for (const file of [...files().map((name) => join(source, name)), ...settings]) {
    hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Everything that the build reads, relative to src. */
function files() {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(source.length + 1))
    .sort();
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await ensureInstalled();
  await ensureBuilt();
}
