/** Which columns of two tables may mean the same. */
import type { CatalogTable } from '../sources/source.ts';

export type KeyPair = readonly [left: string, right: string];

type Columns = Pick<CatalogTable, 'columns'>;

/** Kept by the application or the database for each table alone; that they differ says nothing. */
const BOOKKEEPING = new Set([
  ...[
    'id',
    'uuid',
    'created',
    'created_at',
    'created_on',
    'created_by',
    'inserted_at',
    'updated',
    'updated_at',
  ],
  ...[
    'updated_on',
    'updated_by',
    'modified_at',
    'modified_by',
    'deleted_at',
    'version',
    'revision',
    'lock_version',
  ],
]);

/** Value columns of the same name and a comparable type, in the left table's order. */
export function valueColumns(left: Columns, right: Columns, key: readonly KeyPair[]): readonly string[] {
  return left.columns
    .filter(({ name }) => !BOOKKEEPING.has(name.toLowerCase()))
    .filter(({ name }) => !key.some((pair) => pair.includes(name)))
    .filter(({ name, type }) =>
      right.columns.some((other) => other.name === name && comparable(type, other.type)),
    )
    .map(({ name }) => name);
}

/** Pairs the columns of two keys: equal names first, then names that share a word; null when one stays alone. */
export function pairKeys(
  left: Columns,
  leftKey: readonly string[],
  right: Columns,
  rightKey: readonly string[],
): readonly KeyPair[] | null {
  if (leftKey.length !== rightKey.length) return null;
  const partners = new Map<string, string>();
  const free = new Set(rightKey);
  for (const alike of [sameName, sameSubject, sameEnding]) {
    for (const column of leftKey) {
      if (partners.has(column)) continue;
      const partner = [...free].find(
        (other) => alike(column, other) && comparable(typeOf(left, column), typeOf(right, other)),
      );
      if (partner === undefined) continue;
      partners.set(column, partner);
      free.delete(partner);
    }
  }
  if (free.size > 0) return null;
  return leftKey.map((column): KeyPair => [column, partners.get(column) ?? column]);
}

function sameName(a: string, b: string): boolean {
  return a === b;
}

/** `specialization_id` and `specialization_type` */
function sameSubject(a: string, b: string): boolean {
  const [first, second] = [words(a), words(b)];
  return first.length > 1 && second.length > 1 && first[0] === second[0];
}

/** `student_id` and `user_id`; a bare `id` says nothing */
function sameEnding(a: string, b: string): boolean {
  const [first, second] = [words(a), words(b)];
  return first.length > 1 && second.length > 1 && first.at(-1) === second.at(-1);
}

function words(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

function typeOf(table: Columns, column: string): string {
  return table.columns.find(({ name }) => name === column)?.type ?? '';
}

const FAMILIES: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint', 'numeric'],
  ['text', 'character varying', 'character', 'citext'],
  ['real', 'double precision'],
];

function comparable(a: string, b: string): boolean {
  return a === b || FAMILIES.some((family) => family.includes(a) && family.includes(b));
}
