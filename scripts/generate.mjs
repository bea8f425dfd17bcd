/** Writes the files that are made from the code; with --check, fails when a committed one differs. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, fail, ROOT } from './install.mjs';

await ensureInstalled();
await ensureBuilt();

const { ANYWHERE, alertFiles } = await import('../exporter/dist/alerts/files.js');
const { withTable } = await import('../exporter/dist/generated-table.js');

const generated = [
  ['exporter/lockstep.schema.json', configSchema],
  ['docs/openapi.json', openApi],
  ['docs/metrics.md', metricsPage],
  ['docs/alerts.md', alertsPage],
  ['examples/role-system/lockstep.yaml', roleSystem],
  ...[...alertFiles(ANYWHERE)].map(([path, text]) => [
    `${path.startsWith('kubernetes/') ? 'examples' : 'alerts'}/${path}`,
    () => text,
  ]),
];

const check = process.argv.includes('--check');
const different = [];
for (const [file, make] of generated) {
  const path = join(ROOT, file);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const now = await make(before);
  if (now === before) continue;
  different.push(file);
  if (check) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, now);
}
if (check && different.length > 0) {
  fail(
    `These files do not fit the code any more; run "npm run generate" and commit: ${different.join(', ')}`,
  );
}
console.log(
  check || different.length === 0 ? 'Generated files are up to date.' : `Written: ${different.join(', ')}`,
);

async function configSchema() {
  const { publishedSchema } = await import('../exporter/dist/config/published-schema.js');
  return publishedSchema();
}

async function roleSystem() {
  const { roleSystemExample } = await import('../exporter/dist/config/role-system-example.js');
  return roleSystemExample();
}

async function openApi() {
  const { publishedOpenApi } = await import('../exporter/dist/http/published-openapi.js');
  return publishedOpenApi();
}

async function metricsPage(before) {
  const { metricsTable } = await import('../exporter/dist/metric-table.js');
  return withTable(before, metricsTable());
}

async function alertsPage(before) {
  const { alertTable } = await import('../exporter/dist/alerts/page.js');
  return withTable(before, alertTable());
}
