/** The text of `exporter/lockstep.schema.json`: the JSON Schema with every kind and engine there is. */
import { CHECK_KINDS } from '../checks/register.ts';
import { ENGINES } from '../sources/register.ts';
import { jsonSchemaText } from './json-schema.ts';

export function publishedSchema(): string {
  return jsonSchemaText({ kinds: CHECK_KINDS, engines: ENGINES });
}
