/** What Grafana would drop or refuse without a word, and whether its rules still say what those of Prometheus say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { ROOT } from '../grafana/dashboards.ts';
import { RULE_FILES, rulesOf } from './rule-files.ts';

type Thing = Readonly<Record<string, unknown>>;

interface GrafanaRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly model: { readonly refId: string; readonly expr?: string };
  }[];
  readonly for: string;
  readonly keepFiringFor?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

interface Policy {
  readonly receiver: string;
  readonly active_time_intervals?: readonly string[];
  readonly routes?: readonly Policy[];
}

interface Notifications {
  readonly contactPoints: { readonly name: string; readonly receivers: { uid: string; settings: Thing }[] }[];
  readonly policies: readonly Policy[];
  readonly muteTimes: readonly { readonly name: string }[];
  readonly templates: readonly { readonly template: string }[];
}

const FOLDER = join(ROOT, 'alerts/grafana');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const RULES = parse(read('alerting/rules.yml')) as {
  groups: (Thing & { name: string; rules: GrafanaRule[] })[];
};
const NOTIFICATIONS = parse(read('alerting/notifications.yml')) as Notifications;
const ALL = RULES.groups.flatMap(({ rules }) => rules);

/**
 * What the parsers of files read, in grafana/grafana: pkg/services/provisioning/alerting/{rules,contact_point,notification_policy,
 * mute_times,text_templates}_types.go, and pkg/services/ngalert/api/tooling/definitions for a route. Other keys are dropped silently.
 */
const KEYS: Readonly<Record<string, string>> = {
  ruleFile: 'apiVersion groups',
  group: 'orgId name folder interval rules',
  rule: 'uid title condition data dashboardUid panelId noDataState execErrState for keepFiringFor missing_series_evals_to_resolve annotations labels isPaused notification_settings record',
  query: 'refId queryType relativeTimeRange datasourceUid model',
  notificationFile: 'apiVersion contactPoints policies muteTimes templates',
  contactPoint: 'orgId name receivers',
  receiver: 'uid type settings disableResolveMessage',
  email: 'addresses singleEmail subject message',
  webhook:
    'url httpMethod maxAlerts authorization_scheme authorization_credentials username password title message',
  slack: 'url token recipient username title text mentionChannel mentionUsers mentionGroups',
  route:
    'orgId receiver group_by object_matchers mute_time_intervals active_time_intervals continue group_wait group_interval repeat_interval routes',
  muteTime: 'orgId name time_intervals',
  template: 'orgId name template',
};

function strangers(kind: string, thing: object): string[] {
  const known = KEYS[kind]?.split(' ') ?? [];
  return Object.keys(thing).flatMap((key) => (known.includes(key) ? [] : [`${kind}: ${key}`]));
}

const routesOf = (policy: Policy): Policy[] => [policy, ...(policy.routes ?? []).flatMap(routesOf)];
const ROUTES = NOTIFICATIONS.policies.flatMap(routesOf);

test('Grafana reads every field that is written', () => {
  const receivers = NOTIFICATIONS.contactPoints.flatMap(({ receivers: all }) => all);
  const unknown = [
    ...strangers('ruleFile', RULES),
    ...RULES.groups.flatMap((group) => strangers('group', group)),
    ...ALL.flatMap((rule) => [
      ...strangers('rule', rule),
      ...rule.data.flatMap((query) => strangers('query', query)),
    ]),
    ...strangers('notificationFile', NOTIFICATIONS),
    ...NOTIFICATIONS.contactPoints.flatMap((point) => strangers('contactPoint', point)),
    ...receivers.flatMap((receiver) => strangers('receiver', receiver)),
    ...receivers.flatMap((receiver) =>
      strangers((receiver as unknown as { type: string }).type, receiver.settings),
    ),
    ...ROUTES.flatMap((route) => strangers('route', route)),
    ...NOTIFICATIONS.muteTimes.flatMap((time) => strangers('muteTime', time)),
    ...NOTIFICATIONS.templates.flatMap((template) => strangers('template', template)),
  ];
  expect(unknown).toEqual([]);
  expect(strangers('rule', { missingSeriesEvalsToResolve: 1 })).toHaveLength(1);
});

