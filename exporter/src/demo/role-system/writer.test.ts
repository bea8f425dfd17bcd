/** The background writer of the role system's demo: what it changes, and within which bounds. */
import Database from 'libsql';
import { libsqlFile } from '../../../../tests/libsql.ts';
import { faults, inject } from './faults.ts';
import { makeRoleSystem } from './scene.ts';
import { startWriter, writeOnce } from './writer.ts';

const file = libsqlFile();
const database = new Database(file.path);
beforeAll(() => {
  const now = new Date();
  makeRoleSystem(database, now);
  for (const fault of faults(now)) inject(database, fault);
});
afterAll(() => {
  database.close();
  file.remove();
});

/** As `roles_legacy` asks. */
function wrong(): number {
  const sql = `SELECT count(*) AS n FROM users u WHERE is_active = 1 AND role_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM user_roles a WHERE (a.user_id, a.role_id, a.is_active) = (u.user_id, u.role_id, 1))`;
  return (database.prepare(sql).get([]) as { n: number }).n;
}
const rowsOf = (table: string): unknown => database.prepare(`SELECT * FROM ${table}`).all([]);

test('old roles get out of step and into step again, within bounds, and nothing else changes', () => {
  const others = ['roles', 'user_roles', 'audit_logs'];
  const before = others.map(rowsOf);
  expect(wrong()).toBe(2);
  const breaking = Array.from({ length: 14 }, () => (writeOnce(file.path, () => 0), wrong()));
  expect(breaking).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 11, 12, 11, 12]);
  const mending = Array.from({ length: 12 }, () => (writeOnce(file.path, () => 0.9), wrong()));
  expect(mending).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 3, 2]);
  expect(others.map(rowsOf)).toEqual(before);
});

test('it writes until it is stopped, and a table that is gone is told and survived', async () => {
  const told: unknown[] = [];
  const writer = startWriter(file.path, (error) => told.push(error), 20);
  const until = async (found: () => boolean): Promise<void> => {
    while (!found()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until(() => wrong() > 2);
  database.exec('ALTER TABLE users RENAME TO gone');
  await until(() => told.length > 1);
  database.exec('ALTER TABLE gone RENAME TO users');
  await writer.stop();
  const count = wrong();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(wrong()).toBe(count);
});
