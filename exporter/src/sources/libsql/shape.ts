/** What the schema, and where it is silent a few rows, say about the columns of a side. */
import { SourceError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Column, ColumnType, Side, SideTypes } from '../source.ts';
import { rowsOf, textOf, utf8, type Connection } from './connection.ts';
import { conditions, tableSql } from './statements.ts';
import { declaredStorage, FORM_OF, normalisedSql, seenStorage, type Storage } from './values.ts';

export interface ColumnShape extends ColumnType {
  readonly storage: Storage;
  /** false only when the schema guarantees it */
  readonly nullable: boolean;
}

export interface SideShape extends SideTypes {
  readonly key: readonly ColumnShape[];
  readonly compare: readonly ColumnShape[];
  /** true when a column may compare in another way than byte by byte */
  readonly collated: boolean;
}

interface TableFacts {
  readonly collated: boolean;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly cid: number;
    readonly notnull: boolean;
    readonly pk: number;
  }[];
  readonly uniques: readonly (readonly number[])[];
  readonly rowidIsKey: boolean;
}

/** Parameters: the table, its schema. NULL when there is no such table. A view may take a collation from its tables. */
const TABLE_FACTS = `
SELECT json_object(
  'collated', json(iif(t.type = 'table' AND m.sql IS NOT NULL AND m.sql NOT LIKE '%collate%', 'false', 'true')),
  'columns', (SELECT json_group_array(json_object('name', name, 'type', type, 'cid', cid,
      'notnull', json(iif("notnull", 'true', 'false')), 'pk', pk)) FROM pragma_table_xinfo(t.name, t.schema)),
  'uniques', (SELECT json_group_array((SELECT json_group_array(cid) FROM pragma_index_xinfo(i.name, t.schema) WHERE key))
      FROM pragma_index_list(t.name, t.schema) AS i WHERE i."unique" AND NOT i.partial),
  'rowidIsKey', json(iif(t.type = 'table' AND NOT t.wr AND NOT EXISTS
      (SELECT 1 FROM pragma_index_list(t.name, t.schema) WHERE origin = 'pk'), 'true', 'false')))
FROM pragma_table_list AS t LEFT JOIN sqlite_schema AS m ON lower(m.name) = lower(t.name) AND m.type IN ('table', 'view')
WHERE lower(t.name) = lower(?1) AND t.schema = ?2`;

const ROWS_SEEN = 100;

/** @throws SourceError naming the table or column that is not there, and the nearest one that is */
export async function sideShape(connection: Connection, side: Side): Promise<SideShape> {
  const facts = await tableFacts(connection, side);
  const columns = [...side.key, ...side.compare];
  for (const column of columns) requireColumn(connection.source, side, facts, column.column);
  for (const context of side.context) requireColumn(connection.source, side, facts, context);
  const storages = await storagesOf(connection, side, columns, facts);
  const shapes = columns.map((column, i): ColumnShape => {
    const known = factsOf(facts, column);
    const storage = storages[i] ?? 'mixed';
    return {
      label: column.label,
      type: known && known.type !== '' && column.normalise.length === 0 ? known.type.toLowerCase() : storage,
      form: FORM_OF[storage],
      storage,
      nullable: !(known && (known.notnull || (facts.rowidIsKey && known.pk > 0))),
    };
  });
  return {
    key: shapes.slice(0, side.key.length),
    compare: shapes.slice(side.key.length),
    keyIsUnique: keyIsUnique(side, facts),
    collated: facts.collated || columns.some((column) => column.expr !== undefined),
  };
}

async function tableFacts(connection: Connection, side: Side): Promise<TableFacts> {
  const text = await textOf(connection, TABLE_FACTS, [side.table, side.schema ?? 'main']);
  if (text !== null) return JSON.parse(text) as TableFacts;
  const names = await rowsOf(
    connection,
    'SELECT CAST(name AS BLOB) FROM pragma_table_list WHERE schema = ?1',
    [side.schema ?? 'main'],
  );
  const near = nearest(side.table, names.map(([name]) => utf8(connection.source, name ?? null))); // prettier-ignore
  throw new SourceError(
    connection.source,
    `there is no table ${tableSql(side)}${near ? `; did you mean "${near}"?` : '. Check the name, and that the address is the right database'}`,
  );
}

function requireColumn(source: string, side: Side, facts: TableFacts, name: string | undefined): void {
  if (name === undefined || facts.columns.some((column) => sameName(column.name, name))) return;
  const names = facts.columns.map((column) => column.name);
  const near = nearest(name, names);
  const hint = near ? `did you mean "${near}"?` : `its columns are ${names.join(', ')}`;
  throw new SourceError(source, `table ${tableSql(side)} has no column "${name}"; ${hint}`);
}

async function storagesOf(
  connection: Connection,
  side: Side,
  columns: readonly Column[],
  facts: TableFacts,
): Promise<readonly Storage[]> {
  const declared = columns.map((column) => {
    if (column.normalise.length > 0) return 'text';
    return declaredStorage(factsOf(facts, column)?.type ?? '');
  });
  const unknown = columns.filter((_, i) => declared[i] === null);
  // also where nothing is unknown, so that a condition or expression that does not work is told before anything else
  const typeOf = unknown.map((column) => `typeof(${normalisedSql(column)})`);
  const select = [...typeOf, ...columns.map((column) => `${normalisedSql(column)} IS NULL`)];
  const limit = unknown.length > 0 ? ROWS_SEEN : 0;
  const rows = await rowsOf(
    connection,
    `SELECT ${select.map((sql) => `CAST(${sql} AS BLOB)`).join(', ')} FROM ${tableSql(side)}${conditions(side)} LIMIT ${String(limit)}`,
  );
  const seen = unknown.map((_, i) => {
    const types = rows.map((row) => utf8(connection.source, row[i] ?? null));
    return seenStorage(new Set(types.filter((type) => type !== 'null')));
  });
  return declared.map((storage, i) => {
    const column = columns[i];
    return storage ?? (column === undefined ? 'mixed' : (seen[unknown.indexOf(column)] ?? 'mixed'));
  });
}

function factsOf(facts: TableFacts, { column }: Column): TableFacts['columns'][number] | undefined {
  return facts.columns.find(({ name }) => column !== undefined && sameName(name, column));
}

/** SQLite's names have no case. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function keyIsUnique(side: Side, facts: TableFacts): boolean {
  if (side.key.some((column) => column.expr !== undefined || column.normalise.length > 0)) return false;
  const key = side.key.map((column) => factsOf(facts, column));
  if (facts.rowidIsKey && key.some((column) => (column?.pk ?? 0) > 0)) return true;
  return facts.uniques.some((unique) => unique.every((cid) => key.some((column) => column?.cid === cid)));
}
