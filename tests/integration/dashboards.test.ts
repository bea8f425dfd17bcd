/** The dashboards as files: what Grafana needs of them, and that they read what the exporter has. */
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { roleSystemExample } from '../../exporter/src/config/role-system-example.ts';
import { METRICS } from '../../exporter/src/metric-definitions.ts';
import { DASHBOARDS, metricNames, PROMETHEUS_QUERIES, substituted } from '../grafana/dashboards.ts';

test('there are four dashboards, under addresses that stay', () => {
  expect(DASHBOARDS.map(({ uid }) => uid).sort()).toEqual([
    'lockstep-check',
    'lockstep-jobs',
    'lockstep-overview',
    'lockstep-roles',
  ]);
});

test.each(DASHBOARDS)('$title suits Grafana 11.6 and newer and refreshes every 30 seconds', (dashboard) => {
  expect(dashboard).toMatchObject({ schemaVersion: 41, refresh: '30s', id: null, editable: true });
});

test.each(DASHBOARDS)('$title leads to the others with its time range and its variables', (dashboard) => {
  expect(dashboard.links).toEqual([expect.objectContaining({ keepTime: true, includeVars: true })]);
  expect(dashboard.links[0]?.tags).toEqual(dashboard.tags);
});

test.each(DASHBOARDS)('$title asks which data sources to use, and uses no other', (dashboard) => {
  const variables = dashboard.templating.list.map(({ name }) => name);
  expect(variables).toEqual(expect.arrayContaining(['exporter', 'prometheus']));
  const used = dashboard.panels
    .flatMap(({ targets }) => targets ?? [])
    .map(({ datasource }) => datasource.uid);
  expect([...new Set(used)].sort()).toEqual(['${exporter}', '${prometheus}']);
});

test.each(DASHBOARDS)('the panels of $title are numbered once and for all, and named apart', ({ panels }) => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
});

test('the names of metrics are found in an expression', () => {
  const expr =
    'clamp_min(sum by (le, kind) (rate(a_bucket{x="y_z"}[$__range])) / on (b) c, 0) and on (d) (count(e) == 1) or vector(0)';
  expect(metricNames(expr)).toEqual(['a_bucket', 'c', 'e']);
});

test.each(PROMETHEUS_QUERIES)('$title reads metrics that the exporter defines', ({ expr = '' }) => {
  const names = metricNames(expr);
  expect(names).not.toEqual([]);
  const own = names.filter((name) => name.startsWith('lockstep_'));
  expect(own.filter((name) => !defined(name))).toEqual([]);
  // what is not our own comes from Node, from the process or from Prometheus
  const others = names.filter((name) => !name.startsWith('lockstep_'));
  expect(others.filter((name) => !/^(nodejs_|process_|ALERTS$)/.test(name))).toEqual([]);
});

/** A check that is called otherwise would leave a panel empty, and nobody would know why. */
test('the dashboard of the role system names checks that its configuration has', () => {
  const { checks } = parse(roleSystemExample()) as { checks: Record<string, object> };
  const named = PROMETHEUS_QUERIES.filter(({ title }) => title.startsWith('Lockstep role system'))
    .flatMap(({ expr = '' }) => [...expr.matchAll(/check=(~?)"([^"]+)"/g)])
    .map(([, operator, name = '']) => ({ pattern: operator === '~', name }));
  expect(named.length).toBeGreaterThan(8);
  for (const { pattern, name } of named)
    expect(
      Object.keys(checks).filter((check) =>
        pattern ? new RegExp(`^(?:${name})$`).test(check) : check === name,
      ),
    ).not.toEqual([]);
});

test('a variable that no dashboard has is noticed', () => {
  expect(() => substituted('up{x="$unheard"}', 'any')).toThrow('$unheard has no value');
});

function defined(name: string): boolean {
  if (name in METRICS) return true;
  const family = name.replace(/_(bucket|sum|count)$/, '');
  return Object.entries(METRICS).some(([known, { type }]) => known === family && type === 'histogram');
}
