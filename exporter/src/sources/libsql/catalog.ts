/** What tables there are and how they are keyed, for `lockstep init`. */
import type { CatalogTable } from '../source.ts';
import { countOf, textOf, type Connection } from './connection.ts';
import { quote } from './values.ts';

/** INT, BIGINT and INTEGER are one type. A foreign key that names no columns means the primary key of its table. */
const CATALOG = `
SELECT json_group_array(json(described)) FROM (
  SELECT json_object(
    'schema', 'main', 'table', t.name, 'estimatedRows', 0,
    'columns', (SELECT json_group_array(json_object('name', name, 'type', iif(upper(type) LIKE '%INT%', 'integer', lower(type)),
        'nullable', json(iif("notnull" OR pk > 0, 'false', 'true')))) FROM pragma_table_info(t.name)),
    'primaryKey', (SELECT json_group_array(name) FROM (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)),
    'uniqueKeys', (SELECT json_group_array((SELECT json_group_array(name) FROM pragma_index_info(i.name)))
        FROM pragma_index_list(t.name) AS i WHERE i."unique" AND NOT i.partial AND i.origin <> 'pk'
        AND NOT EXISTS (SELECT 1 FROM pragma_index_info(i.name) WHERE name IS NULL)),
    'foreignKeys', (SELECT json_group_array(json(fk)) FROM (
        SELECT json_object('columns', json_group_array("from"), 'schema', 'main', 'table', "table",
          'references', json_group_array(coalesce("to", (SELECT name FROM pragma_table_info(f."table") AS p WHERE p.pk = f.seq + 1)))) AS fk
        FROM pragma_foreign_key_list(t.name) AS f GROUP BY id ORDER BY id))) AS described
  FROM pragma_table_list AS t
  WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND t.name NOT LIKE '\\_litestream\\_%' ESCAPE '\\' AND t.name NOT LIKE 'libsql\\_wasm\\_%' ESCAPE '\\'
  ORDER BY t.name)`;

export async function readCatalog(connection: Connection): Promise<CatalogTable[]> {
  const text = await textOf(connection, CATALOG, []);
  const tables = JSON.parse(text ?? '[]') as CatalogTable[];
  const counted: CatalogTable[] = [];
  for (const table of tables) {
    const estimatedRows = await countOf(connection, `SELECT count(*) FROM ${quote(table.table)}`);
    counted.push({ ...table, estimatedRows });
  }
  return counted;
}
