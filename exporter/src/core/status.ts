export type Status = 'healthy' | 'degraded' | 'critical' | 'unknown';

/** Ratios of consistent to checked keys, 0 to 1. */
export interface Thresholds {
  readonly healthy: number;
  readonly degraded: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = { healthy: 0.99, degraded: 0.95 };

/** Worst last; `unknown` stands between, because not knowing is worse than healthy and better than a proven fault. */
const ORDER: readonly Status[] = ['healthy', 'unknown', 'degraded', 'critical'];

export function worst(statuses: readonly Status[]): Status {
  if (statuses.length === 0) return 'unknown';
  return statuses.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a));
}

/** From exact counts, never from a rounded number. */
export function statusOf(checked: number, consistent: number, thresholds: Thresholds): Status {
  if (checked === 0) return 'unknown';
  if (reaches(checked, consistent, thresholds.healthy)) return 'healthy';
  if (reaches(checked, consistent, thresholds.degraded)) return 'degraded';
  return 'critical';
}

/** In whole millionths: 0.99 * 3900 is 3861.0000000000005 in floating point, and exactly 99 % would not reach 0.99. */
function reaches(checked: number, consistent: number, ratio: number): boolean {
  return consistent * 1e6 >= Math.round(ratio * 1e6) * checked;
}

/** Consistent keys / checked keys; null when nothing was checked. */
export function consistencyRatio(checked: number, consistent: number): number | null {
  return checked === 0 ? null : consistent / checked;
}

/** Of the keys that are not known violations; null when there is none. */
export function ratioExcludingKnown(
  { checked, consistent }: { readonly checked: number; readonly consistent: number },
  known: number,
): number | null {
  return consistencyRatio(Math.max(consistent, checked - known), consistent);
}

/**
 * Percent with two decimals, rounded down: a violation never shows as 100, and a ratio below a threshold that has at
 * most two decimals never shows as having reached it.
 */
export function consistencyRate(checked: number, consistent: number): number | null {
  if (checked === 0) return null;
  return Number((BigInt(consistent) * 10_000n) / BigInt(checked)) / 100;
}

/** In whole billionths: the mean of many times 0.99 is not 0.99 in floating point. */
export function atLeast(value: number, limit: number): boolean {
  return Math.round(value * 1e9) >= Math.round(limit * 1e9);
}
