import type { DataFrame } from '@grafana/data';

/** The values of a frame by the names of its fields. */
export function columnsIn({ fields }: DataFrame): Record<string, unknown[]> {
  return Object.fromEntries(fields.map(({ name, values }) => [name, [...values]]));
}
