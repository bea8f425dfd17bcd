/** What the login of a sync must be allowed to do. */
import type { Repair } from '../mender.ts';
import type { Side } from '../source.ts';
import type { Connection } from './connection.ts';
import { tableSql } from './statements.ts';

type Table = Pick<Side, 'schema' | 'table'>;

/** A row is locked with the right to update it, on the side that is only read, too. */
function needed({ left, right, directions, written }: Repair): readonly (readonly [Table, string])[] {
  const creates = {
    left: directions['missing_left'] !== 'skip',
    right: directions['missing_right'] !== 'skip',
  };
  return (['left', 'right'] as const).flatMap((name) => {
    const side = name === 'left' ? left : right;
    const { journal } = written[name];
    return [
      ...['SELECT', 'UPDATE', ...(creates[name] ? ['INSERT', 'DELETE'] : [])].map(
        (right) => [side, right] as const,
      ),
      ...(journal ? [[journal, 'INSERT'] as const] : []),
    ];
  });
}

/** The statements that grant what is missing. */
export async function missingGrants(connection: Connection, repair: Repair): Promise<string[]> {
  const grants = needed(repair);
  const rows = await connection.rows<[string]>(
    `SELECT format('GRANT %s ON %s TO %I;', privilege, relation, current_user)
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS needed(relation, privilege, nth)
     WHERE NOT has_table_privilege(relation, privilege) AND (privilege IN ('SELECT', 'DELETE')
       OR NOT has_any_column_privilege(relation, privilege)) ORDER BY nth`,
    [grants.map(([table]) => tableSql(table)), grants.map(([, privilege]) => privilege)],
  );
  return [...new Set(rows.map(([statement]) => statement))];
}
