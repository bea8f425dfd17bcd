/** The committed rules, by the real promtool. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { alertsOf, catalogue, ROLE_SYSTEM } from '../../exporter/src/alerts/catalogue.ts';
import { ANY_SITE } from '../../exporter/src/alerts/site.ts';
import { testWith } from '../needs.ts';
import { FOLDER, HOW_TO_GET_PROMTOOL, RULE_FILES, TEST_FILES, testFile } from './rule-files.ts';

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

for (const file of RULE_FILES) {
  testWith(
    'promtool',
    HOW_TO_GET_PROMTOOL,
    `Prometheus takes ${file}, and its linter has nothing to say`,
    async () => {
      const { status, output } = promtool('check', 'rules', '--lint=all', file);
      expect(output).toContain('SUCCESS');
      expect(status).toBe(0);
      await Promise.resolve();
    },
    30_000,
  );
}

for (const name of TEST_FILES) {
  testWith(
    'promtool',
    HOW_TO_GET_PROMTOOL,
    `every promise holds: ${name}`,
    async () => {
      const { status, output } = promtool('test', 'rules', join('tests', name));
      expect([status, output]).toEqual([0, expect.not.stringContaining('FAILED')]);
      await Promise.resolve();
    },
    120_000,
  );
}

const alerts = alertsOf([...catalogue(ANY_SITE), ...ROLE_SYSTEM]);
const asserted = TEST_FILES.flatMap((name) => testFile(name).tests).flatMap(
  ({ promql_expr_test: assertions = [] }) => assertions,
);

test.each([...new Set(alerts.map(({ alert, severity }) => `alertname="${alert}",severity="${severity}"`))])(
  'a test sees it fire, and one sees it silent: %s',
  (alert) => {
    const own = asserted.filter(({ expr }) => expr.includes(alert));
    expect(own.some(({ exp_samples: samples }) => samples.length > 0)).toBe(true);
    if (!alert.includes('Watchdog'))
      expect(own.some(({ exp_samples: samples }) => samples.length === 0)).toBe(true);
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
