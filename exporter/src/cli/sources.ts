import { CHECK_KINDS } from '../checks/register.ts';
import type { Config } from '../config/config.ts';
import { nearest } from '../core/nearest.ts';
import type { Check } from '../core/check.ts';
import { UserError } from '../core/errors.ts';
import { ENGINES } from '../sources/register.ts';
import type { Mender } from '../sources/mender.ts';
import type { Source } from '../sources/source.ts';

/** Every source of the configuration, by name; whoever opens them closes them. */
export function openSources(config: Config): ReadonlyMap<string, Source> {
  return new Map(
    config.sources.map(({ name, engine, spec }) => {
      const known = ENGINES[engine];
      if (!known) throw new UserError(`there is no engine called "${engine}"`);
      return [name, known.open(name, spec)];
    }),
  );
}

/** What mends a check; null when nothing does. */
export function menderOf({ sources }: Config, check: Check): Mender | null {
  const order = CHECK_KINDS[check.kind]?.repair?.(check);
  const source = order && sources.find(({ name }) => name === order.source);
  if (!source) return null;
  return ENGINES[source.engine]?.mender?.(source.name, source.spec, order.url, order.repair) ?? null;
}

/** The named checks, or every enabled one. */
export function chosenChecks(config: Config, names: readonly string[]): readonly Check[] {
  if (names.length === 0) return config.checks.filter((check) => check.enabled);
  return names.map((name) => {
    const check = config.checks.find((candidate) => candidate.name === name);
    if (check) return check;
    const all = config.checks.map((candidate) => candidate.name);
    const near = nearest(name, all);
    const hint = near === null ? `the checks are ${all.join(', ')}` : `did you mean "${near}"?`;
    throw new UserError(`there is no check "${name}"; ${hint}`);
  });
}
