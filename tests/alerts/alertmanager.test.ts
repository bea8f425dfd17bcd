/** The committed routes and messages, by the real amtool. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { alertsOf, catalogue, ROLE_SYSTEM } from '../../exporter/src/alerts/catalogue.ts';
import type { Alert } from '../../exporter/src/alerts/rule.ts';
import { ANY_SITE } from '../../exporter/src/alerts/site.ts';
import { ROOT } from '../grafana/dashboards.ts';
import { testWith } from '../needs.ts';

const HOW = 'On Debian: apt-get install prometheus-alertmanager. Elsewhere: https://prometheus.io/download/';
const FILE = join(ROOT, 'alerts/alertmanager/alertmanager.yml');
const TEXT = readFileSync(FILE, 'utf8');
const ALERTS = alertsOf([...catalogue(ANY_SITE), ...ROLE_SYSTEM]);
const STAIRCASE = 'level-1,level-2,level-3';

interface Inhibition {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}
const { inhibit_rules: inhibitions, receivers } = parse(TEXT) as {
  inhibit_rules: Inhibition[];
  receivers: { name: string; [config: string]: unknown }[];
};

function amtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('amtool', args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

testWith(
  'amtool',
  HOW,
  'Alertmanager takes the routes and the templates',
  async () => {
    const { status, output } = amtool('check-config', FILE);
    expect(output).toContain('1 templates');
    expect([status, output.includes('FAILED')]).toEqual([0, false]);
    await Promise.resolve();
  },
  30_000,
);

function expected({ alert, severity, labels }: Alert): string {
  if (alert === 'LockstepWatchdog') return 'heartbeat';
  const people = severity === 'critical' ? STAIRCASE : 'tickets';
  return labels?.['action'] === 'rollback' ? `deployment,${people}` : people;
}

testWith(
  'amtool',
  HOW,
  'every alert of every severity and layer reaches those whom it concerns',
  async () => {
    const wrong = ALERTS.flatMap((alert) => {
      const labels = {
        alertname: alert.alert,
        severity: alert.severity,
        layer: alert.layer,
        ...alert.labels,
      };
      const matchers = Object.entries({ service: 'lockstep', ...labels }).map(([k, v]) => `${k}=${v}`);
      const flags = [`--config.file=${FILE}`, `--verify.receivers=${expected(alert)}`];
      const { status, output } = amtool('config', 'routes', 'test', ...flags, ...matchers);
      return status === 0 ? [] : [`${matchers.join(' ')}: ${output}`];
    });
    expect(wrong).toEqual([]);
    expect(new Set(ALERTS.map(({ layer }) => layer)).size).toBe(8);
    const stranger = ['config', 'routes', 'test', `--config.file=${FILE}`, '--verify.receivers=tickets'];
    expect(amtool(...stranger, 'alertname=SomethingUnknown').status).toBe(0);
    await Promise.resolve();
  },
  60_000,
);

/** `name="text"`, `name!="text"` or `name=~"pattern"`, as Alertmanager understands them. */
function fits(matcher: string, labels: Readonly<Record<string, string>>): boolean {
  const [, name = '', operator = '', value = ''] = /^(\w+)(=~|!=|=)"(.*)"$/.exec(matcher) ?? [];
  const own = labels[name] ?? '';
  if (operator === '=~') return new RegExp(`^(?:${value})$`).test(own);
  if (operator === '!=') return own !== value;
  if (operator === '=') return own === value;
  throw new Error(`not understood: ${matcher}`);
}

const OF_CHECK = { check: 'pairs' };
const OF_JOB = { job_name: 'pairs' };
const OTHER = { job: 'lockstep-staging' };
const ROOT_DISK = { instance: 'a:9100', mountpoint: '/', job: 'node' };
type Named = [name: string, severity: string, own?: Record<string, string>];

function labelsOf(...[name, severity, own = {}]: Named): Record<string, string> {
  const found = ALERTS.find((alert) => alert.alert === name && alert.severity === severity);
  if (!found) throw new Error(`there is no ${severity} ${name}`);
  const labels = { alertname: name, severity, layer: found.layer, service: 'lockstep', job: 'lockstep' };
  return { ...labels, ...found.labels, ...own };
}

