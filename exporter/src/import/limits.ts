/** From when on that monitor complains, and how often it looks. */
import { THRESHOLDS as ALERTS } from '../alerts/thresholds.ts';
import { ROLE_SYSTEM, type RoleSystem } from '../config/role-system.ts';
import type { ForeignSettings } from './foreign-settings.ts';
import { cronEvery } from './schedule.ts';
import type { Told } from './told.ts';

const THRESHOLDS = 'alert_thresholds';
const MOST_FAILURES = 100;

type Limits = RoleSystem['limits'];
type Limit = Limits['errors'];
/** Each endpoint has its share of the time that a run may take. */
const LONGEST_API_MS = 15_000;

/** What that monitor complains about is the limit; what is aimed at it does not know. */
export function limits(settings: ForeignSettings, told: Told): Limits {
  const { lookup, query, errors } = ROLE_SYSTEM.limits;
  const of = (one: Limit, seconds: number, alert: string, ...names: string[]): Limit => {
    const given = milliseconds(settings, told, names);
    tellAlert(told, names[0] ?? '', given, seconds * 1_000, `${alert} speaks from ${String(seconds)} s on`);
    return within(one, given);
  };
  const { lookupSeconds, querySeconds } = ALERTS.roles;
  return {
    api: apiTime(settings, told),
    lookup: of(lookup, lookupSeconds, 'LockstepRolesLookupSlow', 'role_check_time', 'role_lookup_time'),
    query: of(query, querySeconds, 'LockstepRolesQuerySlow', 'query_time', 'database_query_time'),
    errors: within(errors, errorShare(settings, told)),
  };
}

/** The check goes by what is given; the alerts of the role system have limits that no configuration changes. */
function tellAlert(told: Told, name: string, given: number | null, limit: number, alert: string): void {
  if (given === null || given === limit) return;
  told.lost(`${THRESHOLDS}.${name}`, `only the check goes by it; the alert ${alert}, whatever stands here`);
}

function within({ target, limit }: Limit, given: number | null): Limit {
  return { target: Math.min(target, given ?? limit), limit: given ?? limit };
}

function apiTime(settings: ForeignSettings, told: Told): number {
  const given = milliseconds(settings, told, ['api_response_time', 'response_time']);
  if (given === null) return ROLE_SYSTEM.limits.api;
  if (given <= LONGEST_API_MS) {
    const seconds = ALERTS.roles.apiSeconds;
    const alert = `LockstepRolesApiSlow speaks from ${String(seconds)} s on`;
    tellAlert(told, 'api_response_time', given, seconds * 1_000, alert);
    return given;
  }
  told.lost(`${THRESHOLDS}.api_response_time`, 'no probe waits longer than 15 s; the default stands');
  return ROLE_SYSTEM.limits.api;
}

/** Seconds there, unless the name says otherwise. */
function milliseconds(settings: ForeignSettings, told: Told, names: readonly string[]): number | null {
  for (const [suffix, unit] of [
    ['', 1_000],
    ['_seconds', 1_000],
    ['_ms', 1],
  ] as const) {
    for (const name of names.map((one) => `${one}${suffix}`)) {
      const value = settings.number([THRESHOLDS, name]);
      if (value === null) continue;
      const ms = Math.round(value * unit);
      if (ms > 0) return ms;
      told.lost(`${THRESHOLDS}.${name}`, 'no time is left by it; the default stands');
    }
  }
  return null;
}

/** 0.05 and 5 are both five of a hundred. */
function errorShare(settings: ForeignSettings, told: Told): number | null {
  const given = settings.number([THRESHOLDS, 'error_rate'], [THRESHOLDS, 'api_error_rate']);
  if (given === null) return null;
  const share = given >= 1 ? given / 100 : given;
  if (share > 0 && share < 1) {
    const { warning, critical } = ALERTS.roleErrors;
    const alert = `LockstepRolesErrors speaks from ${percent(warning)} on, and is critical from ${percent(critical)} on`;
    tellAlert(told, 'error_rate', share, critical, alert);
    return share;
  }
  told.lost(`${THRESHOLDS}.error_rate`, 'it is no share between 0 and 1; the default stands');
  return null;
}

function percent(share: number): string {
  return `${String(Number((share * 100).toFixed(6)))} %`;
}

export function consecutiveFailures(settings: ForeignSettings, told: Told): number {
  const given = settings.number([THRESHOLDS, 'consecutive_failures'], ['consecutive_failures']);
  if (given === null) return ROLE_SYSTEM.consecutiveFailures;
  if (Number.isInteger(given) && given >= 1 && given <= MOST_FAILURES) {
    const runs = ALERTS.roles.failuresInARow;
    const alert = `LockstepRolesFailingInARow speaks after ${String(runs)} runs that could not look`;
    tellAlert(told, 'consecutive_failures', given, runs, alert);
    return given;
  }
  told.lost(`${THRESHOLDS}.consecutive_failures`, 'it is no number of runs; the default stands');
  return ROLE_SYSTEM.consecutiveFailures;
}

export function schedule(settings: ForeignSettings, told: Told): string {
  const wanted = settings.number(
    ['monitoring_interval'],
    ['monitoring_interval_seconds'],
    ['check_interval'],
  );
  if (wanted === null) return ROLE_SYSTEM.schedule;
  if (wanted <= 0) {
    told.lost('monitoring_interval', 'no time is left by it; the default stands');
    return ROLE_SYSTEM.schedule;
  }
  const { cron, seconds } = cronEvery(wanted);
  if (seconds !== wanted)
    told.lost('monitoring_interval', `every ${String(seconds)} s is as near to it as a schedule can be`);
  return cron;
}
