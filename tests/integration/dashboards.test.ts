/** The dashboards as files: what Grafana needs of them, and that they read what the exporter has. */
import { expect, test } from '@jest/globals';
import { METRICS } from '../../exporter/src/metric-definitions.ts';
import { DASHBOARDS, metricNames, PROMETHEUS_QUERIES, substituted } from '../grafana/dashboards.ts';

/** Announced in docs/metrics.md and drawn as soon as it is there. */
const ANNOUNCED = ['lockstep_check_baseline_consistency_ratio'];

test('there are three dashboards, under addresses that stay', () => {
  expect(DASHBOARDS.map(({ uid }) => uid).sort()).toEqual([
    'lockstep-check',
    'lockstep-jobs',
    'lockstep-overview',
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
  const own = names.filter((name) => name.startsWith('lockstep_') && !ANNOUNCED.includes(name));
  expect(own.filter((name) => !defined(name))).toEqual([]);
  // what is not our own comes from Node, from the process or from Prometheus
  const others = names.filter((name) => !name.startsWith('lockstep_'));
  expect(others.filter((name) => !/^(nodejs_|process_|ALERTS$)/.test(name))).toEqual([]);
});

test('what is called announced does not exist yet', () => {
  expect(ANNOUNCED.filter((name) => defined(name))).toEqual([]);
});

test('a variable that no dashboard has is noticed', () => {
  expect(() => substituted('up{x="$unheard"}', 'any')).toThrow('$unheard has no value');
});

function defined(name: string): boolean {
  if (name in METRICS) return true;
  const family = name.replace(/_(bucket|sum|count)$/, '');
  return Object.entries(METRICS).some(([known, { type }]) => known === family && type === 'histogram');
}
