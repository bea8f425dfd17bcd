/** The committed rules, by the real promtool. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { alertsOf, catalogue, ROLE_SYSTEM } from '../../exporter/src/alerts/catalogue.ts';
import { ANY_SITE } from '../../exporter/src/alerts/site.ts';
import { testWith } from '../needs.ts';
import {
  FOLDER,
  HOW_TO_GET_PROMTOOL,
  RULE_FILES,
  rulesOf,
  type Scenario,
  TEST_FILES,
  testFile,
} from './rule-files.ts';

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

interface Turn {
  /** the `ALERTS{…}` that was asked for */
  readonly asked: string;
  readonly more: boolean;
}

/** Where one evaluation expects more, or fewer, alerts than the one before it. */
function turns(): Turn[] {
  return TEST_FILES.map(testFile).flatMap(({ evaluation_interval, tests }) =>
    tests.flatMap(({ promql_expr_test: assertions = [] }) =>
      assertions.flatMap((before) =>
        assertions.flatMap((after) => {
          const asked = alertsAsked(before.expr);
          const grown = after.exp_samples.length - before.exp_samples.length;
          const next = minutes(after.eval_time) - minutes(before.eval_time) === minutes(evaluation_interval);
          return next && grown !== 0 && asked !== undefined && asked === alertsAsked(after.expr)
            ? [{ asked, more: grown > 0 }]
            : [];
        }),
      ),
    ),
  );
}

const alertsAsked = (expr: string): string | undefined => /ALERTS\{[^}]*\}/.exec(expr)?.[0];
const minutes = (text: string): number =>
  Number.parseInt(text, 10) * ({ m: 1, h: 60, d: 1440 }[text.at(-1)!] ?? Number.NaN);

const seen = turns();
const named = new Set(
  alerts
    .filter(({ alert }) => alert !== 'LockstepWatchdog')
    .map(({ alert, severity }) => `alertname="${alert}",severity="${severity}"`),
);

test.each([...named])(
  'a test sees it silent, at the next evaluation firing, and at the first after the mend silent: %s',
  (name) => {
    const own = seen.filter(({ asked }) => asked.includes(name));
    expect(own.some(({ more }) => more)).toBe(true);
    expect(own.some(({ more }) => !more)).toBe(true);
  },
);

/** What a redeploy must not end: every alert on rows, and these. */
const REDEPLOYED = ['LockstepSourceDown', 'LockstepCheckResultMissing'];

/** In minutes from the start; undefined for a series that goes on. */
function endOf(values: string, interval: string): number | undefined {
  let samples = 0;
  for (const part of values.split(' ')) {
    if (part === 'stale') return samples * minutes(interval);
    const times = /x(\d+)$/.exec(part)?.[1];
    samples += times === undefined ? 1 : Number(times) + (part.startsWith('_') ? 0 : 1);
  }
  return undefined;
}

/** Minutes at which an exporter ended whose series another one has as well. */
function handovers({ interval, input_series: all }: Scenario): number[] {
  const withoutExporter = (series: string): string => series.replace(/instance="[^"]*",pod="[^"]*",?/, '');
  return all.flatMap(({ series, values }) => {
    const end = endOf(values, interval);
    const heirs = all.filter((one) => withoutExporter(one.series) === withoutExporter(series));
    return end === undefined || heirs.length < 2 ? [] : [end];
  });
}

/** Every `ALERTS{…}` that fired at each evaluation of a window in which a handover lies. */
function survivors(): string[] {
  return TEST_FILES.map(testFile).flatMap(({ evaluation_interval, tests }) =>
    tests.flatMap((scenario) =>
      (scenario.promql_expr_test ?? []).flatMap(({ expr, eval_time, exp_samples }) => {
        const [, asked, window] = /^count_over_time\((ALERTS\{[^}]*\})\[(\d+m)\]\)$/.exec(expr) ?? [];
        const until = /^(\d+m)30s$/.exec(eval_time)?.[1];
        if (asked === undefined || window === undefined || until === undefined) return [];
        const within = handovers(scenario).some(
          (end) => end > minutes(until) - minutes(window) && end < minutes(until),
        );
        const whole = minutes(window) / minutes(evaluation_interval);
        const always = exp_samples.length > 0 && exp_samples.every(({ value }) => value === whole);
        return within && always ? [asked] : [];
      }),
    ),
  );
}

const survived = survivors();
const lasting = alertsOf(catalogue(ANY_SITE)).filter(
  ({ alert, layer }) => layer === 'data' || REDEPLOYED.includes(alert),
);

test.each([...new Set(lasting.map(({ alert, severity }) => `alertname="${alert}",severity="${severity}"`))])(
  'a test redeploys the exporter while it fires, and it goes on at every minute: %s',
  (name) => {
    expect(survived.filter((asked) => asked.includes(name))).not.toEqual([]);
  },
);

test('no group is evaluated so seldom that its series have gaps: Prometheus looks back five minutes', () => {
  for (const { interval = '1m' } of RULE_FILES.flatMap(rulesOf)) expect(minutes(interval)).toBeLessThan(5);
});

test('promtool is told the order of the groups, or it takes one by chance', () => {
  for (const { rule_files: files, group_eval_order: order } of TEST_FILES.map(testFile))
    expect(order).toEqual(files.flatMap(rulesOf).map(({ name }) => name));
});

test('no alert says the same thing in two ways', () => {
  const summaries = new Map<string, Set<string>>();
  for (const { alert, summary } of alerts)
    summaries.set(alert, (summaries.get(alert) ?? new Set()).add(summary));
  expect([...summaries].filter(([, texts]) => texts.size > 1)).toEqual([]);
});

/** Of what the exporter itself tells; a disk and Prometheus go on telling without it. */
const OF_EXPORTER = ['source', 'job', 'data', 'api', 'canary'];

test('a page stays open while the exporter dies: it is kept longer than it takes to see that it is down', () => {
  const down = alerts.find(({ alert }) => alert === 'LockstepExporterDown');
  const kept = alerts.filter(
    ({ layer, severity, alert }) =>
      severity === 'critical' &&
      (OF_EXPORTER.includes(layer) || alert === 'LockstepMemoryHigh') &&
      alert !== 'LockstepErrorBudgetBurn',
  );
  expect(new Set(kept.map(({ layer }) => layer)).size).toBe(OF_EXPORTER.length + 1);
  const soonOver = kept.filter(
    ({ keepFiringFor }) => minutes(keepFiringFor ?? '0m') <= minutes(down?.for ?? '') + 1,
  );
  expect(soonOver.map(({ alert }) => alert)).toEqual([]);
});

test('what a source that is down silences begins after it and ends before it, for checks that run every five minutes or more often', () => {
  const down = alerts.find(({ alert }) => alert === 'LockstepSourceDown');
  const pages = alerts.filter(({ layer, severity, alert }) => layer === 'job' && severity === 'critical' && alert !== 'LockstepCheckNotRunning'); // prettier-ignore
  expect(pages.length).toBeGreaterThan(3);
  for (const { alert, for: waits, keepFiringFor } of pages) {
    // a scrape and a turn of the evaluation
    expect([alert, minutes(waits ?? '0m') >= minutes(down?.for ?? '') + 2]).toEqual([alert, true]);
    expect([alert, 5 + minutes(keepFiringFor ?? '0m') + 1 < minutes(down?.keepFiringFor ?? '')]).toEqual([
      alert,
      true,
    ]);
  }
});
