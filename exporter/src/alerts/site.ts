/** What differs from one installation to the next: the checks and their thresholds, and how Prometheus calls the exporter. */
import { DEFAULT_THRESHOLDS, type Thresholds } from '../core/status.ts';
import { SEVERITIES, type Severity } from './thresholds.ts';

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

/** The checks of which an alert of this severity may tell, one scope per pair of thresholds. */
export function scopes({ checks }: Site, severity: Severity): Scope[] {
  if (checks === null) return [{ matchers: '', thresholds: DEFAULT_THRESHOLDS }];
  const rank = (name: string): number => SEVERITIES.findIndex((one) => one === name);
  const groups = new Map<string, WatchedCheck[]>();
  for (const check of checks.filter((one) => rank(severity) >= rank(one.severity))) {
    const { healthy, degraded } = check.thresholds;
    const key = `${String(healthy)} ${String(degraded)}`;
    groups.set(key, [...(groups.get(key) ?? []), check]);
  }
  return [...groups.values()].flatMap((group) =>
    group[0]
      ? [
          {
            matchers: `check=~"${group.map(({ name }) => name).join('|')}"`,
            thresholds: group[0].thresholds,
          },
        ]
      : [],
  );
}

/** A series with label matchers, of which some may be empty. */
export function only(series: string, ...matchers: string[]): string {
  const given = matchers.filter((matcher) => matcher !== '');
  return given.length === 0 ? series : `${series}{${given.join(',')}}`;
}
