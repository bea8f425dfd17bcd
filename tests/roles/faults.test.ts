/** Each thing that can go wrong in a role system is found by the check that is meant for it, with its rows, and by no other. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freshness } from '../../exporter/src/checks/freshness.ts';
import { faults, inject } from '../../exporter/src/demo/role-system/faults.ts';
import { libsql } from '../../exporter/src/sources/libsql.ts';
import { lookAt } from '../conformance/source-engines.ts';
import { watchRoleSystem, type WatchedRoleSystem } from './role-system.ts';

/** What takes longer is slow, for the checks that time; a machine that is busy is not what most tests are about. */
const PATIENT = '10s';

let system: WatchedRoleSystem;
async function watch(patience: string): Promise<void> {
  system = await watchRoleSystem((text) =>
    text
      .replaceAll(/(p95|worst): \S+/g, `$1: ${patience}`)
      // five look-ups of a slow database are enough to wait for
      .replace('samples: 50', 'samples: 5'),
  );
}
beforeEach(() => watch(PATIENT), 30_000);
afterEach(() => system.stop());

const NAMES = faults(new Date()).map(({ check }) => check);

test('nothing is wrong with rows that are right', async () => {
  expect(system.app.lockstep.board.states().map(({ latest }) => latest?.outcome)).toEqual(
    Array<string>(12).fill('pass'),
  );
  expect(await system.look()).toEqual({});
}, 30_000);

test.each(NAMES)(
  '%s finds its fault, row by row, and no other check does',
  async (name) => {
    const fault = faults(system.now).find(({ check }) => check === name);
    if (!fault) throw new Error('there is no such fault');
    system.change((database) => {
      inject(database, fault);
    });
    expect(await system.look()).toEqual({
      [name]: fault.keys.map((key) => key.map(String).join(' ')).sort(),
    });
  },
  30_000,
);

test('a role without a name hides no other that is missing', async () => {
  system.change((database) => {
    database.exec(`
      UPDATE roles SET name = 'billing' WHERE name = 'billing_admin';
      ALTER TABLE roles RENAME TO named_roles;
      CREATE VIEW roles AS SELECT * FROM named_roles UNION ALL SELECT 99, NULL, NULL;`);
  });
  expect(await system.look()).toEqual({ roles_required: ['billing_admin'] });
}, 30_000);

test('a log to which nothing was written for weeks is stale, and only its end is looked at', async () => {
  system.change((database) => {
    database.exec(`UPDATE audit_logs SET created_at = datetime(created_at, '-30 days')`);
  });
  expect(await system.look()).toEqual({ roles_audit_recent: ['newest'] });
  const { lockstep } = system.app;
  const check = lockstep.board.state('roles_audit_recent')?.check;
  const spec = lockstep.config().sources.find(({ name }) => name === 'roles')?.spec;
  if (!check) throw new Error('there is no such check');
  const source = libsql.open('roles', spec);
  const [explained] = await freshness.explain(check, lookAt(new Map([['roles', source]])));
  await source.close();
  expect(explained?.plan.join('\n')).toContain('SEARCH audit_logs USING COVERING INDEX audit_logs_by_time');
}, 30_000);

test('all faults together are found each by its own check', async () => {
  const all = faults(system.now);
  system.change((database) => {
    for (const fault of all) inject(database, fault);
  });
  const found = await system.look();
  expect(Object.keys(found).sort()).toEqual([...NAMES].sort());
  for (const { check, keys } of all)
    expect(found[check]).toEqual(keys.map((key) => key.map(String).join(' ')).sort());
}, 30_000);

async function mood(query: string): Promise<void> {
  expect((await fetch(`${system.api.url}/mood${query}`, { method: 'POST' })).status).toBe(200);
}

test.each(['?status=503', '?delay=2500'])(
  'an API in the mood %s is a violation from the third run on, and until it is well again',
  async (query) => {
    await mood(query);
    expect(await system.look()).toEqual({});
    expect(await system.look()).toEqual({});
    expect(await system.look()).toEqual({
      roles_api: [expect.stringContaining('/api/v1/auth/status'), expect.stringContaining('/health')],
    });
    await mood('');
    expect(await system.look()).toEqual({});
  },
  60_000,
);

test('a slow database is told by the times of look-ups and of the query, and by nothing else', async () => {
  await system.stop();
  await watch('200ms');
  system.change((database) => {
    database.exec(`
      ALTER TABLE user_roles RENAME TO slow_user_roles;
      CREATE VIEW user_roles AS SELECT * FROM slow_user_roles WHERE (
        WITH RECURSIVE busy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM busy WHERE n < 1500000)
        SELECT count(*) FROM busy) > 0;`);
  });
  expect(await system.look()).toEqual({
    roles_lookup_time: ['p95', 'worst'],
    roles_query_time: ['p95', 'worst'],
  });
}, 120_000);
