/** The JSON Schema of `lockstep.yaml` for editors: the shapes that are validated, with room for `${…}`. */
import type { TSchema } from 'typebox';
import { checkEntry, entrySchema, sourceEntry, type EntryType } from './entry.ts';
import type { Registers } from './registers.ts';
import { Envelope, NAME_PATTERN } from './schema.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Readonly<Record<string, Json>>;

/** Draft 7, the newest that the YAML language server follows in full. */
export function configJsonSchema(registers: Registers): JsonObject {
  const envelope = plain(Envelope);
  const blocks = objectOf(admitPlaceholders(envelope)['properties']);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'lockstep.yaml',
    description: 'Which tables must agree, and how Lockstep looks at them',
    ...admitPlaceholders(envelope),
    properties: {
      ...blocks,
      sources: { ...objectOf(blocks['sources']), ...entries(sourceEntry(registers)) },
      checks: { ...objectOf(blocks['checks']), ...entries(checkEntry(registers)) },
    },
    definitions: {
      placeholder: {
        type: 'string',
        pattern: '\\$\\{[^}]+\\}',
        description: '${NAME} for an environment variable, ${file:path} for a file',
      },
    },
  };
}

/** As it is published beside the exporter. */
export function jsonSchemaText(registers: Registers): string {
  return `${JSON.stringify(configJsonSchema(registers), null, 2)}\n`;
}

function entries(type: EntryType): JsonObject {
  const names = Object.keys(type.own);
  const { description = '' } = objectOf(objectOf(plain(type.common)['properties'])[type.by]);
  return {
    propertyNames: { pattern: NAME_PATTERN },
    patternProperties: {},
    additionalProperties: {
      type: 'object',
      required: [type.by],
      properties: { [type.by]: { description, enum: names } },
      allOf: names.map((name) => ({
        if: { properties: { [type.by]: { const: name } }, required: [type.by] },
        then: admitPlaceholders(plain(entrySchema(type, name))),
      })),
    },
  };
}

/** What a schema is once it is JSON: TypeBox's own marks are not part of that. */
function plain(schema: TSchema): JsonObject {
  return objectOf(JSON.parse(JSON.stringify(schema)) as Json);
}

/** Any value that is not free text may also be written as a placeholder. */
function admitPlaceholders(schema: JsonObject): JsonObject {
  if (isConstrained(schema)) {
    const { description, default: fallback, ...shape } = schema;
    return {
      ...(description === undefined ? {} : { description }),
      ...(fallback === undefined ? {} : { default: fallback }),
      anyOf: [shape, { $ref: '#/definitions/placeholder' }],
    };
  }
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, Json] => {
      if (key === 'properties' || key === 'patternProperties') {
        const named = Object.entries(objectOf(value));
        return [
          key,
          Object.fromEntries(named.map(([name, inner]) => [name, admitPlaceholders(objectOf(inner))])),
        ];
      }
      if (key === 'items') return [key, admitPlaceholders(objectOf(value))];
      if (key === 'anyOf') return [key, listOf(value).map((branch) => admitPlaceholders(branch))];
      return [key, value];
    }),
  );
}

function isConstrained(schema: JsonObject): boolean {
  const { type } = schema;
  if (type === 'number' || type === 'integer' || type === 'boolean') return true;
  if (type === 'string') return 'pattern' in schema || Number(schema['minLength'] ?? 0) > 1;
  const branches = listOf(schema['anyOf']);
  return branches.length > 0 && branches.every((branch) => 'const' in branch);
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).map(objectOf) : [];
}
