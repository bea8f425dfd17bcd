/**
 * Charts as SVG without a fixed width: the shapes stretch with the page, strokes and letters do not. Colours are those
 * of the style sheet, so that they follow light and dark. Pure.
 */
import type { CheckReport, Report } from '../core/report.ts';
import type { Bucket } from '../core/report-trend.ts';
import { counted, moment, percent } from './figures.ts';
import { escape } from './html-text.ts';

type Window = Pick<Report, 'from' | 'to'>;

const UNITS = 1_000;
const PLOT = { top: 14, height: 150, strip: 8 } as const;
const BARS = { top: 14, height: 70 } as const;

/** Nothing without a ratio to draw. */
export function charts(check: CheckReport, window: Window): string {
  if (!check.ratios) return '';
  const moved = check.opened + check.resolved > 0;
  return `<div class="charts">${ratioChart(check, window)}${moved ? lifeChart(check, window) : ''}</div>`;
}

function ratioChart(check: CheckReport, window: Window): string {
  const { trend, baselineRatio, thresholds, ratios } = check;
  const domain = domainOf(trend, baselineRatio);
  const y = (ratio: number): number => UNITS - ((ratio - domain.low) / (domain.high - domain.low)) * UNITS;
  const px = (ratio: number): number => PLOT.top + (y(ratio) / UNITS) * PLOT.height;
  const ticks = ticksOf(domain);
  const inside = (ratio: number): boolean => ratio > domain.low && ratio < domain.high;
  const lines = (
    [
      ['healthy', thresholds.healthy],
      ['degraded', thresholds.degraded],
      ['baseline', baselineRatio],
    ] as const
  ).flatMap(([name, ratio]) => (ratio !== null && inside(ratio) ? [[name, ratio] as const] : []));
  const stripTop = PLOT.top + PLOT.height + 6;
  const height = stripTop + PLOT.strip + 18;
  const label = `Consistency rate: average ${percent(ratios?.average ?? null)}, minimum ${percent(ratios?.minimum ?? null)}, maximum ${percent(ratios?.maximum ?? null)}.`;
  return figure(
    'Consistency rate',
    `<svg class="chart" role="img" aria-label="${escape(label)}" width="100%" height="${String(height)}">
${ticks.map((tick) => horizontal('grid', px(tick.ratio))).join('')}
${stretched(
  PLOT.top,
  PLOT.height,
  `<path class="band" d="${bandPath(trend, window, y)}"/><path class="line" d="${linePath(trend, window, y)}"/>`,
)}
${lines.map(([name, ratio]) => horizontal(name, px(ratio))).join('')}
${ticks.map((tick) => `<text class="tick" x="0" y="${fixed(px(tick.ratio) - 3)}">${tick.text}</text>`).join('')}
${lines.map(([name, ratio]) => `<text class="tick ${name}-text" x="100%" text-anchor="end" y="${fixed(px(ratio) - 3)}">${name} ${percent(ratio)}</text>`).join('')}
${stretched(stripTop, PLOT.strip, trend.map((bucket) => stripRect(bucket, window)).join(''))}
${timeLabels(window, height - 3)}
</svg>`,
    `<span class="key key-line"></span>average of each ${spanText(trend)}, <span class="key key-band"></span>from its lowest to its highest run. The strip below: <span class="key key-looked"></span>every run looked, <span class="key key-failed"></span>one or more could not, <span class="key key-none"></span>no run.${below(thresholds, domain)}`,
  );
}

function lifeChart(check: CheckReport, window: Window): string {
  const { trend, opened, resolved } = check;
  const most = Math.max(1, ...trend.map((bucket) => Math.max(bucket.opened, bucket.resolved)));
  const middle = UNITS / 2;
  const rect = (bucket: Bucket, kind: 'opened' | 'resolved'): string => {
    const size = (bucket[kind] / most) * middle;
    if (size === 0) return '';
    const { x, width } = across(bucket, window);
    const top = kind === 'opened' ? middle - size : middle;
    return `<rect class="${kind}" x="${fixed(x)}" width="${fixed(width)}" y="${fixed(top)}" height="${fixed(size)}"/>`;
  };
  const height = BARS.top + BARS.height + 18;
  const label = `${counted(opened, 'violation')} opened or reopened, ${counted(resolved, 'violation')} resolved; at most ${String(most)} in each ${spanText(trend)}.`;
  return figure(
    'Violations that came and went',
    `<svg class="chart" role="img" aria-label="${escape(label)}" width="100%" height="${String(height)}">
${stretched(BARS.top, BARS.height, trend.map((bucket) => rect(bucket, 'opened') + rect(bucket, 'resolved')).join(''))}
${horizontal('axis', BARS.top + BARS.height / 2)}
${timeLabels(window, height - 3)}
</svg>`,
    `<span class="key key-opened"></span>above: new or back, <span class="key key-resolved"></span>below: resolved. The longest bar is ${String(most)} in one ${spanText(trend)}.`,
  );
}

