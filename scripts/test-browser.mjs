/**
 * `npm run test:browser`: builds the plugin and tries it in Chromium with the packages of Grafana's lines: all in CI or
 * with `--all`, else one. More arguments are jest's.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, fail, ROOT } from './install.mjs';

await ensureInstalled();
const args = process.argv.slice(2);
const all = Boolean(process.env.CI) || args.includes('--all');
const lines = all ? ['g11', 'g12', 'g13'] : ['g13'];
if (!all)
  console.log('One line of Grafana (13.2) on this machine; --all or CI=true tries 11.6 and 12.4, too.');
haveChromium();

const { build } = await import('../grafana-plugin/scripts/build.mjs');
await build();
const { ensureBundled } = await import('../grafana-plugin/host/bundle.mjs');
for (const line of lines) await ensureBundled(line);

const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
// `npm test` leaves the folder out, because it needs a browser
const options = [
  '--rootDir',
  ROOT,
  '--runInBand',
  '--testPathIgnorePatterns',
  '/node_modules/',
  '--',
  'tests/browser',
];
const { status } = spawnSync(
  process.execPath,
  [...flags, jest, ...args.filter((arg) => arg !== '--all'), ...options],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, LOCKSTEP_GRAFANA_LINES: lines.join(',') },
  },
);
process.exitCode = status ?? 1;

/** The system's, or Debian's where we may install it. */
function haveChromium() {
  if (process.env.CHROMIUM_PATH || existsSync('/usr/bin/chromium') || existsSync('/usr/bin/google-chrome'))
    return;
  const how = 'On Debian: apt-get install chromium. Elsewhere name a Chromium in CHROMIUM_PATH.';
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) fail(`There is no Chromium. ${how}`);
  console.log('Installing Chromium (apt-get install chromium) …');
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
  const { status } = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: environment,
  });
  if (status !== 0) fail(`Chromium could not be installed. ${how}`);
}
