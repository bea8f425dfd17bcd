/** How a ratio went over a window: its spread, and pieces of time for charts and tables. Pure. */

/** A run, or what the runs of a UTC day added up to. Times are epoch milliseconds, ratios 0 to 1. */
export interface ReportPoint {
  readonly at: number;
  readonly span: 'run' | 'day';
  readonly runs: number;
  readonly errors: number;
  readonly checked: number | null;
  readonly inconsistent: number | null;
  readonly minRatio: number | null;
  readonly maxRatio: number | null;
  readonly opened: number;
  readonly resolved: number;
}

export interface Ratios {
  /** each run counts once; a day whose single runs are gone counts by its last run */
  readonly average: number;
  readonly minimum: number;
  readonly maximum: number;
  /** standard deviation, as a ratio */
  readonly deviation: number;
  /** runs that could look */
  readonly runs: number;
}

/** A piece of the window; the ratios are null when no run in it could look. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly runs: number;
  readonly errors: number;
  readonly average: number | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly opened: number;
  readonly resolved: number;
}

interface Sample {
  readonly ratio: number;
  readonly weight: number;
}

/** Null when no run could look and had something to check. */
export function ratiosOf(points: readonly ReportPoint[]): Ratios | null {
  const samples = points.flatMap(sampleOf);
  const runs = samples.reduce((total, { weight }) => total + weight, 0);
  if (runs === 0) return null;
  // around one of them, so that equal ratios have no deviation for want of digits
  const origin = samples[0]?.ratio ?? 0;
  const mean = samples.reduce((total, { ratio, weight }) => total + (ratio - origin) * weight, 0) / runs;
  const squares = samples.reduce((total, { ratio, weight }) => total + (ratio - origin - mean) ** 2 * weight, 0); // prettier-ignore
  const minimum = points.reduce((least, { minRatio }) => Math.min(least, minRatio ?? least), Infinity);
  const maximum = points.reduce((most, { maxRatio }) => Math.max(most, maxRatio ?? most), -Infinity);
  const average = Math.min(maximum, Math.max(minimum, origin + mean));
  return { average, minimum, maximum, deviation: Math.sqrt(squares / runs), runs };
}

function sampleOf({ span, runs, errors, checked, inconsistent, minRatio, maxRatio }: ReportPoint): Sample[] {
  if (minRatio === null || maxRatio === null || checked === null || inconsistent === null) return [];
  if (span === 'run') return [{ ratio: minRatio, weight: 1 }];
  // the day's last run may have had nothing to check, or more violations than keys
  const last = checked === 0 ? minRatio : Math.max(0, checked - inconsistent) / checked;
  return [{ ratio: Math.min(maxRatio, Math.max(minRatio, last)), weight: Math.max(1, runs - errors) }];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SIZES_MS = [
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 4, 7].map((days) => days * DAY_MS),
];

/** Milliseconds: at most `most` of them fit, and none is shorter than what it is to hold. */
export function bucketSize(
  windowMs: number,
  most: number,
  intervalMs: number | null,
  hasDays: boolean,
): number {
  const least = Math.max(windowMs / most, intervalMs ?? 0, hasDays ? DAY_MS : 0);
  return SIZES_MS.find((size) => size >= least) ?? 31 * DAY_MS;
}

/** Cut at whole multiples of the size in UTC; the first and the last may be shorter. */
export function bucketsOf(
  points: readonly ReportPoint[],
  { from, to }: { readonly from: number; readonly to: number },
  sizeMs: number,
): readonly Bucket[] {
  const first = Math.floor(from / sizeMs);
  const count = Math.max(1, Math.ceil(to / sizeMs) - first);
  const inside = new Map<number, ReportPoint[]>();
  for (const point of points) {
    const place = Math.min(first + count - 1, Math.max(first, Math.floor(point.at / sizeMs)));
    const there = inside.get(place);
    if (there) there.push(point);
    else inside.set(place, [point]);
  }
  return Array.from({ length: count }, (_, i) => {
    const own = inside.get(first + i) ?? [];
    const ratios = ratiosOf(own);
    const total = (of: (point: ReportPoint) => number): number =>
      own.reduce((all, point) => all + of(point), 0);
    return {
      from: Math.max(from, (first + i) * sizeMs),
      to: Math.min(to, (first + i + 1) * sizeMs),
      runs: total(({ runs }) => runs),
      errors: total(({ errors }) => errors),
      average: ratios?.average ?? null,
      minimum: ratios?.minimum ?? null,
      maximum: ratios?.maximum ?? null,
      opened: total(({ opened }) => opened),
      resolved: total(({ resolved }) => resolved),
    };
  });
}
