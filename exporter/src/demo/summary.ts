/** What the demo tells when it has started. */
import Table from 'cli-table3';
import type { App } from '../app.ts';
import type { Check } from '../core/check.ts';
import { consistencyRatio } from '../core/status.ts';
import type { Value } from '../core/value.ts';
import type { Violation } from '../core/violation.ts';
import type { CheckState } from '../runner/board.ts';
import type { Facts, Folder } from './folder.ts';

const SHOWN = 6;

export async function summary({ lockstep }: App, facts: Facts, folder: Folder): Promise<string> {
  const states = lockstep.board.states();
  const parts = [checksTable(states)];
  for (const { check, latest } of states) {
    const total = latest?.result?.inconsistent ?? 0;
    if (total === 0) continue;
    const query = {
      checks: [check.name],
      state: 'open',
      sort: 'key',
      descending: false,
      limit: SHOWN,
    } as const;
    const { rows } = await lockstep.store.violations(query);
    parts.push(
      `${check.name}: ${rows.length < total ? `the first ${String(rows.length)} of ` : ''}${String(total)}`,
    );
    parts.push(violationsTable(check, rows));
  }
  return `\n${[...parts, help(facts, folder)].join('\n')}\n`;
}

function checksTable(states: readonly CheckState[]): string {
  const table = newTable(['check', 'ratio', 'status', 'checked', 'violations']);
  for (const { check, latest } of states) {
    const result = latest?.result ?? null;
    if (result === null) {
      table.push([check.name, '-', latest?.status ?? 'unknown', '-', latest?.error ?? 'it has not run']);
      continue;
    }
    const ratio = consistencyRatio(result.checked, result.consistent);
    // cut, not rounded: 0.99996 must not read 1.0000
    const shown = ratio === null ? '-' : (Math.floor(ratio * 1e4) / 1e4).toFixed(4);
    const kinds = Object.entries(result.counts).filter(([, count]) => count > 0);
    const violations = kinds.map(([kind, count]) => `${kind} ${String(count)}`).join(', ') || 'none';
    table.push([check.name, shown, latest?.status ?? 'unknown', result.checked, violations]);
  }
  return table.toString();
}

function violationsTable({ fields, recommendedActions }: Check, rows: readonly Violation[]): string {
  const table = newTable([...fields.key, ...fields.left, ...fields.right, 'kind', 'recommended action']);
  for (const { key, left, right, kind } of rows) {
    const sides = [cells(left, fields.left.length), cells(right, fields.right.length)].flat();
    table.push([...cells(key, fields.key.length), ...sides, kind, recommendedActions[kind] ?? '']);
  }
  return table.toString();
}

function cells(values: readonly Value[] | null, count: number): string[] {
  return Array.from({ length: count }, (_, i) => (values === null ? '-' : String(values[i] ?? 'null')));
}

function newTable(head: string[]): Table.Table {
  return new Table({ head, style: { head: [], border: [], compact: true } });
}

function help(facts: Facts, folder: Folder): string {
  return `
Status page   ${facts.url}/
Metrics       ${facts.url}/metrics
API           ${facts.url}/documentation

Ask it        curl -H 'Authorization: Bearer ${facts.adminToken}' '${facts.url}/api/v1/health/violations'
Check now     curl -X POST -H 'Authorization: Bearer ${facts.adminToken}' '${facts.url}/api/v1/health/check-now'
Break a row   UPDATE user_licenses SET current_level = current_level + 1 WHERE user_id = 7;
              in ${facts.databaseUrl}
Everything    ${folder.path} (lockstep.yaml, demo.json with these addresses and tokens, lockstep.log, violations/)
Stop          Ctrl-C
`;
}
