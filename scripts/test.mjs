/**
 * `npm test`: every test: the exporter's, the Grafana plugin's, and the built plugin in a browser. With arguments
 * (jest's own) only those of the exporter that they choose. Ends with the totals.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { ensureBuilt } from './build.mjs';
import { browserTests } from './browser.mjs';
import { ensureDebian } from './debian.mjs';
import { ensureInstalled, PLUGIN, ROOT } from './install.mjs';
import { runJest } from './jest.mjs';

await ensureInstalled();
await ensureBuilt();
// their tests say what is missing where we may not install it
ensureDebian(['prometheus', 'prometheus-alertmanager', 'curl'], () =>
  ['prometheus', 'promtool', 'prometheus-alertmanager', 'amtool', 'curl'].every(
    (program) => spawnSync(program, ['--version']).status === 0,
  ),
);

const args = process.argv.slice(2);
// jest leaves one core alone, which of two is half; most tests wait for a database
const workers = ['--maxWorkers', String(Math.max(2, availableParallelism() - 1))];
// the first tells seconds from each other, the second takes the whole machine for two minutes
const ALONE = ['tests/alerts/live', 'tests/chaos/sync-writers'];

const totals = [];
if (args.length > 0) totals.push(runJest(ROOT, [...workers, ...args]));
else {
  const others = [...ALONE, '/node_modules/', '/tests/browser/'].flatMap((path) => [
    '--testPathIgnorePatterns',
    path,
  ]);
  totals.push(runJest(ROOT, [...workers, ...others]));
  console.log('\nThose that want the machine to themselves:');
  totals.push(runJest(ROOT, ['--runInBand', ...ALONE]));
  console.log('\nThe Grafana plugin (the first time its packages, about 1 GB, are installed):');
  await ensureInstalled(PLUGIN);
  totals.push(runJest(PLUGIN, ['--maxWorkers', '2']));
  totals.push(await browserTests([]));
}

const sum = (count) => totals.reduce((all, one) => all + one[count], 0);
const skipped = totals.flatMap((one) => one.skippedNames);
const mustRunAll = Boolean(process.env.CI) && args.length === 0;
if (mustRunAll && skipped.length > 0) {
  console.log('In CI a test that did not run is a failure:');
  for (const name of skipped) console.log(`  ${name}`);
}
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${skipped.length} skipped`);
const bad = totals.some(({ status }) => status !== 0) || sum('failed') > 0;
process.exitCode = bad || (mustRunAll && skipped.length > 0) ? 1 : 0;
