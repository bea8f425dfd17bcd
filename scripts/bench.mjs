/** `npm run bench`: measures what DESIGN says of speed and memory, each against its rival in the same run. */
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
const { runBench } = await import('../tests/bench/main.mjs');
await runBench(process.argv.slice(2));
