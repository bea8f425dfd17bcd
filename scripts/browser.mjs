/** The built plugin in Chromium, with the packages of Grafana's lines: all in CI, else one. */
import { existsSync } from 'node:fs';
import { ensureDebian } from './debian.mjs';
import { fail, ROOT } from './install.mjs';
import { runJest } from './jest.mjs';

const HOW = 'On Debian: apt-get install chromium. Elsewhere name a Chromium in CHROMIUM_PATH.';
const ALL_LINES = ['g11', 'g12', 'g13'];

/**
 * @param {readonly string[]} args `--all`: every line of Grafana; the rest is jest's
 * @returns what `runJest` returns
 */
export async function browserTests(args) {
  const all = Boolean(process.env.CI) || args.includes('--all');
  const lines = all ? ALL_LINES : ['g13'];
  if (!all)
    console.log(
      'In the browser: one line of Grafana (13.2); npm run test:browser -- --all tries 11.6 and 12.4, too.',
    );
  if (!ensureDebian(['chromium'], found)) {
    if (process.env.CI) fail(`There is no Chromium, and in CI that is a failure. ${HOW}`);
    console.log(`SKIPPED, there is no Chromium: every test in the browser. ${HOW}`);
    return { status: 0, passed: 0, failed: 0, skippedNames: ['everything in tests/browser'] };
  }
  const { build } = await import('../grafana-plugin/scripts/build.mjs');
  await build();
  const { ensureBundled } = await import('../grafana-plugin/host/bundle.mjs');
  for (const line of lines) await ensureBundled(line);
  // the exporter's own run leaves the folder out, because it needs a browser
  const options = ['--runInBand', '--testPathIgnorePatterns', '/node_modules/', '--', 'tests/browser'];
  const chosen = args.filter((arg) => arg !== '--all');
  return runJest(ROOT, [...chosen, ...options], { LOCKSTEP_GRAFANA_LINES: lines.join(',') });
}

function found() {
  return [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ].some((program) => program !== undefined && existsSync(program));
}
