const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export const DURATION_PATTERN = '^(\\d+)(ms|s|m|h|d)$';

/** `30s` → 30000. The text must match {@link DURATION_PATTERN}. */
export function durationMs(text: string): number {
  const [, count, unit] = new RegExp(DURATION_PATTERN).exec(text) ?? [];
  const unitMs = unit === undefined ? undefined : UNITS_MS[unit];
  if (unitMs === undefined) throw new RangeError(`not a duration: ${text}`);
  return Number(count) * unitMs;
}

/** 90500 → `1m 31s`; for people. */
export function humanDuration(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))}ms`;
  const seconds = Math.round(ms / 1_000);
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)}s`;
  if (seconds < 60) return `${String(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)}m ${String(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${String(hours)}h ${String(minutes % 60)}m`;
  return `${String(Math.floor(hours / 24))}d ${String(hours % 24)}h`;
}
