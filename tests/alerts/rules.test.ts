/** The committed rules, by the real promtool. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertsOf, catalogue, ROLE_SYSTEM } from '../../exporter/src/alerts/catalogue.ts';
import { ANY_SITE } from '../../exporter/src/alerts/site.ts';
import { ROOT } from '../grafana/dashboards.ts';

const FOLDER = join(ROOT, 'alerts/prometheus');
const TESTS = readdirSync(join(FOLDER, 'tests')).filter((name) => name.endsWith('.test.yml'));
const RULES = 'lockstep.rules.yml';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const withPromtool = hasPromtool || process.env['CI'] ? test : test.skip;
if (!hasPromtool) console.warn('SKIPPED: promtool is missing (apt-get install prometheus)');

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

withPromtool('Prometheus takes the rules, and its linter has nothing to say', () => {
  const { status, output } = promtool('check', 'rules', '--lint=all', RULES);
  expect(output).toContain('SUCCESS');
  expect(status).toBe(0);
});

withPromtool.each(TESTS)(
  'every promise holds: %s',
  (name) => {
    const { status, output } = promtool('test', 'rules', join('tests', name));
    expect(output).not.toContain('FAILED');
    expect(status).toBe(0);
  },
  120_000,
);

const alerts = alertsOf([...catalogue(ANY_SITE), ...ROLE_SYSTEM]);
const told = TESTS.map((name) => readFileSync(join(FOLDER, 'tests', name), 'utf8')).join('\n');

test.each([...new Set(alerts.map(({ alert, severity }) => `alertname="${alert}",severity="${severity}"`))])(
  'there is a test in which it fires: %s',
  (alert) => {
    expect(told).toContain(alert);
  },
);

test('no alert says the same thing in two ways', () => {
  const summaries = new Map<string, Set<string>>();
  for (const { alert, summary } of alerts)
    summaries.set(alert, (summaries.get(alert) ?? new Set()).add(summary));
  expect([...summaries].filter(([, texts]) => texts.size > 1)).toEqual([]);
});

test('a page stays open while the exporter dies: data is kept longer than it takes to see that it is down', () => {
  const minutes = (text = '0m') => Number(text.replace('m', ''));
  const down = alerts.find(({ alert }) => alert === 'LockstepExporterDown');
  const kept = alerts.filter(
    ({ layer, severity, alert }) =>
      layer === 'data' && severity === 'critical' && alert !== 'LockstepErrorBudgetBurn',
  );
  expect(kept.length).toBeGreaterThan(0);
  for (const { keepFiringFor } of kept)
    expect(minutes(keepFiringFor)).toBeGreaterThan(minutes(down?.for) + 1);
});
