/** The catalogue as Prometheus reads it. */
import { stringify } from 'yaml';
import { freshest, OLDEST, RATIO } from './recording.ts';
import { type Alert, type Group, metric, type Recording, WITHOUT_INSTANCE } from './rule.ts';

export interface Links {
  /** followed by the name of the alert and `.md` */
  readonly runbooks: string;
  /** of Grafana, with the path that leads to a dashboard's uid */
  readonly dashboards: string;
}

/** Those of the configuration, `alerts`, when it says nothing. */
export const DEFAULT_LINKS: Links = {
  runbooks: 'https://docs.example.test/runbooks/',
  dashboards: 'https://grafana.example.test/d/',
};

/** `SELECTOR` becomes the matchers of the very check that is told of: another job, or a canary, may have one of its name. */
const ofCheck = (text: string, query: string, value: string): string => {
  const asked = query.replace('SELECTOR', "job='%s',check='%s',track='%s'");
  const answer = text.replace('VALUE', `{{ . | value${value} }}`);
  return `{{ range printf ${JSON.stringify(asked)} $labels.job $labels.check $labels.track | query }}${answer}{{ end }}`;
};

/** For the notification: what a person who is woken wants to know of the check. Empty where the alert is not of one check. */
const FACTS = {
  consistency: ofCheck('VALUE', `min(${RATIO}{SELECTOR})`, ' | humanizePercentage'),
  open_violations: ofCheck(
    'VALUE',
    `sum(max ${WITHOUT_INSTANCE} (${freshest(metric('lockstep_check_violations', '', "SELECTOR,state='open'"))}))`,
    ' | printf "%.0f"',
  ),
  oldest_violation: ofCheck(
    'first seen VALUE ago',
    `time() - min(${OLDEST}{SELECTOR})`,
    ' | humanizeDuration',
  ),
};

const HEAD =
  '# Made from the catalogue by `npm run generate`; for other thresholds: lockstep alerts render\n';

/** A rules file: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/ */
export function prometheusRules(
  groups: readonly Group[],
  links: Links,
  ownRunbooks?: ReadonlyMap<string, string>,
): string {
  return HEAD + yaml({ groups: rendered(groups, links, ownRunbooks) });
}

/** The same for the Prometheus operator: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule */
export function prometheusRuleResource(...parts: Parameters<typeof prometheusRules>): string {
  const [groups, links, ownRunbooks] = parts;
  return (
    HEAD +
    yaml({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'lockstep', labels: { 'app.kubernetes.io/name': 'lockstep' } },
      spec: { groups: rendered(groups, links, ownRunbooks) },
    })
  );
}

const yaml = (value: object): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

function rendered(
  groups: readonly Group[],
  links: Links,
  ownRunbooks: ReadonlyMap<string, string> = new Map(),
): object[] {
  return groups.map(({ name, interval, rules }) => ({
    name,
    ...(interval === undefined ? {} : { interval }),
    rules: rules.map((rule) =>
      'record' in rule ? recordingRule(rule) : alertRule(rule, links, ownRunbooks),
    ),
  }));
}
function recordingRule({ record, expr }: Recording): object {
  return { record, expr: expr.trim() };
}

function alertRule(rule: Alert, links: Links, ownRunbooks: ReadonlyMap<string, string>): object {
  const { alert, severity, layer, expr, labels, summary, description } = rule;
  return {
    alert,
    expr: expr.trim(),
    ...(rule.for === undefined ? {} : { for: rule.for }),
    ...(rule.keepFiringFor === undefined ? {} : { keep_firing_for: rule.keepFiringFor }),
    labels: { severity, service: 'lockstep', layer, ...labels },
    annotations: {
      summary,
      description,
      ...(layer === 'data' || layer === 'canary' ? FACTS : {}),
      runbook_url: runbookOf(rule, links, ownRunbooks),
      dashboard_url: `${links.dashboards}${dashboardOf(layer)}`,
    },
  };
}

/** A check may say for itself what to do about its rows. */
function runbookOf({ alert, layer }: Alert, links: Links, own: ReadonlyMap<string, string>): string {
  const ours = `${links.runbooks}${alert}.md`;
  if (layer !== 'data' || own.size === 0) return ours;
  const branches = [...own].map(([check, url]) => `if eq $labels.check "${check}" }}${url}{{ else `);
  return `{{ ${branches.join('')}}}${ours}{{ end }}`;
}

export function dashboardOf(layer: Alert['layer']): string {
  return layer === 'data' || layer === 'canary'
    ? 'lockstep-check?var-check={{ $labels.check }}'
    : 'lockstep-jobs';
}
