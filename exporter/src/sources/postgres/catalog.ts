/** What tables there are and how they are keyed, for `lockstep init`. */
import type { CatalogTable } from '../source.ts';
import type { Connection } from './connection.ts';

const COLUMN_NAMES = (numbers: string, relation: string): string => `
  (SELECT json_agg(a.attname ORDER BY u.nth) FROM unnest(${numbers}) WITH ORDINALITY AS u(num, nth)
   JOIN pg_attribute AS a ON a.attrelid = ${relation} AND a.attnum = u.num)`;

const CATALOG = `
SELECT json_build_object(
  'schema', n.nspname, 'table', c.relname, 'estimatedRows', greatest(c.reltuples, 0)::int8,
  'columns', (SELECT coalesce(json_agg(json_build_object(
      'name', attname, 'type', format_type(atttypid, NULL), 'nullable', NOT attnotnull) ORDER BY attnum), '[]')
    FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
  'primaryKey', coalesce((SELECT ${COLUMN_NAMES('i.indkey::int2[]', 'c.oid')}
    FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary), '[]'),
  'uniqueKeys', (SELECT coalesce(json_agg(${COLUMN_NAMES('(i.indkey::int2[])[0:i.indnkeyatts - 1]', 'c.oid')} ORDER BY i.indexrelid), '[]')
    FROM pg_index AS i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL),
  'foreignKeys', (SELECT coalesce(json_agg(json_build_object(
      'columns', ${COLUMN_NAMES('k.conkey', 'c.oid')},
      'schema', fn.nspname, 'table', f.relname,
      'references', ${COLUMN_NAMES('k.confkey', 'f.oid')}) ORDER BY k.conname), '[]')
    FROM pg_constraint AS k JOIN pg_class AS f ON f.oid = k.confrelid JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
    WHERE k.conrelid = c.oid AND k.contype = 'f'))::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND has_table_privilege(c.oid, 'SELECT')
ORDER BY n.nspname, c.relname`;

export async function readCatalog(connection: Connection): Promise<CatalogTable[]> {
  const rows = await connection.rows<[string]>(CATALOG, []);
  return rows.map(([json]) => JSON.parse(json) as CatalogTable);
}
