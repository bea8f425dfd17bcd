/** What checks found, as tables for a terminal; the same in `lockstep check` and in the demo's summary. */
import Table from 'cli-table3';
import type { Check } from '../core/check.ts';
import type { RunResult } from '../core/run.ts';
import { consistencyRatio, type Status } from '../core/status.ts';
import type { Value } from '../core/value.ts';
import type { Disagreement } from '../core/violation.ts';

export interface CheckLine {
  readonly name: string;
  readonly status: Status;
  /** null when it could not look, or has not yet */
  readonly result: Pick<RunResult, 'checked' | 'consistent' | 'counts'> | null;
  /** why there is no result */
  readonly error: string | null;
  readonly took: string;
}

export function checksTable(lines: readonly CheckLine[]): string {
  const table = newTable(['check', 'ratio', 'status', 'checked', 'violations', 'took']);
  for (const { name, status, result, error, took } of lines) {
    if (result === null) {
      table.push([name, '-', status, '-', error ?? 'it has not run', took]);
      continue;
    }
    const kinds = Object.entries(result.counts).filter(([, count]) => count > 0);
    const violations = kinds.map(([kind, count]) => `${kind} ${String(count)}`).join(', ') || 'none';
    table.push([name, ratioText(result), status, result.checked, violations, took]);
  }
  return table.toString();
}

export function violationsTable(
  { fields, recommendedActions }: Check,
  rows: readonly Disagreement[],
): string {
  const table = newTable([...fields.key, ...fields.left, ...fields.right, 'kind', 'recommended action']);
  for (const { key, left, right, kind } of rows) {
    const sides = [cells(left, fields.left.length), cells(right, fields.right.length)].flat();
    table.push([...cells(key, fields.key.length), ...sides, kind, recommendedActions[kind] ?? '']);
  }
  return table.toString();
}

/** Cut, not rounded: 0.99996 must not read 1.0000. */
function ratioText({ checked, consistent }: Pick<RunResult, 'checked' | 'consistent'>): string {
  const ratio = consistencyRatio(checked, consistent);
  return ratio === null ? '-' : (Math.floor(ratio * 1e4) / 1e4).toFixed(4);
}

function cells(values: readonly Value[] | null, count: number): string[] {
  return Array.from({ length: count }, (_, i) => (values === null ? '-' : String(values[i] ?? 'null')));
}

export function newTable(head: string[]): Table.Table {
  return new Table({ head, style: { head: [], border: [], compact: true } });
}
