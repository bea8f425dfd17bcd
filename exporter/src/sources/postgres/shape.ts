/** What the catalog says about the columns of a side: types, NULLs, collations, and whether its key is unique. */
import { SourceError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import type { Column, ColumnType, Side, SideTypes } from '../source.ts';
import type { Connection } from './connection.ts';
import { conditions, normalisedSql, tableSql } from './statements.ts';
import { comparableCast, formOf } from './values.ts';

export interface ColumnShape extends ColumnType {
  readonly oid: number;
  /** false only when the catalog guarantees it */
  readonly nullable: boolean;
  readonly collation: string | null;
  /** type to cast to before comparing, where the type itself has no `=` */
  readonly cast: string | null;
  /** true when the partner has another collation and both must be compared under "C" */
  readonly forceC: boolean;
}

export interface SideShape extends SideTypes {
  readonly key: readonly ColumnShape[];
  readonly compare: readonly ColumnShape[];
  /** share of the table's pages that an index-only scan need not read, by the last VACUUM or ANALYZE */
  readonly visiblePages: number;
}

interface TableFacts {
  readonly columns: readonly { readonly name: string; readonly num: number; readonly notnull: boolean }[];
  readonly uniques: readonly (readonly number[])[];
  readonly visiblePages: number;
}

/**
 * What is written down is not always guaranteed: the rows of inheriting tables are in no index of the parent, foreign
 * tables enforce nothing, and since Postgres 18 a NOT NULL may be NOT VALID.
 */
const TABLE_FACTS = `
SELECT json_build_object(
  'columns', coalesce((SELECT json_agg(json_build_object('name', attname, 'num', attnum, 'notnull',
                attnotnull AND enforced AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = c.oid
                  AND contype = 'n' AND NOT convalidated AND conkey = ARRAY[attnum])))
              FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), '[]'::json),
  'uniques', coalesce((SELECT json_agg((indkey::int2[])[0:indnkeyatts - 1])
              FROM pg_index WHERE indrelid = c.oid AND indisunique AND indisvalid AND enforced
              AND indpred IS NULL AND indexprs IS NULL), '[]'::json),
  'visiblePages', relallvisible / greatest(relpages, 1)::float8)::text
FROM pg_class AS c CROSS JOIN LATERAL (SELECT c.relkind <> 'f' AND NOT
  (c.relkind = 'r' AND EXISTS (SELECT 1 FROM pg_inherits WHERE inhparent = c.oid)) AS enforced) AS guarantees
WHERE c.oid = to_regclass($1)`;

/** -1, not NULL: `character` and `bit` would mean a length of 1 in a cast. */
const TYPE_FACTS = `
SELECT oid::int8 AS oid, format_type(oid, -1) AS name, typtype::text AS category, typcollation <> 0 AS collatable
FROM pg_type WHERE oid = ANY($1::oid[])`;

interface TypeFacts {
  readonly name: string;
  readonly category: string;
  /** two different collations must not meet in one comparison */
  readonly collatable: boolean;
}

/** @throws SourceError naming the table or column that is not there, and the nearest one that is */
export async function sideShape(connection: Connection, side: Side): Promise<SideShape> {
  const facts = await tableFacts(connection, side);
  const columns = [...side.key, ...side.compare];
  for (const column of columns) requireColumn(connection.source, side, facts, column.column);
  for (const context of side.context) requireColumn(connection.source, side, facts, context);
  const described = await connection.describe(
    `SELECT ${columns.map((column) => normalisedSql(column)).join(', ')} FROM ${tableSql(side)}${conditions(side)} LIMIT 0`,
  );
  const types = await typeFacts(connection, described);
  const collations = await collationsOf(connection, side, columns, described, types);
  const shapes = columns.map((column, i): ColumnShape => {
    const oid = described[i] ?? 0;
    const type = types.get(oid) ?? { name: 'unknown', category: 'b', collatable: false };
    const known = facts.columns.find((candidate) => candidate.name === column.column);
    return {
      label: column.label,
      type: type.name,
      form: formOf(oid, type.name, type.category),
      oid,
      nullable: !(known?.notnull ?? false),
      collation: collations[i] ?? null,
      cast: comparableCast(oid),
      forceC: false,
    };
  });
  return {
    key: shapes.slice(0, side.key.length),
    compare: shapes.slice(side.key.length),
    keyIsUnique: keyIsUnique(side, facts),
    visiblePages: facts.visiblePages,
  };
}

/** Two implicit collations cannot meet in one comparison; where they differ, both sides compare bytes. */
export function reconcileCollations(a: SideShape, b: SideShape): [SideShape, SideShape] {
  const force = (own: readonly ColumnShape[], other: readonly ColumnShape[]): ColumnShape[] =>
    own.map((column, i) => {
      const partner = other[i]?.collation ?? null;
      const differ = column.collation !== null && partner !== null && column.collation !== partner;
      return { ...column, forceC: differ };
    });
  return [
    { ...a, key: force(a.key, b.key), compare: force(a.compare, b.compare) },
    { ...b, key: force(b.key, a.key), compare: force(b.compare, a.compare) },
  ];
}

async function tableFacts(connection: Connection, side: Side): Promise<TableFacts> {
  const [row] = await connection.rows<[string]>(TABLE_FACTS, [tableSql(side)]);
  if (row) return JSON.parse(row[0]) as TableFacts;
  const names = await connection.rows<[string]>(
    `SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = coalesce($1, current_schema())`,
    [side.schema],
  );
  const near = nearest(side.table, names.map(([name]) => name)); // prettier-ignore
  throw new SourceError(
    connection.source,
    `there is no table ${tableSql(side)} that this login can see${near ? `; did you mean "${near}"?` : '. Check the name, the schema and the search_path'}`,
  );
}

function requireColumn(source: string, side: Side, facts: TableFacts, name: string | undefined): void {
  if (name === undefined || facts.columns.some((column) => column.name === name)) return;
  const names = facts.columns.map((column) => column.name);
  const near = nearest(name, names);
  const hint = near ? `did you mean "${near}"?` : `its columns are ${names.join(', ')}`;
  throw new SourceError(source, `table ${tableSql(side)} has no column "${name}"; ${hint}`);
}

async function typeFacts(
  connection: Connection,
  oids: readonly number[],
): Promise<ReadonlyMap<number, TypeFacts>> {
  const rows = await connection.rows<[string, string, string, string]>(TYPE_FACTS, [[...new Set(oids)]]);
  return new Map(
    rows.map(([oid, name, category, collatable]) => [
      Number(oid),
      { name, category, collatable: collatable === 't' },
    ]),
  );
}

async function collationsOf(
  connection: Connection,
  side: Side,
  columns: readonly Column[],
  oids: readonly number[],
  types: ReadonlyMap<number, TypeFacts>,
): Promise<(string | null)[]> {
  const asked = columns.map((column, i) =>
    types.get(oids[i] ?? 0)?.collatable === true
      ? `pg_collation_for(${normalisedSql(column)})`
      : 'NULL::text',
  );
  if (asked.every((sql) => sql === 'NULL::text')) return asked.map(() => null);
  // ON false: one row whatever the table holds, and nothing of the table is read
  const [row] = await connection.rows<(string | null)[]>(
    `SELECT ${asked.join(', ')} FROM (SELECT 1) AS one LEFT JOIN ${tableSql(side)} ON false`,
    [],
  );
  return row ?? asked.map(() => null);
}

function keyIsUnique(side: Side, facts: TableFacts): boolean {
  if (side.key.some((column) => column.expr !== undefined || column.normalise.length > 0)) return false;
  const numbers = side.key.map((column) => facts.columns.find(({ name }) => name === column.column)?.num);
  return facts.uniques.some((unique) => unique.every((number) => numbers.includes(number)));
}
