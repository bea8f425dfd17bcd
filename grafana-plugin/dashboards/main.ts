/** Builds, validates and writes the dashboards; with --check compares instead. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { check } from './check';
import { jobs } from './jobs';
import { overview } from './overview';
import { roles } from './roles';
import { validator } from './validator';

const ROOT = join(__dirname, '..', '..');
const FOLDER = join(ROOT, 'provisioning', 'dashboards', 'lockstep');

const compare = process.argv.includes('--check');
const problemsOf = validator();
const failures: string[] = [];
mkdirSync(FOLDER, { recursive: true });
for (const [name, build] of Object.entries({ overview, check, jobs, roles })) {
  const dashboard = numbered(build());
  const file = join(FOLDER, `${name}.json`);
  const text = `${JSON.stringify(dashboard, null, 2)}\n`;
  const problems = problemsOf(JSON.parse(text));
  if (problems.length > 0) {
    failures.push(`${name}.json is no dashboard: ${problems.join('; ')}`);
  } else if (!compare) {
    writeFileSync(file, text);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    failures.push(
      `${relative(ROOT, file)} does not fit its source; run "node grafana-plugin/dashboards/generate.mjs" and commit`
    );
  }
}
for (const failure of failures) {
  process.stderr.write(`${failure}\n`);
}
if (failures.length === 0) {
  process.stdout.write(compare ? 'The dashboards are up to date.\n' : `Written: ${relative(ROOT, FOLDER)}\n`);
}
process.exitCode = failures.length === 0 ? 0 : 1;

/** Grafana would number the panels by itself, at every start anew: a link to one panel would lead to another. */
function numbered(dashboard: Dashboard): Dashboard {
  const panels = dashboard.panels?.map((panel, index) => ({ ...panel, id: index + 1 }));
  return panels ? { ...dashboard, panels } : dashboard;
}
