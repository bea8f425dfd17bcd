/** The checks of a role system behind an HTTP API: of the example, of its demo and of what `lockstep import` writes. */

/** Milliseconds, or shares from 0 to 1. */
interface Limit {
  /** what is aimed at */
  readonly target: number;
  /** from where it is critical */
  readonly limit: number;
}

/** Addresses as they shall stand in the file: with placeholders where they hold a secret. */
export interface RoleSystem {
  /** null: no checks of the database */
  readonly database: { readonly url: string; readonly authToken: string | null } | null;
  /** null: no checks of the API */
  readonly api: { readonly url: string; readonly authorization: string | null } | null;
  /** cron expression */
  readonly schedule: string;
  readonly limits: {
    /** milliseconds; beyond five seconds the alerts speak, whatever stands here */
    readonly api: number;
    readonly lookup: Limit;
    readonly query: Limit;
    readonly errors: Limit;
  };
  readonly consecutiveFailures: number;
}

/** Longer than what the alerts call slow: an answer that nobody waits for has no time. */
const SHORTEST_TIMEOUT_MS = 10_000;

export const ROLE_SYSTEM: RoleSystem = {
  database: { url: '${ROLES_DATABASE_URL}', authToken: '${ROLES_DATABASE_TOKEN}' },
  api: { url: '${ROLES_API_URL}', authorization: null },
  schedule: '*/5 * * * *',
  limits: {
    api: 2_000,
    lookup: { target: 500, limit: 1_000 },
    query: { target: 100, limit: 500 },
    errors: { target: 0.02, limit: 0.05 },
  },
  consecutiveFailures: 3,
};

/** `sources`, `defaults` and `checks` of a configuration. */
export function roleSystemConfig(system: RoleSystem): string {
  const { database, api, schedule } = system;
  return [
    'sources:',
    ...(database ? [databaseSource(database)] : []),
    ...(api ? [apiSource(api)] : []),
    '',
    `defaults:\n  schedule: ${quoted(schedule)}`,
    '',
    'checks:',
    ...(database ? [DATABASE_CHECKS, timeChecks(system)] : []),
    ...(api ? [apiCheck(system)] : []),
  ].join('\n');
}

function databaseSource({ url, authToken }: NonNullable<RoleSystem['database']>): string {
  return [
    '  roles:',
    '    engine: libsql',
    `    url: ${quoted(url)}`,
    ...(authToken === null ? [] : [`    authToken: ${quoted(authToken)}`]),
  ].join('\n');
}

function apiSource({ url, authorization }: NonNullable<RoleSystem['api']>): string {
  return [
    '  roles_api:',
    '    engine: http',
    `    url: ${quoted(url)}`,
    ...(authorization === null ? [] : [`    headers: { authorization: ${quoted(authorization)} }`]),
  ].join('\n');
}

