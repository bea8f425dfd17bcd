/** `npm run demo:seed`: makes the demo's tables, at any size, in any Postgres. */
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
const { runSeed } = await import('../exporter/dist/demo/seed-command.js');
await runSeed(process.argv.slice(2));
