/** The table of `docs/metrics.md`, so that it cannot drift from what is exported. */
import { METRICS, type MetricDefinition } from './metric-definitions.ts';

export function metricsTable(): string {
  const metrics = Object.entries<MetricDefinition>(METRICS);
  const rows = metrics.map(([name, { type, labels, help, buckets }]) => {
    const bounds = buckets ? ` Bounds: ${buckets.join(', ')} s.` : '';
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help}${bounds} |`;
  });
  return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