function silences(source: Record<string, string>, target: Record<string, string>): boolean {
  return inhibitions.some(
    ({ source_matchers: from, target_matchers: to, equal }) =>
      from.every((matcher) => fits(matcher, source)) &&
      to.every((matcher) => fits(matcher, target)) &&
      equal.every((label) => (source[label] ?? '') === (target[label] ?? '')),
  );
}

const LOW = 'LockstepConsistencyLow';
test.each([
  ['critical silences its warning', [LOW, 'critical', OF_CHECK], [LOW, 'warning', OF_CHECK], true],
  ['but not that of another check', [LOW, 'critical', OF_CHECK], [LOW, 'warning', { check: 'b' }], false],
  ['warning does not silence critical', [LOW, 'warning', OF_CHECK], [LOW, 'critical', OF_CHECK], false],
  [
    'slow by job: critical silences info',
    ['LockstepCheckSlow', 'critical', { job_name: 'pairs' }],
    ['LockstepCheckSlow', 'info', { job_name: 'pairs' }],
    true,
  ],
  [
    'and leaves other jobs alone',
    ['LockstepCheckSlow', 'critical', { job_name: 'pairs' }],
    ['LockstepCheckSlow', 'info', { job_name: 'b' }],
    false,
  ],
  [
    'one fault, one page: low silences the drop',
    [LOW, 'critical', OF_CHECK],
    ['LockstepConsistencyDrop', 'critical', OF_CHECK],
    true,
  ],
  [
    'exporter down silences its source',
    ['LockstepExporterDown', 'critical', {}],
    ['LockstepSourceDown', 'critical', { source: 'app' }],
    true,
  ],
  [
    'exporter down silences what was seen',
    ['LockstepExporterDown', 'critical', {}],
    [LOW, 'critical', OF_CHECK],
    true,
  ],
  [
    'exporter down does not silence the watchdog',
    ['LockstepExporterDown', 'critical', {}],
    ['LockstepWatchdog', 'none', {}],
    false,
  ],
  [
    'source down silences its jobs',
    ['LockstepSourceDown', 'critical', { source: 'app' }],
    ['LockstepCheckStale', 'critical', OF_CHECK],
    true,
  ],
  [
    'source down leaves the page for what was seen',
    ['LockstepSourceDown', 'critical', { source: 'app' }],
    [LOW, 'critical', OF_CHECK],
    false,
  ],
  [
    'stale silences warnings on rows',
    ['LockstepCheckStale', 'critical', OF_CHECK],
    [LOW, 'warning', OF_CHECK],
    true,
  ],
  [
    'stale leaves the page for what was seen',
    ['LockstepCheckStale', 'critical', OF_CHECK],
    [LOW, 'critical', OF_CHECK],
    false,
  ],
  [
    'not running silences stale',
    ['LockstepCheckNotRunning', 'critical', OF_CHECK],
    ['LockstepCheckStale', 'critical', OF_CHECK],
    true,
  ],
  [
    'source down silences failing runs and syncs',
    ['LockstepSourceDown', 'critical', { source: 'app' }],
    ['LockstepSyncFailed', 'warning', { job_name: 'sync:pairs' }],
    true,
  ],
  [
    'an exporter that is down leaves those of another job alone',
    ['LockstepExporterDown', 'critical', OTHER],
    [LOW, 'critical', OF_CHECK],
    false,
  ],
  [
    'a canary that is down leaves the others alone',
    ['LockstepExporterDown', 'critical', { track: 'canary' }],
    [LOW, 'critical', OF_CHECK],
    false,
  ],
  [
    'so does a source that is down',
    ['LockstepSourceDown', 'critical', { source: 'app', ...OTHER }],
    ['LockstepCheckStale', 'critical', OF_CHECK],
    false,
  ],
  [
    'a check of another job does not silence its namesake: low and drop',
    [LOW, 'critical', { ...OF_CHECK, ...OTHER }],
    ['LockstepConsistencyDrop', 'critical', OF_CHECK],
    false,
  ],
  [
    'nor low and its warning',
    [LOW, 'critical', { ...OF_CHECK, ...OTHER }],
    [LOW, 'warning', OF_CHECK],
    false,
  ],
  [
    'nor not running and stale',
    ['LockstepCheckNotRunning', 'critical', { ...OF_CHECK, ...OTHER }],
    ['LockstepCheckStale', 'critical', OF_CHECK],
    false,
  ],
  [
    'nor stale and warnings on rows',
    ['LockstepCheckStale', 'critical', { ...OF_CHECK, ...OTHER }],
    [LOW, 'warning', OF_CHECK],
    false,
  ],
  [
    'a full disk silences that it was filling up',
    ['LockstepDiskFilling', 'critical', ROOT_DISK],
    ['LockstepDiskFilling', 'warning', ROOT_DISK],
    true,
  ],
  [
    'but not the disk of another host',
    ['LockstepDiskFilling', 'critical', ROOT_DISK],
    ['LockstepDiskFilling', 'warning', { ...ROOT_DISK, instance: 'b:9100' }],
    false,
  ],
  [
    'nor another disk',
    ['LockstepDiskFilling', 'critical', ROOT_DISK],
    ['LockstepDiskFilling', 'warning', { ...ROOT_DISK, mountpoint: '/var' }],
    false,
  ],
  [
    'nor the memory of one exporter that of another',
    ['LockstepMemoryHigh', 'critical', { instance: 'a:1' }],
    ['LockstepMemoryHigh', 'warning', { instance: 'b:1' }],
    false,
  ],
  [
    'a check that goes on failing is not told as stale, too',
    ['LockstepCheckFailing', 'critical', { ...OF_JOB, ...OF_CHECK }],
    ['LockstepCheckStale', 'critical', OF_CHECK],
    true,
  ],
  [
    'nor as having no result',
    ['LockstepCheckFailing', 'critical', { ...OF_JOB, ...OF_CHECK }],
    ['LockstepCheckResultMissing', 'warning', OF_CHECK],
    true,
  ],
  [
    'nor, of roles, as failing in a row',
    ['LockstepCheckFailing', 'critical', { ...OF_JOB, ...OF_CHECK }],
    ['LockstepRolesFailingInARow', 'critical', OF_JOB],
    true,
  ],
  [
    'but as a ticket it silences no page',
    ['LockstepCheckFailing', 'warning', { ...OF_JOB, ...OF_CHECK }],
    ['LockstepCheckStale', 'critical', OF_CHECK],
    false,
  ],
  [
    'and no other check',
    ['LockstepCheckFailing', 'critical', { job_name: 'b', check: 'b' }],
    ['LockstepCheckStale', 'critical', OF_CHECK],
    false,
  ],
] as [string, Named, Named, boolean][])('%s', (_, source, target, silenced) => {
  expect(silences(labelsOf(...source), labelsOf(...target))).toBe(silenced);
});

test('nothing silences itself', () => {
  for (const alert of ALERTS) {
    const labels = { ...labelsOf(alert.alert, alert.severity), ...OF_CHECK };
    expect([alert.alert, alert.severity, silences(labels, labels)]).toEqual([
      alert.alert,
      alert.severity,
      false,
    ]);
  }
});

test('silences name alerts that exist', () => {
  const names = [...TEXT.matchAll(/\b(Lockstep[A-Z]\w+)/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !ALERTS.some(({ alert }) => alert === name))).toEqual([]);
});

test('mail, chat, webhook and SMS gateway are there, and every secret is a file', () => {
  const kinds = new Set(receivers.flatMap((receiver) => Object.keys(receiver)));
  expect([...kinds].sort()).toEqual(['email_configs', 'name', 'slack_configs', 'webhook_configs']);
  expect(TEXT).toContain('https://sms-gateway.example.test/');
  const secrets = TEXT.split('\n').filter((line) =>
    /^ .*(password|credentials|token|api_url|secret)\w*:/.test(line),
  );
  expect(secrets.length).toBeGreaterThan(5);
  for (const line of secrets) expect(line).toMatch(/_file: \/etc\/alertmanager\/secrets\/\w+$/);
});
