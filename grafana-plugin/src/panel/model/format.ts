/** How numbers, times and values are written. Pure. */
import { dateTimeFormat } from '@grafana/data';
import type { TimeZone } from '@grafana/schema';
import type { Check, Violation } from '../../datasource/api';

export type Value = Violation['row'][string];

/** As the exporter writes it in place of a value that the configuration keeps back (`core/value.ts`). */
const REDACTED = '[redacted]';

export function isRedacted(value: Value | undefined): boolean {
  return value === REDACTED;
}

/** `–` for an absent side, so that an empty text still looks different. */
export function valueText(value: Value | undefined): string {
  return value === null || value === undefined ? '–' : String(value);
}

/** Rounded down by the exporter: 100 only when nothing is wrong. */
export function rateText(check: Pick<Check, 'result'>): string | null {
  const rate = check.result?.consistency_rate;
  return rate === null || rate === undefined ? null : `${rate.toFixed(2)} %`;
}

/** Rounded down, as the exporter does: 100 only when nothing is wrong. */
export function percentText({
  checked,
  consistent,
}: {
  readonly checked: number;
  readonly consistent: number;
}): string {
  return checked === 0 ? '–' : `${(Math.floor((consistent * 10_000) / checked) / 100).toFixed(2)} %`;
}

/** Percentage points, with their sign. */
export function pointsText(points: number | null): string {
  return points === null ? '–' : `${signedText(points)} ${Math.abs(points) === 1 ? 'point' : 'points'}`;
}

export function countText(count: number | null | undefined): string {
  return count === null || count === undefined ? '–' : count.toLocaleString('en-US').replaceAll(',', '\u202f');
}

export function timeText(iso: string, timeZone: TimeZone): string {
  return dateTimeFormat(iso, { timeZone, format: 'YYYY-MM-DD HH:mm:ss' });
}

const UNITS = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3_600 },
  { unit: 'min', seconds: 60 },
] as const;

/** The largest whole unit, on one line: `42 s`, `3 min`, `2 h`, `5 d`. */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const found = UNITS.find((one) => whole >= one.seconds);
  return found ? `${Math.floor(whole / found.seconds)}\u00a0${found.unit}` : `${whole}\u00a0s`;
}

export function signedText(difference: number | null): string {
  if (difference === null) {
    return '–';
  }
  return difference > 0 ? `+${difference}` : String(difference).replace('-', '−');
}

/** The key of a violation, as one line of text. */
export function keyText({ row }: Pick<Violation, 'row'>, check: Pick<Check, 'fields'>): string {
  return check.fields.key.map((name) => valueText(row[name])).join(' / ');
}
