/**
 * The catalogue as rules of Grafana's own alerting, for its folder `provisioning/alerting`:
 * https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/
 * Each rule has the three nodes that Grafana's importer of Prometheus rules makes: a threshold on the query itself would
 * not fire for a ratio of 0.
 */
import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { dashboardOf, type Links } from './prometheus.ts';
import type { Alert, Group } from './rule.ts';

/** `uid` of the data source in provisioning/datasources/lockstep.yaml */
const PROMETHEUS_UID = 'prometheus';
const EXPRESSION_UID = '__expr__';
/** Grafana refuses a longer one. */
const UID_LENGTH = 40;

const HEAD =
  '# Made from the catalogue by `npm run generate`: docs/grafana.md. Never together with the alert rules of Prometheus.\n';

export function grafanaRules(groups: readonly Group[], links: Links): string {
  const file = {
    apiVersion: 1,
    groups: groups.flatMap(({ name, interval, rules }) => {
      const alerts = rules.flatMap((rule) => ('alert' in rule ? [alertRule(rule, links)] : []));
      return alerts.length === 0
        ? []
        : [{ orgId: 1, name, folder: 'Lockstep', interval: interval ?? '1m', rules: alerts }];
    }),
  };
  return HEAD + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** One name has several severities and windows, and Grafana wants every title once. */
export function grafanaTitle({ alert, severity, labels }: Alert): string {
  return `${alert} (${[severity, labels?.['long']].filter((part) => part !== undefined).join(' ')})`;
}

function alertRule(rule: Alert, links: Links): object {
  const { alert, severity, layer, expr, labels } = rule;
  const title = grafanaTitle(rule);
  return {
    uid: `lockstep-${createHash('sha256').update(title).digest('hex')}`.slice(0, UID_LENGTH),
    title,
    condition: 'threshold',
    data: [
      {
        refId: 'query',
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: PROMETHEUS_UID,
        model: {
          refId: 'query',
          datasource: { type: 'prometheus', uid: PROMETHEUS_UID },
          expr: expr.trim(),
          instant: true,
          range: false,
        },
      },
      expression('prometheus_math', 'math', {
        expression: 'is_number($query) || is_nan($query) || is_inf($query)',
      }),
      expression('threshold', 'threshold', {
        expression: 'prometheus_math',
        conditions: [{ evaluator: { type: 'gt', params: [0] } }],
      }),
    ],
    // a series that is absent is what most expressions say when all is well
    noDataState: 'OK',
    execErrState: 'Error',
    for: rule.for ?? '0s',
    // both from Grafana 12.2 on, and spelled as files want them; before it they are ignored
    ...(rule.keepFiringFor === undefined ? {} : { keepFiringFor: rule.keepFiringFor }),
    missing_series_evals_to_resolve: 1,
    annotations: annotations(rule, links),
    // alertname is the title, which differs by severity: routes and groups go by this
    labels: escaped({ rulename: alert, severity, service: 'lockstep', layer, ...labels }),
    isPaused: false,
  };
}

function expression(refId: string, type: string, rest: object): object {
  const datasource = { type: EXPRESSION_UID, uid: EXPRESSION_UID };
  const model = { refId, type, datasource, ...rest };
  return { refId, relativeTimeRange: { from: 0, to: 0 }, datasourceUid: EXPRESSION_UID, model };
}

/** Here `$value` is a text with all queries in it; the number is `$values.query.Value`. */
function annotations({ alert, layer, summary, description }: Alert, links: Links): Record<string, string> {
  return {
    summary,
    description: description.replaceAll('$value', '$values.query.Value'),
    runbook_url: `${links.runbooks}${alert}.md`,
    dashboard_url: `${links.dashboards}${dashboardOf(layer)}`,
  };
}

/** Grafana replaces `$NAME` by the environment in labels, not in annotations or queries; `$$` is a plain `$`. */
function escaped(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, value.replaceAll('$', '$$$$')]),
  );
}
