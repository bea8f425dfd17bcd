/** The rows of the role system. The same size and time give the same rows, on every machine. */
import type Database from 'libsql';

export const REQUIRED_ROLES = [
  'admin',
  'care_provider',
  'office_manager',
  'patient',
  'billing_admin',
] as const;

/** Nobody needs it; the last role, so that its going breaks one thing only. */
export const OPTIONAL_ROLE = 'auditor';

/** The first user; he assigned everything. */
export const ADMINISTRATOR = 1;

const MINUTE_MS = 60_000;

/** As the role system writes instants. */
export function instant(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

/** Fills the empty tables with rows of which every check says that they are right. */
export function fill(database: Database.Database, { users, now }: { users: number; now: Date }): void {
  const insert = (table: string, columns: string): ((...values: (string | number | null)[]) => void) => {
    const marks = columns.replaceAll(/\w+/g, '?');
    const statement = database.prepare(`INSERT INTO ${table} (${columns}) VALUES (${marks})`);
    return (...values) => void statement.run(values);
  };
  const role = insert('roles', 'role_id, name');
  const user = insert('users', 'user_id, username, email, is_active, role_id, created_at');
  const assignment = insert(
    'user_roles',
    'user_role_id, user_id, role_id, assigned_at, assigned_by_id, is_active',
  );
  const audit = insert('audit_logs', 'user_id, action, table_name, record_id, created_at');
  const names = [...REQUIRED_ROLES, OPTIONAL_ROLE];
  database.exec('BEGIN');
  names.forEach((name, n) => {
    role(n + 1, name);
  });
  for (let id = 1, assigned = 0; id <= users; id += 1) {
    const at = instant(new Date(now.getTime() - (users - id + 2) * 90 * MINUTE_MS));
    const first = ((id - 1) % REQUIRED_ROLES.length) + 1;
    // the last one has left: his roles were taken away, and the one from before the migration stands as it did
    const isActive = id === users ? 0 : 1;
    user(id, `user${String(id)}`, `user${String(id)}@example.test`, isActive, first, at);
    // every seventh has a second role, and every eleventh one that was taken away again
    for (const [roleId, held, applies] of [
      [first, isActive, true],
      [(first % REQUIRED_ROLES.length) + 1, isActive, id % 7 === 0],
      [names.length, 0, id % 11 === 0],
    ] as const) {
      if (!applies) continue;
      assigned += 1;
      assignment(assigned, id, roleId, at, ADMINISTRATOR, held);
      audit(ADMINISTRATOR, 'role_assigned', 'user_roles', assigned, at);
      if (held === 0) audit(ADMINISTRATOR, 'role_revoked', 'user_roles', assigned, at);
    }
  }
  audit(ADMINISTRATOR, 'login', null, null, instant(new Date(now.getTime() - MINUTE_MS)));
  database.exec('COMMIT');
}
