/** One entry of `sources` or `checks`: what every entry may say, and what its own engine or kind adds. */
import { Type, type TObject, type TSchema } from 'typebox';
import type { Registers } from './registers.ts';
import { CheckCommon, SourceCommon } from './schema.ts';

export interface EntryType {
  /** the property that names the engine or kind */
  readonly by: 'engine' | 'kind';
  readonly common: TObject;
  /** what each engine or kind adds */
  readonly own: Readonly<Record<string, TSchema>>;
}

export function sourceEntry(registers: Registers): EntryType {
  return { by: 'engine', common: SourceCommon, own: schemas(registers.engines) };
}

export function checkEntry(registers: Registers): EntryType {
  return { by: 'kind', common: CheckCommon, own: schemas(registers.kinds) };
}

function schemas(register: Readonly<Record<string, { readonly schema: TSchema }>>): Record<string, TSchema> {
  return Object.fromEntries(Object.entries(register).map(([name, { schema }]) => [name, schema]));
}

/**
 * The whole schema of an entry that names itself `name`. When no such engine or kind exists, the properties of all of
 * them are let through, so that the wrong name is one problem and not twenty.
 */
export function entrySchema(type: EntryType, name: string | undefined): TObject {
  const own = name === undefined || !Object.hasOwn(type.own, name) ? undefined : type.own[name];
  const described: { description?: string } = type.common.properties[type.by] ?? {};
  const names = (own === undefined ? Object.keys(type.own) : [String(name)]).map((value) =>
    Type.Literal(value),
  );
  const added = own === undefined ? anything(Object.values(type.own)) : propertiesOf(own);
  return Type.Object(
    {
      ...type.common.properties,
      [type.by]: Type.Union(names, { description: described.description ?? '' }),
      ...added,
    },
    { additionalProperties: false },
  );
}

export function propertiesOf(schema: TSchema): Record<string, TSchema> {
  return 'properties' in schema ? (schema.properties as Record<string, TSchema>) : {};
}

function anything(all: readonly TSchema[]): Record<string, TSchema> {
  const names = all.flatMap((schema) => Object.keys(propertiesOf(schema)));
  return Object.fromEntries(names.map((name) => [name, Type.Optional(Type.Unknown())]));
}

/** The part of an entry that belongs to its engine or kind. */
export function ownPart(schema: TSchema, entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).filter(([key]) => Object.hasOwn(propertiesOf(schema), key)),
  );
}
