/** Proof that the login can only read. */
import type { Probe } from '../source.ts';
import type { Connection } from './connection.ts';
import { quote } from './statements.ts';

const LOGIN = `
SELECT current_user::text, current_setting('server_version'), rolsuper::text, rolcreaterole::text
FROM pg_roles WHERE rolname = current_user`;

/** Grants reach a login by its own name, by PUBLIC or by a role it is in; only taken from there do they go. */
const GRANTS = `
SELECT format('REVOKE %s ON %s FROM %s;', string_agg(grants, ', ' ORDER BY grants), object,
  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
FROM (
  SELECT format('%I.%I', n.nspname, c.relname) AS object, a.grantee, a.privilege_type AS grants
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  CROSS JOIN aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS a
  WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT format('%I.%I', n.nspname, c.relname), a.grantee, format('%s (%I)', a.privilege_type, t.attname)
  FROM pg_attribute AS t JOIN pg_class AS c ON c.oid = t.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  CROSS JOIN aclexplode(t.attacl) AS a
  WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  UNION ALL
  SELECT format('SCHEMA %I', n.nspname), a.grantee, a.privilege_type
  FROM pg_namespace AS n CROSS JOIN aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
  WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
) AS every_grant
WHERE grants ~ '^(INSERT|UPDATE|DELETE|TRUNCATE|CREATE)' AND (grantee = 0 OR pg_has_role(grantee, 'USAGE'))
GROUP BY object, grantee
UNION ALL
SELECT format('REVOKE pg_write_all_data FROM %I;', current_user)
FROM pg_roles WHERE rolname = 'pg_write_all_data' AND pg_has_role(oid, 'USAGE')
ORDER BY 1 LIMIT 40`;

/** Which grants let this login write, each as the statement that takes it away. */
export async function loginFacts(connection: Connection): Promise<Omit<Probe, 'writeRefused'>> {
  const [login] = await connection.rows<[string, string, string, string]>(LOGIN, []);
  const [user, version, superuser, createRole] = login ?? ['unknown', 'unknown', 'false', 'false'];
  const role = quote(user);
  const writeGrants: string[] = [];
  if (superuser === 'true') writeGrants.push(`ALTER ROLE ${role} NOSUPERUSER;`);
  else {
    if (createRole === 'true') writeGrants.push(`ALTER ROLE ${role} NOCREATEROLE;`);
    const grants = await connection.rows<[string]>(GRANTS, []);
    writeGrants.push(...grants.map(([revoke]) => revoke));
  }
  return { user, version, writeGrants };
}

/**
 * Tries to write inside the transaction that checks run in. True when the server refused because it is read-only,
 * whatever the login may do elsewhere. Nothing is left behind if it succeeded: the transaction is rolled back.
 */
export async function writeIsRefused(connection: Connection): Promise<boolean> {
  try {
    await connection.run('CREATE TABLE lockstep_write_probe (n int)');
    return false;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    // 25006: read_only_sql_transaction
    if (code === '25006') return true;
    throw error;
  }
}
