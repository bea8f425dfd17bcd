/** `npm run preview`: the built violations panel in a page on this machine, without Grafana, on the demo's exporter. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, ROOT } from './install.mjs';

/** One line of Grafana is enough to look at; `npm run test:browser` looks at all. */
const LINE = process.argv[2] ?? 'g13';

await ensureInstalled();
await ensureBuilt();
console.log('The panel needs the packages of Grafana’s front end, about 1 GB; the first time takes minutes.');
const { build } = await import('../grafana-plugin/scripts/build.mjs');
await build();
const { ensureBundled } = await import('../grafana-plugin/host/bundle.mjs');
await ensureBundled(LINE);
const { startHost } = await import('../grafana-plugin/host/server.mjs');

if ((await facts()) === null) {
  const { runDemo } = await import('../exporter/dist/demo/main.js');
  await runDemo([]);
}
const { url, adminToken } = await facts();
const host = await startHost({ exporterUrl: url, token: adminToken, port: 3001 });
console.log(`
The panel     ${host.url}/${LINE}?refresh=30
As a viewer   ${host.url}/${LINE}?refresh=30&role=Viewer
In light      ${host.url}/${LINE}?refresh=30&theme=light
`);

/** Of the demo that runs, if one does. */
async function facts() {
  const folder = process.env.LOCKSTEP_DATA_DIR ?? join(ROOT, '.lockstep');
  const file = join(folder, 'demo.json');
  if (!existsSync(file)) return null;
  const told = JSON.parse(readFileSync(file, 'utf8'));
  const answers = await fetch(`${told.url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
  return answers ? told : null;
}