function figure(title: string, svg: string, caption: string): string {
  return `<figure><h4>${title}</h4>${svg}<figcaption>${caption}</figcaption></figure>`;
}

function stretched(top: number, height: number, shapes: string): string {
  return `<svg x="0" y="${String(top)}" width="100%" height="${String(height)}" viewBox="0 0 ${String(UNITS)} ${String(UNITS)}" preserveAspectRatio="none" overflow="visible">${shapes}</svg>`;
}

function horizontal(name: string, y: number): string {
  return `<line class="${name}" x1="0" x2="100%" y1="${fixed(y)}" y2="${fixed(y)}"/>`;
}

function across({ from, to }: Window, window: Window): { x: number; width: number } {
  const scale = UNITS / (window.to - window.from);
  return { x: (from - window.from) * scale, width: (to - from) * scale };
}

/** A step for each piece; where no run could look there is a gap, because nobody knows. */
function linePath(trend: readonly Bucket[], window: Window, y: (ratio: number) => number): string {
  let drawn = false;
  return trend
    .map((bucket) => {
      const { x, width } = across(bucket, window);
      const before = drawn;
      drawn = bucket.average !== null;
      if (bucket.average === null) return '';
      const height = fixed(y(bucket.average));
      return `${before ? `V${height}` : `M${fixed(x)} ${height}`}H${fixed(x + width)}`;
    })
    .join('');
}

function bandPath(trend: readonly Bucket[], window: Window, y: (ratio: number) => number): string {
  return trend
    .map((bucket) => {
      if (bucket.minimum === null || bucket.maximum === null) return '';
      const { x, width } = across(bucket, window);
      return `M${fixed(x)} ${fixed(y(bucket.maximum))}h${fixed(width)}V${fixed(y(bucket.minimum))}h${fixed(-width)}Z`;
    })
    .join('');
}

function stripRect(bucket: Bucket, window: Window): string {
  const { x, width } = across(bucket, window);
  const name = bucket.runs === 0 ? 'none' : bucket.errors > 0 ? 'failed' : 'looked';
  return `<rect class="${name}" x="${fixed(x)}" width="${fixed(width)}" y="0" height="${String(UNITS)}"/>`;
}

interface Domain {
  readonly low: number;
  readonly high: number;
}

/** Room for what is drawn; never so narrow that one key in a million looks like a fall. */
function domainOf(trend: readonly Bucket[], baseline: number | null): Domain {
  const ratios = [...trend.flatMap(({ minimum, maximum }) => [minimum, maximum]), baseline].filter((one) => one !== null); // prettier-ignore
  const low = Math.min(...ratios);
  const high = Math.max(...ratios);
  const room = Math.max((high - low) * 0.15, 0.0005);
  return { low: Math.max(0, low - room), high: Math.min(1, high + room) };
}

const STEPS = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

function ticksOf({ low, high }: Domain): { readonly ratio: number; readonly text: string }[] {
  const step = STEPS.find((size) => (high - low) / size <= 4.5) ?? 0.5;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
    const ratio = Number(((first + i) * step).toFixed(6));
    return { ratio, text: `${String(Number((ratio * 100).toFixed(2)))} %` };
  });
}

function below({ healthy, degraded }: CheckReport['thresholds'], { low, high }: Domain): string {
  if (low >= healthy) return ` All of it is above ${percent(healthy)} (healthy).`;
  return high <= degraded ? ` All of it is below ${percent(degraded)} (critical).` : '';
}

function timeLabels({ from, to }: Window, y: number): string {
  const label = (at: number, x: string, anchor: string): string =>
    `<text class="tick" x="${x}" text-anchor="${anchor}" y="${String(y)}">${moment(at).slice(5, 16)}</text>`;
  return label(from, '0', 'start') + label((from + to) / 2, '50%', 'middle') + label(to, '100%', 'end');
}

function spanText(trend: readonly Bucket[]): string {
  const whole = trend[1] ?? trend[0];
  const minutes = whole ? Math.round((whole.to - whole.from) / 60_000) : 0;
  if (minutes % 1_440 === 0 && minutes > 0)
    return minutes === 1_440 ? 'day' : `${String(minutes / 1_440)} days`;
  if (minutes % 60 === 0 && minutes > 0) return minutes === 60 ? 'hour' : `${String(minutes / 60)} hours`;
  return minutes === 1 ? 'minute' : `${String(minutes)} minutes`;
}

function fixed(number: number): string {
  return String(Number(number.toFixed(2)));
}
