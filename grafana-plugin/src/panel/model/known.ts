import type { TimeZone } from '@grafana/schema';
import type { Marks, Violation } from '../../datasource/api';
import { KNOWN } from '../texts';
import { timeText } from './format';

const DAY_MS = 86_400_000;

/** In days; 0 is never. */
export const EXPIRIES = [1, 7, 30, 0] as const;
export type Expiry = (typeof EXPIRIES)[number];

/** ISO 8601; undefined for never. */
export function expiresAt(days: Expiry, now: number): string | undefined {
  return days === 0 ? undefined : new Date(now + days * DAY_MS).toISOString();
}

export function isLink(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text);
}

/** Why, by whom, since when and until when. */
export function knownText(known: NonNullable<Violation['known']>, timeZone: TimeZone): string {
  const { reason, by, at, expires_at: expires, from } = known;
  const who = KNOWN.by(from === 'config' ? KNOWN.config : by, timeText(at, timeZone));
  return `${reason} (${who}, ${expires === null ? KNOWN.forever : KNOWN.until(timeText(expires, timeZone))})`;
}

/** Each reason once, with how many it kept from being done. */
export function skippedText(skipped: Marks['skipped']): string {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  return reasons.map((reason) => KNOWN.skipped(skipped.filter((one) => one.reason === reason).length, reason)).join('');
}
