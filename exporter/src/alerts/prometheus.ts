/** The catalogue as Prometheus reads it. */
import { stringify } from 'yaml';
import type { Alert, Group, Recording } from './rule.ts';

export interface Links {
  /** followed by the name of the alert and `.md` */
  readonly runbooks: string;
  /** of Grafana, with the path that leads to a dashboard's uid */
  readonly dashboards: string;
}

/** Placeholders under a name that is nobody's (RFC 2606), until `lockstep alerts render` is told yours. */
export const DEFAULT_LINKS: Links = {
  runbooks: 'https://docs.example.test/runbooks/',
  dashboards: 'https://grafana.example.test/d/',
};

const HEAD =
  '# Made from the catalogue by `npm run generate`; for other thresholds: lockstep alerts render\n';

/** A rules file: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/ */
export function prometheusRules(groups: readonly Group[], links: Links): string {
  const file = {
    groups: groups.map(({ name, interval, rules }) => ({
      name,
      ...(interval === undefined ? {} : { interval }),
      rules: rules.map((rule) => ('record' in rule ? recordingRule(rule) : alertRule(rule, links))),
    })),
  };
  return HEAD + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

function recordingRule({ record, expr }: Recording): object {
  return { record, expr: expr.trim() };
}

function alertRule(rule: Alert, links: Links): object {
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
      runbook_url: `${links.runbooks}${alert}.md`,
      dashboard_url: `${links.dashboards}${dashboardOf(layer)}`,
    },
  };
}

function dashboardOf(layer: Alert['layer']): string {
  return layer === 'data' || layer === 'canary'
    ? 'lockstep-check?var-check={{ $labels.check }}'
    : 'lockstep-jobs';
}
