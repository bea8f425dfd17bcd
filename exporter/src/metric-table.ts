/** The table of `docs/metrics.md`, so that it cannot drift from what is exported. */
import { METRICS, type MetricDefinition } from './metric-definitions.ts';

const BEGIN = '<!-- generated: npm run generate -->';
const END = '<!-- end of generated -->';

/** Replaces the table between the two markers. Throws when they are missing. */
export function withMetricsTable(markdown: string): string {
  const [before, rest] = split(markdown, BEGIN);
  const [, after] = split(rest, END);
  return `${before}${BEGIN}\n${metricsTable()}\n${END}${after}`;
}

function split(text: string, marker: string): [string, string] {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`docs/metrics.md lost its marker ${marker}`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}

function metricsTable(): string {
  const metrics = Object.entries<MetricDefinition>(METRICS);
  const rows = metrics.map(([name, { type, labels, help, buckets }]) => {
    const bounds = buckets ? ` Bounds: ${buckets.join(', ')} s.` : '';
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help}${bounds} |`;
  });
  return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
