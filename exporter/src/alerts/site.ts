/** What differs from one installation to the next: the checks and their thresholds, and how Prometheus calls the exporter. */
import { DEFAULT_THRESHOLDS, type Thresholds } from '../core/status.ts';
import { budget, SEVERITIES, type Severity } from './thresholds.ts';

export interface WatchedCheck {
  readonly name: string;
  /** the most that an alert on its rows may be */
  readonly severity: (typeof SEVERITIES)[number];
  readonly thresholds: Thresholds;
}

export interface Site {
  /** `job_name` of the scrape configuration */
  readonly scrapeJob: string;
  /** null: whatever checks there are, all at the default thresholds */
  readonly checks: readonly WatchedCheck[] | null;
}

export const ANY_SITE: Site = { scrapeJob: 'lockstep', checks: null };

/** Checks that share their thresholds. */
export interface Scope {
  /** label matchers; empty for every check */
  readonly matchers: string;
  readonly thresholds: Thresholds;
}

const rank = (name: string): number => SEVERITIES.findIndex((one) => one === name);
const keyOf = ({ healthy, degraded }: Thresholds): string => `${String(healthy)} ${String(degraded)}`;

/**
 * The checks of which an alert of this severity may tell, one scope per pair of thresholds. Those at the default
 * thresholds are whatever is not named: a check that comes later is watched before anybody renders again.
 */
export function scopes({ checks }: Site, severity: Severity): Scope[] {
  const all = checks ?? [];
  const told = all.filter((check) => rank(severity) >= rank(check.severity));
  const groups = new Map<string, WatchedCheck[]>();
  for (const check of told) {
    const key = keyOf(check.thresholds);
    groups.set(key, [...(groups.get(key) ?? []), check]);
  }
  const usual = groups.get(keyOf(DEFAULT_THRESHOLDS)) ?? [];
  groups.delete(keyOf(DEFAULT_THRESHOLDS));
  const others = all.filter((check) => !usual.includes(check));
  return [
    { matchers: others.length === 0 ? '' : `check!~"${named(others)}"`, thresholds: DEFAULT_THRESHOLDS },
    ...[...groups.values()].flatMap((group) =>
      group[0] ? [{ matchers: `check=~"${named(group)}"`, thresholds: group[0].thresholds }] : [],
    ),
  ];
}

const named = (checks: readonly WatchedCheck[]): string => checks.map(({ name }) => name).join('|');

/** Without those in which nothing may be wrong (`healthy: 1`): of no budget no part can be used. */
export const scopesWithBudget = (site: Site, severity: Severity): Scope[] =>
  scopes(site, severity).filter(({ thresholds }) => budget(thresholds) > 0);

/** A series with label matchers, of which some may be empty. */
export function only(series: string, ...matchers: string[]): string {
  const given = matchers.filter((matcher) => matcher !== '');
  return given.length === 0 ? series : `${series}{${given.join(',')}}`;
}
