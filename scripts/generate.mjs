/** Writes the files that are made from the code; with --check, fails when a committed one differs. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, fail, ROOT } from './install.mjs';

await ensureInstalled();
await ensureBuilt();

const generated = [
  ['exporter/lockstep.schema.json', configSchema],
  ['docs/openapi.json', openApi],
  ['docs/metrics.md', metricsPage],
  ['alerts/prometheus/lockstep.rules.yml', alertRules],
  ['alerts/prometheus/role-system.rules.yml', roleSystemRules],
];

const check = process.argv.includes('--check');
const different = [];
for (const [file, make] of generated) {
  const path = join(ROOT, file);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const now = await make(before);
  if (now === before) continue;
  different.push(file);
  if (!check) writeFileSync(path, now);
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

async function openApi() {
  const { publishedOpenApi } = await import('../exporter/dist/http/published-openapi.js');
  return publishedOpenApi();
}

/** The table between two marks; the text around it is written by hand. */
async function metricsPage(before) {
  const { withMetricsTable } = await import('../exporter/dist/metric-table.js');
  return withMetricsTable(before);
}

async function alertRules() {
  const { ANY_SITE, catalogue, DEFAULT_LINKS, prometheusRules } = await alerts();
  return prometheusRules(catalogue(ANY_SITE), DEFAULT_LINKS);
}

async function roleSystemRules() {
  const { DEFAULT_LINKS, prometheusRules, ROLE_SYSTEM } = await alerts();
  return prometheusRules(ROLE_SYSTEM, DEFAULT_LINKS);
}

async function alerts() {
  const modules = ['catalogue', 'prometheus', 'site'].map(
    (name) => import(`../exporter/dist/alerts/${name}.js`),
  );
  return Object.assign({}, ...(await Promise.all(modules)));
}