test('what Grafana insists on is there: uids, times, a condition that is a query of the rule', () => {
  const uids = [...ALL, ...NOTIFICATIONS.contactPoints.flatMap(({ receivers }) => receivers)].map(
    ({ uid }) => uid,
  );
  expect(new Set(uids).size).toBe(uids.length);
  for (const uid of uids) expect(uid).toMatch(/^[\w-]{1,40}$/);
  expect(new Set(ALL.map(({ title }) => title)).size).toBe(ALL.length);
  for (const group of RULES.groups) expect(group['interval']).toMatch(/^\d+[smh]$/);
  for (const rule of ALL) {
    expect(rule.for).toMatch(/^\d+[smh]$/);
    expect(rule.data.map(({ refId }) => refId)).toEqual(['query', 'prometheus_math', rule.condition]);
    for (const { refId, model } of rule.data) expect(model.refId).toBe(refId);
  }
});

test('every rule of Prometheus has one twin: the same expression, for, keep and labels', () => {
  const key = (labels: Readonly<Record<string, string>>): string =>
    ['rulename', 'severity', 'long'].map((name) => labels[name] ?? '').join(' ');
  const twins = new Map(ALL.map((rule) => [key(rule.labels), rule]));
  const alerts = RULE_FILES.flatMap(rulesOf)
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert !== undefined);
  expect(twins.size).toBe(alerts.length);
  for (const { alert = '', expr, labels = {}, ...times } of alerts) {
    const named = { rulename: alert, ...labels };
    const twin = twins.get(key(named));
    expect({
      expr: twin?.data[0]?.model.expr,
      for: twin?.for,
      keep: twin?.keepFiringFor,
      labels: twin?.labels,
    }).toEqual({ expr, for: times.for ?? '0s', keep: times.keep_firing_for, labels: named });
  }
});

test('no text is lost to the environment, and none asks for what only Prometheus knows', () => {
  for (const { title, labels, annotations } of ALL) {
    for (const text of [title, ...Object.values(labels)])
      expect(text.replaceAll('$$', '')).not.toContain('$');
    for (const text of Object.values(annotations)) {
      expect(text).not.toMatch(/\$value\b|\| query/);
      // in annotations nothing is replaced, but for ${NAME}
      expect(text).not.toContain('${');
    }
  }
});

test('policies name contact points, times and templates that exist; every secret comes from the environment', () => {
  const points = NOTIFICATIONS.contactPoints.map(({ name }) => name);
  expect(ROUTES.map(({ receiver }) => receiver).filter((name) => !points.includes(name))).toEqual([]);
  expect(points.filter((name) => !ROUTES.some(({ receiver }) => receiver === name))).toEqual([]);
  const times = NOTIFICATIONS.muteTimes.map(({ name }) => name);
  const asked = ROUTES.flatMap(({ active_time_intervals: names = [] }) => names);
  expect(asked).toEqual(times);
  const templates = NOTIFICATIONS.templates.map(({ template }) => template).join('');
  for (const [, name = ''] of read('alerting/notifications.yml').matchAll(/\{\{ template "([^"]+)"/g))
    expect(templates).toContain(`{{ define "${name}" }}`);
  const settings = NOTIFICATIONS.contactPoints.flatMap(({ receivers }) =>
    receivers.map((one) => one.settings),
  );
  for (const { url, addresses } of settings) expect(url ?? addresses).toMatch(/^\$LOCKSTEP_[A-Z_]+$/);
});

test('recording rules stay with Prometheus, and no alert rule with them: nobody is told twice', () => {
  const groups = (file: string): unknown => (parse(file) as { groups: unknown }).groups;
  const whole = rulesOf('lockstep.rules.yml');
  const recording = whole.filter(({ rules }) => rules.every(({ record }) => record !== undefined));
  expect(recording).toHaveLength(2);
  expect(groups(read('prometheus/recording.rules.yml'))).toEqual(recording);
});
