/** The alerts of the role system speak of checks and series that its example has, and these move as the alerts expect. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROLES } from '../../exporter/src/alerts/roles.ts';
import { alertsOf } from '../../exporter/src/alerts/catalogue.ts';
import { watchRoleSystem, type WatchedRoleSystem } from './role-system.ts';

let system: WatchedRoleSystem;
beforeAll(async () => {
  system = await watchRoleSystem();
}, 30_000);
afterAll(() => system.stop());

/** metric{label="value"} → value, as a scrape sees it now */
async function scraped(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${system.app.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

async function value(series: string): Promise<number> {
  return (await scraped()).get(series) ?? NaN;
}

const ALERTS = alertsOf([ROLES]);

test.each(ALERTS.map(({ alert, severity, expr }) => ({ alert, severity, expr })))(
  '$alert ($severity) reads series that the example shows',
  async ({ expr }) => {
    const named = [...expr.matchAll(/(lockstep_\w+)\{(\w+)(=~?)"([^"]+)"\}/g)];
    expect(named).not.toEqual([]);
    const shown = [...(await scraped()).keys()];
    for (const [, metric = '', label = '', operator, pattern = ''] of named) {
      const wanted = operator === '=' ? pattern.replaceAll('.', '\\.') : pattern;
      const fits = new RegExp(`^${metric}\\{${label}="(?:${wanted})"\\}$`);
      expect([metric, pattern, shown.filter((series) => fits.test(series))]).not.toEqual([
        metric,
        pattern,
        [],
      ]);
    }
  },
);

test('a check of every kind has its times: of the slowest answer, of a look-up, of a statement', async () => {
  for (const check of ['roles_api', 'roles_lookup_time', 'roles_query_time'])
    expect(await value(`lockstep_check_latency_seconds{check="${check}"}`)).toBeGreaterThan(0);
});

test('the error rate counts the first probe that fails, and how slow the API is shows at once', async () => {
  const wrong = 'lockstep_check_rows_inconsistent_total{check="roles_api"}';
  const asked = 'lockstep_check_rows_evaluated_total{check="roles_api"}';
  const before = [await value(wrong), await value(asked)];
  await fetch(`${system.api.url}/mood?status=503&delay=300`, { method: 'POST' });
  expect(await system.look()).toEqual({});
  expect([await value(wrong), await value(asked)]).toEqual(before.map((count) => count + 2));
  expect(await value('lockstep_check_latency_seconds{check="roles_api"}')).toBeGreaterThan(0.299);
}, 30_000);

test('a database that is gone is three failures in a row, and no violation', async () => {
  system.change((database) => {
    database.exec('ALTER TABLE audit_logs RENAME TO gone');
  });
  const { lockstep } = system.app;
  for (let n = 0; n < 3; n += 1) await lockstep.startRun('roles_audit_recent', { dryRun: false }).finished;
  expect(await value('lockstep_job_consecutive_failures{job_name="roles_audit_recent"}')).toBe(3);
  expect(lockstep.board.state('roles_audit_recent')?.latest?.outcome).toBe('error');
}, 30_000);
