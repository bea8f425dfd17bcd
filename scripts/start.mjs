/** `npm start`: installs and builds what is missing, then runs the demo in this process. */
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

await ensureInstalled();
await ensureBuilt();
const { runDemo } = await import('../exporter/dist/demo/main.js');
await runDemo(process.argv.slice(2));
