/** What goes wrong in a role system: each fault breaks the check that it is named for, and no other. */
import type Database from 'libsql';
import { ADMINISTRATOR, instant, OPTIONAL_ROLE } from './data.ts';

/** Rows of their own for each fault, far from those of `fill`. */
const BASE = 900_000;

export interface Fault {
  /** the check that must find it */
  readonly check: string;
  /** the keys that it must find, as the database has them; in the order of its key fields */
  readonly keys: readonly (readonly (string | number)[])[];
  /** several statements */
  readonly sql: string;
}

/** What the audit log would hold of an assignment, so that only one thing is wrong with it. */
function assigned(id: number, user: number | null, role: number | null, at: string, active = 1): string {
  return `
    INSERT INTO user_roles (user_role_id, user_id, role_id, assigned_at, assigned_by_id, is_active)
      VALUES (${String(id)}, ${String(user ?? 'NULL')}, ${String(role ?? 'NULL')}, '${at}', ${String(ADMINISTRATOR)}, ${String(active)});
    INSERT INTO audit_logs (user_id, action, table_name, record_id, created_at)
      VALUES (${String(ADMINISTRATOR)}, 'role_assigned', 'user_roles', ${String(id)}, '${at}');`;
}

/** @param now of the rows; the database must hold those of `fill` for at least 20 users */
export function faults(now: Date): readonly Fault[] {
  const at = instant(now);
  const gone = instant(new Date(now.getTime() - 3 * 3_600_000));
  const later = instant(new Date(now.getTime() + 40 * 86_400_000));
  const nobody = BASE + 1;
  const noRole = 77;
  return [
    {
      check: 'roles_orphaned_user',
      keys: [[nobody], [nobody + 1]],
      sql: assigned(BASE + 11, nobody, 2, at) + assigned(BASE + 12, nobody + 1, 4, at),
    },
    {
      check: 'roles_orphaned_role',
      keys: [[noRole]],
      sql: assigned(BASE + 21, 3, noRole, at) + assigned(BASE + 22, 4, noRole, at),
    },
    {
      check: 'roles_user_without_role',
      keys: [[BASE + 31], [BASE + 32]],
      sql: `
        INSERT INTO users (user_id, username, created_at) VALUES
          (${String(BASE + 31)}, 'left-out', '${at}'), (${String(BASE + 32)}, 'left-out-too', '${at}');
        ${assigned(BASE + 33, BASE + 32, 4, at, 0)}
        INSERT INTO audit_logs (user_id, action, table_name, record_id, created_at)
          VALUES (${String(ADMINISTRATOR)}, 'role_revoked', 'user_roles', ${String(BASE + 33)}, '${at}');`,
    },
    {
      check: 'roles_invalid_assignment',
      keys: [[BASE + 41], [BASE + 42], [BASE + 43], [BASE + 44]],
      sql: `
        ${assigned(BASE + 41, null, 4, at)}
        ${assigned(BASE + 42, 5, 1, at)}
        ${assigned(BASE + 43, 6, 3, at)}
        ${assigned(BASE + 44, 6, 4, at)}
        UPDATE user_roles SET assigned_at = 'the day before yesterday' WHERE user_role_id = ${String(BASE + 42)};
        UPDATE user_roles SET assigned_at = '${later}' WHERE user_role_id = ${String(BASE + 43)};
        UPDATE user_roles SET assigned_by_id = ${String(nobody + 2)} WHERE user_role_id = ${String(BASE + 44)};`,
    },
    {
      check: 'roles_required',
      keys: [['billing_admin']],
      sql: `UPDATE roles SET name = 'billing' WHERE name = 'billing_admin';`,
    },
    {
      check: 'roles_active_duplicate',
      keys: [[8, 3]],
      sql: assigned(BASE + 51, 8, 3, at),
    },
    {
      check: 'roles_legacy',
      keys: [
        [9, 1],
        [10, 6],
      ],
      sql: `
        UPDATE users SET role_id = 1 WHERE user_id = 9;
        UPDATE users SET role_id = (SELECT role_id FROM roles WHERE name = '${OPTIONAL_ROLE}') WHERE user_id = 10;`,
    },
    {
      check: 'roles_change_audited',
      keys: [
        [11, 'role_assigned'],
        [BASE + 61, 'role_revoked'],
      ],
      sql: `
        DELETE FROM audit_logs WHERE table_name = 'user_roles' AND record_id = 11;
        ${assigned(BASE + 61, 12, 4, at, 0)}`,
    },
    // last: what the others write to the audit log is recent
    {
      check: 'roles_audit_recent',
      keys: [['newest']],
      sql: `UPDATE audit_logs SET created_at = '${gone}' WHERE created_at > '${gone}';`,
    },
  ];
}

/** The fault is there from now on. */
export function inject(database: Database.Database, { sql }: Fault): void {
  database.exec(`PRAGMA foreign_keys = OFF; ${sql}`);
}
