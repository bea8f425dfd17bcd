/** How a side of a check is written in the config, and what it becomes for a source. Shared by the kinds that join. */
import { Type, type Static } from 'typebox';
import type { Column, Normalisation, Side } from '../sources/source.ts';
import type { SpecProblem } from './kind.ts';

const strict = { additionalProperties: false } as const;

export const ColumnEntry = Type.Union([
  Type.String({ minLength: 1, description: 'A column; quoted as it stands' }),
  Type.Object(
    {
      expr: Type.String({ minLength: 1, description: 'An SQL expression over the columns of the table' }),
      as: Type.String({ minLength: 1, description: 'What to call it' }),
    },
    strict,
  ),
]);

const NormaliseEntry = Type.Array(
  Type.Union([Type.Literal('upper'), Type.Literal('lower'), Type.Literal('trim')]),
  { minItems: 1 },
);

export const sideProperties = {
  source: Type.String({ minLength: 1, description: 'Name of a source' }),
  schema: Type.Optional(
    Type.String({ minLength: 1, description: 'Schema, when the table name holds a dot' }),
  ),
  table: Type.String({ minLength: 1, description: 'Table or view; `schema.table` unless `schema` is given' }),
  where: Type.Optional(Type.String({ minLength: 1, description: 'SQL condition: only these rows' })),
  key: Type.Array(ColumnEntry, {
    minItems: 1,
    description: 'Columns that identify a row, in the same order on both sides',
  }),
  context: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description: 'Columns shown next to a violation, never compared',
    }),
  ),
};

export const comparedProperties = {
  compare: Type.Optional(
    Type.Array(ColumnEntry, {
      description: 'Columns whose values must agree, in the same order on both sides',
    }),
  ),
};

export const shared = {
  normalise: Type.Optional(
    Type.Record(Type.String(), NormaliseEntry, {
      description: 'By left column: what to apply to both values before they are compared',
    }),
  ),
  redact: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      description: 'Compared or context columns whose values never leave the source',
    }),
  ),
};

export type RawColumn = Static<typeof ColumnEntry>;
export type RawNormalise = Readonly<Record<string, readonly Normalisation[]>>;

export interface RawSide {
  readonly source: string;
  readonly schema?: string;
  readonly table: string;
  readonly where?: string;
  readonly key: readonly RawColumn[];
  readonly compare?: readonly RawColumn[];
  readonly context?: readonly string[];
}

/** The name by which the config and messages speak of a column. */
export function labelOf(column: RawColumn): string {
  return typeof column === 'string' ? column : column.as;
}

/** @param left the left side, by whose column names `normalise` is keyed */
export function toSide(side: RawSide, left: RawSide, normalise: RawNormalise = {}): Side {
  const columns = (own: readonly RawColumn[], partners: readonly RawColumn[]): Column[] =>
    own.map((column, i) => toColumn(column, normalise[labelOf(partners[i] ?? column)] ?? []));
  return {
    ...tableName(side),
    where: side.where ?? null,
    key: columns(side.key, left.key),
    compare: columns(side.compare ?? [], left.compare ?? []),
    context: side.context ?? [],
  };
}

export function toColumn(column: RawColumn, normalise: readonly Normalisation[]): Column {
  if (typeof column === 'string') return { label: column, column, normalise };
  return { label: column.as, expr: column.expr, normalise };
}

export function tableName({ schema, table }: { readonly schema?: string; readonly table: string }): {
  schema: string | null;
  table: string;
} {
  if (schema !== undefined) return { schema, table };
  const dot = table.indexOf('.');
  return dot < 0 ? { schema: null, table } : { schema: table.slice(0, dot), table: table.slice(dot + 1) };
}

/** What no schema can say of two sides: as many keys on both, and names that exist. */
export function sideProblems(
  entry: { normalise?: RawNormalise; redact?: readonly string[] } & object,
  names: readonly [string, string],
  normalisable: readonly string[],
): SpecProblem[] {
  const [first, second] = names.map((name) => (entry as Record<string, RawSide>)[name]);
  if (!first || !second) return [];
  const problems: SpecProblem[] = [];
  if (first.key.length !== second.key.length) {
    problems.push({
      path: [names[1], 'key'],
      message: `${names[0]}.key has ${String(first.key.length)} columns and ${names[1]}.key ${String(second.key.length)}`,
      fix: 'List the partner of each key column, in the same order',
    });
  }
  for (const label of Object.keys(entry.normalise ?? {}).filter((name) => !normalisable.includes(name))) {
    problems.push({
      path: ['normalise', label],
      message: `${names[0]} has no key or compared column "${label}"`,
      fix: `Use one of: ${normalisable.join(', ')}`,
    });
  }
  return [...problems, ...redactProblems(entry.redact ?? [], [first, second])];
}

function redactProblems(redact: readonly string[], sides: readonly RawSide[]): SpecProblem[] {
  const keys = sides.flatMap((side) => side.key.map(labelOf));
  const others = sides.flatMap((side) => [...(side.compare ?? []).map(labelOf), ...(side.context ?? [])]);
  return redact.flatMap((name, i): SpecProblem[] => {
    const path = ['redact', i];
    if (others.includes(name)) return [];
    if (keys.includes(name)) {
      const message = `"${name}" is a key column: a violation is known by its key, which cannot be hidden`;
      return [
        { path, message, fix: 'Redact compared or context columns, or key the check by something harmless' },
      ];
    }
    const fix = `Use one of: ${[...new Set(others)].join(', ') || '(no column is compared or shown)'}`;
    return [{ path, message: `no side compares or shows a column "${name}"`, fix }];
  });
}
