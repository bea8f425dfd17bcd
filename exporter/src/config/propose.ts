/** What a catalog suggests should agree. Pure, and in the order of the catalog. */
import type { CatalogTable } from '../sources/source.ts';
import { pairKeys, valueColumns, type KeyPair } from './similar-columns.ts';

type TableName = Pick<CatalogTable, 'schema' | 'table'>;

export interface ProposedCoupling {
  readonly kind: 'coupling';
  readonly left: TableName;
  readonly right: TableName;
  /** key columns in pairs, [left, right] */
  readonly key: readonly KeyPair[];
  /** names of value columns that both have */
  readonly compare: readonly string[];
  /** false: the names are only alike, so a person has to say whether they mean the same */
  readonly certain: boolean;
}

export interface ProposedReference {
  readonly kind: 'reference';
  readonly from: TableName;
  readonly column: string;
  readonly nullable: boolean;
  readonly to: TableName;
  readonly key: string;
}

export interface Proposals {
  readonly tables: number;
  readonly couplings: readonly ProposedCoupling[];
  readonly references: readonly ProposedReference[];
  /** what was seen and not proposed, each with the reason */
  readonly left: readonly string[];
}

/** More would be a wall that nobody reads. */
const MOST_COUPLINGS = 50;
const MOST_REFERENCES = 100;

export function propose(catalog: readonly CatalogTable[]): Proposals {
  const tables = [...catalog].sort(
    (a, b) => compareText(a.schema, b.schema) || compareText(a.table, b.table),
  );
  const { couplings, surrogate, guarded } = allCouplings(tables);
  const { references, covered } = allReferences(tables);
  const keyless = tables.filter((table) => keysOf(table).length === 0).length;
  const certain = couplings.filter((coupling) => coupling.certain);
  const ordered = [...certain, ...couplings.filter((coupling) => !coupling.certain)];
  return {
    tables: tables.length,
    couplings: ordered.slice(0, MOST_COUPLINGS),
    references: references.slice(0, MOST_REFERENCES),
    left: [
      reason(ordered.length - MOST_COUPLINGS, 'more coupling', 'only the first 50 are written'),
      reason(references.length - MOST_REFERENCES, 'more reference', 'only the first 100 are written'),
      reason(
        surrogate,
        'pair of tables',
        'their only common key is an "id", which numbers the rows of each alone',
      ),
      reason(guarded, 'pair of tables', 'a foreign key joins them and they share no other column'),
      reason(covered, 'column', 'a foreign key guards it already'),
      reason(keyless, 'table', 'no primary key or unique index, so no coupling'),
    ].filter((line) => line !== null),
  };
}

function reason(count: number, noun: string, why: string): string | null {
  if (count <= 0) return null;
  const plural = noun.startsWith('pair') ? noun.replace('pair', 'pairs') : `${noun}s`;
  return `${String(count)} ${count === 1 ? noun : plural}: ${why}`;
}

function allCouplings(tables: readonly CatalogTable[]): {
  couplings: ProposedCoupling[];
  surrogate: number;
  guarded: number;
} {
  const couplings: ProposedCoupling[] = [];
  let surrogate = 0;
  let guarded = 0;
  for (const [i, left] of tables.entries()) {
    for (const right of tables.slice(i + 1)) {
      const pairs = commonKeys(left, right);
      const meaningful = pairs.filter(({ key }) => !isSurrogate(key) || joined(left, right, key));
      if (pairs.length > 0 && meaningful.length === 0) surrogate += 1;
      const best = meaningful.find(({ certain }) => certain) ?? meaningful[0];
      if (!best) continue;
      const compare = valueColumns(left, right, best.key);
      if (compare.length > 0) couplings.push({ kind: 'coupling', ...sides(left, right), ...best, compare });
      else if (best.certain && joined(left, right, best.key)) guarded += 1;
      else if (best.certain) couplings.push({ kind: 'coupling', ...sides(left, right), ...best, compare });
    }
  }
  return { couplings, surrogate, guarded };
}

function sides(left: CatalogTable, right: CatalogTable): { left: TableName; right: TableName } {
  return { left: nameOf(left), right: nameOf(right) };
}

function nameOf({ schema, table }: CatalogTable): TableName {
  return { schema, table };
}

/** Keys of both tables that pair up column by column; the same names before names that are alike. */
function commonKeys(
  left: CatalogTable,
  right: CatalogTable,
): { key: readonly KeyPair[]; certain: boolean }[] {
  const found = keysOf(left).flatMap((a) =>
    keysOf(right).flatMap((b) => {
      const key = pairKeys(left, a, right, b);
      return key === null ? [] : [{ key, certain: key.every(([x, y]) => x === y) }];
    }),
  );
  return [...found.filter((pair) => pair.certain), ...found.filter((pair) => !pair.certain)];
}

/** Each once, the primary key first. */
function keysOf(table: CatalogTable): readonly (readonly string[])[] {
  const keys = [table.primaryKey, ...table.uniqueKeys].filter((key) => key.length > 0);
  return [...new Map(keys.map((key) => [JSON.stringify([...key].sort()), key])).values()];
}

function isSurrogate(key: readonly KeyPair[]): boolean {
  return key.length === 1 && key.flat().some((column) => ['id', 'uuid'].includes(column.toLowerCase()));
}

/** Whether a foreign key of one table refers to the other along exactly these columns. */
function joined(left: CatalogTable, right: CatalogTable, key: readonly KeyPair[]): boolean {
  const refers = (from: CatalogTable, to: CatalogTable, pairs: readonly KeyPair[]): boolean =>
    from.foreignKeys.some(
      (foreign) =>
        foreign.schema === to.schema &&
        foreign.table === to.table &&
        foreign.columns.length === pairs.length &&
        foreign.columns.every((column, i) =>
          pairs.some(([a, b]) => a === column && b === foreign.references[i]),
        ),
    );
  return (
    refers(left, right, key) ||
    refers(
      right,
      left,
      key.map(([a, b]): KeyPair => [b, a]),
    )
  );
}

function allReferences(tables: readonly CatalogTable[]): {
  references: ProposedReference[];
  covered: number;
} {
  const references: ProposedReference[] = [];
  let covered = 0;
  for (const from of tables) {
    for (const { name, type, nullable } of from.columns) {
      const to = referred(tables, from, name, type);
      const key = to?.primaryKey[0];
      if (!to || key === undefined) continue;
      if (from.foreignKeys.some((foreign) => foreign.columns.includes(name))) covered += 1;
      else
        references.push({
          kind: 'reference',
          from: nameOf(from),
          column: name,
          nullable,
          to: nameOf(to),
          key,
        });
    }
  }
  return { references, covered };
}

/** `user_id` refers to `user`, `users` or `useres`, in the same schema first, elsewhere only when there is one such. */
function referred(
  tables: readonly CatalogTable[],
  from: CatalogTable,
  column: string,
  type: string,
): CatalogTable | undefined {
  const stem = /^(.+?)_?id$/i.exec(column)?.[1]?.toLowerCase();
  if (stem === undefined || column.toLowerCase() === 'id') return undefined;
  const names = new Set([stem, `${stem}s`, `${stem}es`, stem.replace(/y$/, 'ies')]);
  const fitting = tables.filter(
    (table) =>
      names.has(table.table.toLowerCase()) &&
      table.primaryKey.length === 1 &&
      table.columns.some((own) => own.name === table.primaryKey[0] && own.type === type) &&
      !(table === from && table.primaryKey[0] === column),
  );
  const near = fitting.filter((table) => table.schema === from.schema);
  if (near.length > 0) return near[0];
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** By code unit, so that the order is the same everywhere. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
