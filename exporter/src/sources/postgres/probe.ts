/** Proof that the login can only read. */
import type { Probe } from '../source.ts';
import type { Connection } from './connection.ts';
import { quote } from './statements.ts';

const LOGIN = `
SELECT current_user::text, current_setting('server_version'), rolsuper::text, rolcreaterole::text
FROM pg_roles WHERE rolname = current_user`;

const WRITABLE_TABLES = `
SELECT format('%I.%I', n.nspname, c.relname),
  concat_ws(', ',
    CASE WHEN has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
    CASE WHEN has_table_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
    CASE WHEN has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END,
    CASE WHEN has_table_privilege(c.oid, 'TRUNCATE') THEN 'TRUNCATE' END)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
ORDER BY 1 LIMIT 20`;

const WRITABLE_SCHEMAS = `
SELECT nspname FROM pg_namespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'CREATE')
ORDER BY 1 LIMIT 20`;

/** Which grants let this login write, each as the statement that takes it away. */
export async function loginFacts(connection: Connection): Promise<Omit<Probe, 'writeRefused'>> {
  const [login] = await connection.rows<[string, string, string, string]>(LOGIN, []);
  const [user, version, superuser, createRole] = login ?? ['unknown', 'unknown', 'false', 'false'];
  const role = quote(user);
  const writeGrants: string[] = [];
  if (superuser === 'true') writeGrants.push(`ALTER ROLE ${role} NOSUPERUSER;`);
  if (createRole === 'true') writeGrants.push(`ALTER ROLE ${role} NOCREATEROLE;`);
  if (superuser !== 'true') {
    const tables = await connection.rows<[string, string]>(WRITABLE_TABLES, []);
    for (const [table, grants] of tables) writeGrants.push(`REVOKE ${grants} ON ${table} FROM ${role};`);
    const schemas = await connection.rows<[string]>(WRITABLE_SCHEMAS, []);
    for (const [schema] of schemas)
      writeGrants.push(`REVOKE CREATE ON SCHEMA ${quote(schema)} FROM ${role};`);
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
