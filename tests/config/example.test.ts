/** What is published for newcomers and editors fits what is accepted. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { parseConfig } from '../../exporter/src/config/load.ts';
import { roleSystemExample } from '../../exporter/src/config/role-system-example.ts';
import { publishedSchema } from '../../exporter/src/config/published-schema.ts';
import { ENVIRONMENT, REGISTERS } from './registers.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'lockstep.example.yaml');
const ROLES = join(ROOT, 'examples/role-system/lockstep.yaml');
const FIXTURES = join(ROOT, 'tests/fixtures/config');

const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  JSON.parse(publishedSchema()) as object,
);

test('the published JSON Schema is what the code generates', () => {
  expect(readFileSync(join(ROOT, 'exporter/lockstep.schema.json'), 'utf8')).toBe(publishedSchema());
});

test('the first line of the example points to the schema', () => {
  const [first] = readFileSync(EXAMPLE, 'utf8').split('\n');
  expect(first).toBe('# yaml-language-server: $schema=./exporter/lockstep.schema.json');
});

test('the example is valid for Lockstep and for editors', () => {
  const text = readFileSync(EXAMPLE, 'utf8');
  expect(parseConfig(EXAMPLE, text, REGISTERS, ENVIRONMENT)).toHaveProperty('config');
  validate(parse(text));
  expect(validate.errors ?? []).toEqual([]);
});

test('the example of a role system is what the code makes, and valid for Lockstep and for editors', () => {
  const text = readFileSync(ROLES, 'utf8');
  expect(text).toBe(roleSystemExample());
  const env = {
    ROLES_DATABASE_URL: 'libsql://roles.example.test',
    ROLES_DATABASE_TOKEN: 'token',
    ROLES_API_URL: 'https://api.example.test',
  };
  expect(parseConfig(ROLES, text, REGISTERS, env)).toHaveProperty('config');
  const quoted = text
    .replace('${ROLES_DATABASE_URL}', env.ROLES_DATABASE_URL)
    .replace('${ROLES_API_URL}', env.ROLES_API_URL);
  validate(parse(quoted));
  expect(validate.errors ?? []).toEqual([]);
});

test('a file that uses every setting is valid for editors once its placeholders are quoted', () => {
  const text = readFileSync(join(FIXTURES, 'valid/everything.yaml'), 'utf8');
  const quoted = text.replaceAll(/([[{:,] )(\$\{\w+\})/g, '$1"$2"');
  validate(parse(quoted, { merge: true }));
  expect(validate.errors ?? []).toEqual([]);
});

/** What only the loader can know: what other entries, files and the environment hold. */
const BEYOND_EDITORS = [
  'bad-cron', 'bad-time-zone', 'compared-columns-unpaired', 'durations-out-of-range', 'fields-not-unique',
  'fields-of-wrong-length', 'fields-reserved', 'jwt-neither', 'jwt-secret-and-jwks', 'keys-of-different-length',
  'listen-malformed', 'listen-on-ipv6-without-token', 'listen-port-too-high', 'listen-without-token',
  'placeholder-files', 'placeholders-unresolved', 'reserved-names', 'store-postgres-without-url',
  'store-sqlite-with-url', 'thresholds-crossed', 'thresholds-crossed-by-default', 'tls-files', 'tls-not-pem',
  'unknown-compared-column', 'unknown-source',
]; // prettier-ignore

const shapes = readdirSync(join(FIXTURES, 'invalid'))
  .filter((file) => file.endsWith('.yaml') && !BEYOND_EDITORS.includes(file.replace('.yaml', '')))
  .map((file) => [file, readFileSync(join(FIXTURES, 'invalid', file), 'utf8')] as const);

test.each(shapes)('editors mark %s too', (_file, text) => {
  let document: unknown;
  try {
    document = parse(text, { merge: true });
  } catch {
    return; // not YAML: marked without a schema
  }
  expect(validate(document)).toBe(false);
});
