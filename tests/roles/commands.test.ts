/** The commands on a libSQL file and a service: they end by themselves, and say with which code. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Database from 'libsql';
import { ROLE_SYSTEM, roleSystemConfig } from '../../exporter/src/config/role-system.ts';
import { faults, inject } from '../../exporter/src/demo/role-system/faults.ts';
import { makeRoleSystem } from '../../exporter/src/demo/role-system/scene.ts';
import { libsqlFile, type LibsqlFile } from '../libsql.ts';

const LOCKSTEP = join(import.meta.dirname, '..', '..', 'exporter', 'bin', 'lockstep.mjs');
const NOW = new Date();

let file: LibsqlFile;
let config: string;
beforeAll(() => {
  file = libsqlFile();
  change((database) => {
    makeRoleSystem(database, NOW);
  });
  config = join(file.path, '..', 'lockstep.yaml');
  const database = { url: file.url, authToken: null };
  writeFileSync(config, roleSystemConfig({ ...ROLE_SYSTEM, database, api: null }));
});
afterAll(() => {
  file.remove();
});

function change(work: (database: Database.Database) => void): void {
  const database = new Database(file.path);
  work(database);
  database.close();
}

function lockstep(command: string, ...args: string[]): { status: number | null; output: string } {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [LOCKSTEP, command, '--config', config, ...args],
    { env, encoding: 'utf8' },
  );
  return { status, output: `${stdout}${stderr}` };
}

test('validate --connect tries the file, proves that it is only read, and ends with 0', () => {
  const { status, output } = lockstep('validate', '--connect');
  expect(output).toContain('a write was tried in a run’s transaction, and refused');
  expect(output).toContain('is valid (1 source, 11 checks)');
  expect(status).toBe(0);
}, 60_000);

test('explain shows the statement and its plan, and ends with 0', () => {
  const { status, output } = lockstep('explain', 'roles_change_audited');
  expect(output).toContain('audit_logs_of_record');
  expect(status).toBe(0);
}, 60_000);

test('check ends with 0 while all is well, and with 1 once it is not', () => {
  expect(lockstep('check', 'roles_required', 'roles_legacy').status).toBe(0);
  change((database) => {
    for (const fault of faults(NOW)) inject(database, fault);
  });
  const { status, output } = lockstep('check', 'roles_required');
  expect([status, output]).toEqual([1, expect.stringContaining('billing_admin')]);
}, 60_000);
