import type { Check } from '../core/check.ts';
import { violationId } from '../core/violation.ts';
import { CONFIGURATION, type ConfigMark } from '../stores/store.ts';

/** What the configuration accepts in `check` at `now`, epoch milliseconds. */
export function configMarksOf(check: Check, now: number): ConfigMark[] {
  return check.known
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .map(({ key, left, right, reason, ticket, expiresAt }) => ({
      id: violationId(check.name, key),
      mark: { reason, ticket, by: CONFIGURATION, at: now, expiresAt, from: 'config' },
      left,
      right,
    }));
}
