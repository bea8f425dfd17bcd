/** `npm run test:browser [-- --all]`: only the tests in the browser. */
import { ensureBuilt } from './build.mjs';
import { browserTests } from './browser.mjs';
import { ensureInstalled } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
const { status, passed, failed, skippedNames } = await browserTests(process.argv.slice(2));
console.log(`${passed} passed, ${failed} failed, ${skippedNames.length} skipped`);
process.exitCode = status;
