/** Every rule, in the order in which Prometheus lists them. */
import { CANARY_RULES } from './canary.ts';
import { data } from './data.ts';
import { exporter } from './exporter.ts';
import { JOBS } from './jobs.ts';
import { META } from './meta.ts';
import { recording } from './recording.ts';
import { ROLES } from './roles.ts';
import type { Alert, Group } from './rule.ts';
import type { Site } from './site.ts';

export function catalogue(site: Site): Group[] {
  return [...recording(site), data(site), JOBS, exporter(site), CANARY_RULES, META];
}

/** For a role system behind an HTTP API; a file of its own, because few have one. */
export const ROLE_SYSTEM: readonly Group[] = [ROLES];

export function alertsOf(groups: readonly Group[]): Alert[] {
  return groups.flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule] : [])));
}
