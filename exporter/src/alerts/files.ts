/** Every file that is made from the catalogue, by its path below `alerts/`. */
import { alertmanagerConfig, bySource, type SourceChecks } from './alertmanager.ts';
import { catalogue, ROLE_SYSTEM } from './catalogue.ts';
import { grafanaRules } from './grafana.ts';
import { grafanaNotifications } from './grafana-notifications.ts';
import { NOTIFICATION_TEMPLATE } from './notification.ts';
import { DEFAULT_LINKS, type Links, prometheusRuleResource, prometheusRules } from './prometheus.ts';
import { recording } from './recording.ts';
import { ROLE_CHECKS } from './roles.ts';
import { ANY_SITE, type Site, type WatchedCheck } from './site.ts';

/** A check as far as alerts are concerned. */
export interface AlertedCheck extends WatchedCheck {
  readonly sources: readonly string[];
  /** URL of what to do, instead of ours for alerts on its rows */
  readonly runbook: string | null;
}

export interface AlertFilesOptions {
  readonly scrapeJob: string;
  /** null: whatever checks there are */
  readonly checks: readonly AlertedCheck[] | null;
  readonly links: Links;
}

export const ANYWHERE: AlertFilesOptions = { ...ANY_SITE, checks: null, links: DEFAULT_LINKS };

export function alertFiles({ scrapeJob, checks, links }: AlertFilesOptions): ReadonlyMap<string, string> {
  const site: Site = { scrapeJob, checks };
  const sourceChecks: SourceChecks = checks && bySource(checks);
  const runbooks = new Map(
    checks?.flatMap(({ name, runbook }) => (runbook === null ? [] : [[name, runbook]])),
  );
  const hasRoles =
    checks === null || checks.some(({ name }) => new RegExp(`^${ROLE_CHECKS.all}$`).test(name));
  const groups = [...catalogue(site), ...(hasRoles ? ROLE_SYSTEM : [])];
  return new Map([
    ['prometheus/lockstep.rules.yml', prometheusRules(catalogue(site), links, runbooks)],
    ...(hasRoles
      ? ([['prometheus/role-system.rules.yml', prometheusRules(ROLE_SYSTEM, links, runbooks)]] as const)
      : []),
    ['kubernetes/prometheusrule.yaml', prometheusRuleResource(groups, links, runbooks)],
    ['grafana/alerting/rules.yml', grafanaRules(groups, links)],
    ['grafana/alerting/notifications.yml', grafanaNotifications()],
    ['grafana/prometheus/recording.rules.yml', prometheusRules(recording(site), links)],
    ['alertmanager/alertmanager.yml', alertmanagerConfig(sourceChecks)],
    ['alertmanager/lockstep.tmpl', NOTIFICATION_TEMPLATE],
  ]);
}
