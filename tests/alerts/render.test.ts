/** `lockstep alerts render`: what a site's own checks change. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { parse } from 'yaml';
import { renderAlerts } from '../../exporter/src/cli/alerts.ts';
import { testWith } from '../needs.ts';

const HOW = 'On Debian: apt-get install prometheus prometheus-alertmanager';
const CONFIG = `
sources:
  app: { engine: postgres, url: "postgres://reader@db/app" }
  crm: { engine: postgres, url: "postgres://reader@db/crm" }
checks:
  strict:
    kind: coupling
    thresholds: { healthy: 0.999, degraded: 0.99 }
    runbook: https://wiki.example.test/strict
    left: { source: app, table: a, key: [id] }
    right: { source: app, table: b, key: [id] }
  usual:
    kind: coupling
    left: { source: app, table: a, key: [id] }
    right: { source: crm, table: b, key: [id] }
  mild:
    kind: reference
    severity: warning
    from: { source: crm, table: a, key: [id] }
    to: { source: crm, table: b, key: [id] }
  exact:
    kind: reference
    thresholds: { healthy: 1, degraded: 0.9 }
    from: { source: app, table: a, key: [id] }
    to: { source: app, table: b, key: [id] }
  idle:
    kind: reference
    enabled: false
    from: { source: crm, table: a, key: [id] }
    to: { source: crm, table: b, key: [id] }
alerts:
  runbooks: https://wiki.example.test/lockstep/
  dashboards: https://grafana.corp.example.test/d/
  scrapeJob: exporters/lockstep
`;

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

let folder: string;
let out: string;
beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  folder = mkdtempSync(join(tmpdir(), 'lockstep-render-'));
  out = join(folder, 'alerts');
  writeFileSync(join(folder, 'lockstep.yaml'), CONFIG);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const render = (force = false): number => renderAlerts({ config: join(folder, 'lockstep.yaml'), out, force });
const read = (path: string): string => readFileSync(join(out, path), 'utf8');

function rule(name: string, severity: string): Rule {
  const { groups } = parse(read('prometheus/lockstep.rules.yml')) as { groups: { rules: Rule[] }[] };
  const all = groups.flatMap(({ rules }) => rules);
  const found = all.find(({ alert, labels }) => alert === name && labels?.severity === severity);
  if (!found) throw new Error(`${name} ${severity} was not written`);
  return found;
}

function recorded(name: string): string {
  const { groups } = parse(read('prometheus/lockstep.rules.yml')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules).find(({ record }) => record === name)?.expr ?? '';
}

test('each check is judged by its own thresholds, and one of severity warning never pages', () => {
  expect(render()).toBe(0);
  const ratio = 'check:lockstep_consistency:ratio';
  expect(rule('LockstepConsistencyLow', 'critical').expr).toBe(
    `${ratio}{check!~"strict|mild|exact",track!="canary"} < 0.95\nor\n` +
      `${ratio}{check=~"strict",track!="canary"} < 0.99\nor\n${ratio}{check=~"exact",track!="canary"} < 0.9`,
  );
  expect(rule('LockstepConsistencyLow', 'warning').expr).toBe(
    `${ratio}{check!~"strict|exact",track!="canary"} < 0.99\nor\n` +
      `${ratio}{check=~"strict",track!="canary"} < 0.999\nor\n${ratio}{check=~"exact",track!="canary"} < 1`,
  );
  expect(rule('LockstepErrorBudgetBurn', 'critical').expr).toContain(
    '{check=~"strict",track!="canary"} > 0.0144',
  );
  expect(read('prometheus/lockstep.rules.yml')).not.toContain('idle');
});

test('a check that comes later is watched at the default thresholds before anybody renders again', () => {
  render();
  for (const name of ['Low', 'Drop', 'Forecast'])
    expect(rule(`LockstepConsistency${name}`, 'warning').expr).toContain('{check!~"strict|exact",');
  expect(rule('LockstepErrorBudgetBurn', 'critical').expr).toContain('{check!~"strict|mild|exact",');
});

test('a check in which nothing may be wrong has no budget, so none that burns or is spent', () => {
  render();
  expect(rule('LockstepErrorBudgetBurn', 'warning').expr).not.toContain('check=~"exact"');
  expect(recorded('check:lockstep_error_budget_remaining:ratio')).not.toContain('check=~"exact"');
});

test('without an enabled check every rule still asks for something', () => {
  const disabled = CONFIG.replace('    enabled: false\n', '').replaceAll(
    /^ {4}kind: /gm,
    '    enabled: false\n    kind: ',
  );
  writeFileSync(join(folder, 'lockstep.yaml'), disabled);
  render();
  const { groups } = parse(read('prometheus/lockstep.rules.yml')) as { groups: { rules: Rule[] }[] };
  for (const { expr } of groups.flatMap(({ rules }) => rules)) expect(expr).toMatch(/\S/);
  expect(rule('LockstepConsistencyLow', 'critical').expr).toBe(
    'check:lockstep_consistency:ratio{track!="canary"} < 0.95',
  );
});

test('links and the scrape job are those of the configuration; a check may bring its own runbook', () => {
  render();
  const { annotations } = rule('LockstepConsistencyLow', 'critical');
  expect(annotations['runbook_url']).toBe(
    '{{ if eq $labels.check "strict" }}https://wiki.example.test/strict{{ else }}https://wiki.example.test/lockstep/LockstepConsistencyLow.md{{ end }}',
  );
  expect(annotations['dashboard_url']).toMatch(/^https:\/\/grafana\.corp\.example\.test\/d\/lockstep-check/);
  expect(rule('LockstepExporterDown', 'critical').expr).toContain('up{job="exporters/lockstep"}');
  expect(read('prometheus/lockstep.rules.yml')).not.toContain('grafana.example.test');
});

test('a source that is down silences the jobs that read it, and no others', () => {
  render();
  const { inhibit_rules: rules } = parse(read('alertmanager/alertmanager.yml')) as {
    inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
  };
  const down = rules.filter(({ source_matchers: [first] }) => first === 'alertname="LockstepSourceDown"');
  expect(
    down.map(({ source_matchers: [, source], target_matchers: [, target] }) => [source, target]),
  ).toEqual([
    ['source="app"', 'check=~"strict|usual|exact"'],
    ['source="app"', 'job_name=~"(sync:)?(strict|usual|exact)"'],
    ['source="crm"', 'check=~"usual|mild"'],
    ['source="crm"', 'job_name=~"(sync:)?(usual|mild)"'],
  ]);
});

test('rules for a role system are written only where there is one', () => {
  render();
  expect(existsSync(join(out, 'prometheus/role-system.rules.yml'))).toBe(false);
  expect(read('kubernetes/prometheusrule.yaml')).not.toContain('LockstepRoles');
  writeFileSync(join(folder, 'lockstep.yaml'), CONFIG.replace('  mild:', '  roles_orphans:'));
  render(true);
  expect(existsSync(join(out, 'prometheus/role-system.rules.yml'))).toBe(true);
  expect(read('kubernetes/prometheusrule.yaml')).toContain('LockstepRoles');
});

test('what somebody changed is not replaced unless told so, and then nothing at all is written', () => {
  render();
  expect(render()).toBe(0);
  const mine = join(out, 'alertmanager/alertmanager.yml');
  writeFileSync(mine, 'mine');
  rmSync(join(out, 'prometheus'), { recursive: true });
  expect(() => render()).toThrow(/alertmanager\.yml would be replaced.*--force/);
  expect(existsSync(join(out, 'prometheus'))).toBe(false);
  render(true);
  expect(read('alertmanager/alertmanager.yml')).not.toBe('mine');
});

testWith(
  'promtool',
  HOW,
  'Prometheus and Alertmanager take what is written',
  async () => {
    render();
    expect(readdirSync(out).length).toBeGreaterThan(2);
    const run = (program: string, ...args: string[]): unknown[] => {
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      return [status, `${stdout}${stderr}`];
    };
    const rules = join(out, 'prometheus/lockstep.rules.yml');
    expect(run('promtool', 'check', 'rules', '--lint=all', rules)).toEqual([
      0,
      expect.stringContaining('SUCCESS'),
    ]);
    const routes = join(out, 'alertmanager/alertmanager.yml');
    expect(run('amtool', 'check-config', routes)).toEqual([0, expect.stringContaining('SUCCESS')]);
    await Promise.resolve();
  },
  30_000,
);