const DATABASE_CHECKS = `  # Assignments whose user or whose role is gone.
  roles_orphaned_user:
    kind: reference
    description: Every assignment belongs to a user that exists
    from: { source: roles, table: user_roles, key: [user_id] }
    to: { source: roles, table: users, key: [user_id] }
    recommendedActions: { orphan: remove_assignment }
  roles_orphaned_role:
    kind: reference
    description: Every assignment is of a role that exists
    from: { source: roles, table: user_roles, key: [role_id] }
    to: { source: roles, table: roles, key: [role_id] }
    recommendedActions: { orphan: restore_role }

  # Who has no role can do nothing, or is let through by mistake.
  roles_user_without_role:
    kind: reference
    description: Every active user has an active role
    from: { source: roles, table: users, key: [user_id], where: is_active = 1 }
    to: { source: roles, table: user_roles, key: [user_id], where: is_active = 1 }
    recommendedActions: { orphan: assign_role }

  roles_invalid_assignment:
    kind: query
    description: Every assignment says whose it is, of which role, since when, by whom and whether it holds
    source: roles
    # a date that SQLite cannot read is NULL to datetime()
    sql: |
      SELECT a.user_role_id FROM user_roles a
      WHERE a.user_id IS NULL OR a.role_id IS NULL
         OR a.is_active IS NULL OR a.is_active NOT IN (0, 1)
         OR datetime(a.assigned_at) IS NULL OR datetime(a.assigned_at) > datetime('now', '+5 minutes')
         OR (a.assigned_by_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM users u WHERE u.user_id = a.assigned_by_id))
    key: [user_role_id]
    population: SELECT count(*) FROM user_roles
    recommendedActions: { row: correct_assignment }

  roles_required:
    kind: query
    description: The roles are there that the application asks for by name
    source: roles
    sql: |
      WITH required (name) AS (
        VALUES ('admin'), ('care_provider'), ('office_manager'), ('patient'), ('billing_admin'))
      -- not NOT IN, which is never true once one name is NULL
      SELECT name FROM required WHERE NOT EXISTS (SELECT 1 FROM roles r WHERE r.name = required.name)
    key: [name]
    population: SELECT 5
    recommendedActions: { row: create_role }

  roles_active_duplicate:
    kind: query
    description: A user has a role actively once
    severity: warning
    source: roles
    sql: |
      SELECT user_id, role_id, count(*) AS assignments FROM user_roles
      WHERE is_active = 1 AND user_id IS NOT NULL AND role_id IS NOT NULL
      GROUP BY user_id, role_id HAVING count(*) > 1
    key: [user_id, role_id]
    show: [assignments]
    population: SELECT count(*) FROM (SELECT DISTINCT user_id, role_id FROM user_roles WHERE is_active = 1)
    recommendedActions: { row: deactivate_duplicate }

  # While code of either age runs, the one role in users and the many in user_roles must tell the same. Delete this check
  # together with the column.
  roles_legacy:
    kind: reference
    description: The role of an active user from before the migration is among his active roles
    # who is deactivated has lost his roles and keeps the old one
    from: { source: roles, table: users, key: [user_id, role_id], where: is_active = 1 }
    to: { source: roles, table: user_roles, key: [user_id, role_id], where: is_active = 1 }
    recommendedActions: { orphan: assign_legacy_role }

  # A silent audit log is one that nobody writes, or that has lost its writer.
  roles_audit_recent:
    kind: freshness
    description: The audit log was written within the last hour
    source: roles
    table: audit_logs
    # the log only grows, and SQLite reads every row that it is let; by the index on created_at these few
    where: created_at > datetime('now', '-7 days')
    column: created_at
    maxAge: 1h
  roles_change_audited:
    kind: query
    description: Every role that was given or taken away is in the audit log
    source: roles
    sql: |
      SELECT c.user_role_id, c.action FROM (
        SELECT user_role_id, 'role_assigned' AS action FROM user_roles
        UNION ALL
        SELECT user_role_id, 'role_revoked' FROM user_roles WHERE is_active = 0) c
      WHERE NOT EXISTS (
        SELECT 1 FROM audit_logs l
        WHERE l.table_name = 'user_roles' AND l.record_id = c.user_role_id AND l.action = c.action)
    key: [user_role_id, action]
    population: SELECT count(*) + coalesce(sum(is_active = 0), 0) AS changes FROM user_roles
    recommendedActions: { row: investigate_change }
`;

function timeChecks({ limits: { lookup, query } }: RoleSystem): string {
  return `  # How long people wait at the door: the roles of a user are looked up with every request.
  roles_lookup_time:
    kind: latency
    description: The roles of a user are found in time
    source: roles
    lookup: { table: user_roles, key: [user_id], where: is_active = 1 }
    samples: 50
    ${paces(lookup)}
  roles_query_time:
    kind: latency
    description: The database answers in time
    source: roles
    query: SELECT count(*) FROM users u JOIN user_roles a ON a.user_id = u.user_id WHERE a.is_active = 1
    samples: 5
    ${paces(query)}
`;
}

function apiCheck({ limits: { api, errors }, consecutiveFailures }: RoleSystem): string {
  const timeout = duration(Math.max(2 * api, SHORTEST_TIMEOUT_MS));
  return `  # Error rate and uptime are counted from the probes of this check, of which a slow one has failed: LockstepRolesErrors and
  # LockstepRolesUptimeLow. LockstepRolesApiSlow tells of what takes more than 5 s.
  roles_api:
    kind: http
    description: The API is healthy and answers in time
    source: roles_api
    endpoints:
      - { path: /health, within: ${duration(api)}, timeout: ${timeout} }
      - { path: /api/v1/auth/status, within: ${duration(api)}, timeout: ${timeout} }
    consecutiveFailures: ${String(consecutiveFailures)}
    thresholds: { healthy: ${ratio(errors.target)}, degraded: ${ratio(errors.limit)} }
`;
}

/** What is aimed at missed is degraded; critical only when the worst is beyond what is borne, too. */
function paces({ target, limit }: Limit): string {
  return [`p95: ${duration(target)}`, `worst: ${duration(limit)}`, 'thresholds: { degraded: 0.5 }'].join(
    '\n    ',
  );
}

function duration(ms: number): string {
  return ms % 1_000 === 0 ? `${String(ms / 1_000)}s` : `${String(ms)}ms`;
}

function ratio(errors: number): string {
  return String(Number((1 - errors).toFixed(6)));
}

/** Quoted, a placeholder is text to editors too; an address from somebody else's file stays text whatever it holds. */
function quoted(text: string): string {
  return /^[\x20-\x26\x28-\x7e]*$/.test(text) ? `'${text}'` : JSON.stringify(text);
}
