/** Template variables in every part of a query. */
import type { ScopedVars } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import type { LockstepQuery } from './query';

const ALL = '$__all';

/** Empty texts become absent, so that a variable without a value filters nothing. */
export function interpolate(query: LockstepQuery, scopedVars: ScopedVars): LockstepQuery {
  const values = (text: string | undefined) => valuesOf(text, scopedVars);
  const kinds = query.kinds?.flatMap((kind) => values(kind));
  return {
    ...query,
    check: values(query.check)[0],
    kinds: kinds && kinds.length > 0 ? kinds : undefined,
    search: values(query.search).join(' ') || undefined,
    violation: values(query.violation)[0],
  };
}

/** A variable may have several values, or stand for all of them, which is no filter. */
function valuesOf(text: string | undefined, scopedVars: ScopedVars): string[] {
  if (text === undefined || text === '') {
    return [];
  }
  const found: string[] = [];
  const whole = getTemplateSrv().replace(text, scopedVars, (value: string | string[]) => {
    const several = Array.isArray(value) ? value : [value];
    found.push(...several);
    return several.join(',');
  });
  const single = /^(\$\w+|\$\{\w+(:\w+)?\}|\[\[\w+\]\])$/.test(text) && found.length > 0;
  return (single ? found : [whole]).filter((value) => value !== '' && value !== ALL);
}
