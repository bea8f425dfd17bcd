/** What the demo tells when it has started. */
import type { App } from '../app.ts';
import { checksTable, violationsTable } from '../cli/tables.ts';
import { humanDuration } from '../core/duration.ts';
import type { Facts, Folder } from './folder.ts';

const SHOWN = 6;

export async function summary(
  { lockstep }: App,
  facts: Facts,
  folder: Folder,
  hints: string,
): Promise<string> {
  const states = lockstep.board.states();
  const lines = states.map(({ check, latest }) => ({
    name: check.name,
    status: latest?.status ?? ('unknown' as const),
    result: latest?.result ?? null,
    error: latest?.error ?? null,
    took: latest ? humanDuration(latest.finishedAt - latest.startedAt) : '-',
  }));
  const parts = [checksTable(lines)];
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
  return `\n${[...parts, help(facts, folder, hints)].join('\n')}\n`;
}

function help(facts: Facts, folder: Folder, hints: string): string {
  return `
Status page   ${facts.url}/
Metrics       ${facts.url}/metrics
API           ${facts.url}/documentation

Ask it        curl -H 'Authorization: Bearer ${facts.adminToken}' '${facts.url}/api/v1/health/violations'
Check now     curl -X POST -H 'Authorization: Bearer ${facts.adminToken}' '${facts.url}/api/v1/health/check-now'${hints}
The panel     ${folder.preview.padEnd(21)} in a page on this machine, without Grafana
              docker compose up     with Grafana, Prometheus and Alertmanager (docs/grafana.md says what to set first)
              npm run package       a zip for a Grafana that you have (docs/grafana.md)
Everything    ${folder.path} (lockstep.yaml, demo.json with these addresses and tokens, lockstep.log, violations/)
Stop          Ctrl-C
`;
}
