/**
 * `npm test`: every test: the exporter's, the Grafana plugin's, and the built plugin in a browser. With arguments
 * (jest's own) only those of the exporter that they choose. Ends with the totals.
 */
import { ensureBuilt } from './build.mjs';
import { browserTests } from './browser.mjs';
import { ensureInstalled, PLUGIN, ROOT } from './install.mjs';
import { runJest } from './jest.mjs';

await ensureInstalled();
await ensureBuilt();

const args = process.argv.slice(2);
const totals = [runJest(ROOT, args)];
if (args.length === 0) {
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
