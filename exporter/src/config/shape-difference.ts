/** TypeBox's list of errors → one difference per fault: of a union, only the branch that was meant is told. */
import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';

export interface Difference {
  readonly pointer: readonly string[];
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** the schema that was not met */
  readonly schema: Readonly<Record<string, unknown>>;
  /** values a union of literals admits, or types a mixed union does */
  readonly allowed: readonly string[];
  readonly unknownKeys: readonly string[];
  readonly missingKeys: readonly string[];
  readonly knownKeys: readonly string[];
  /** what the schema says about one of its keys */
  describe(key: string): string | null;
}

export function differences(
  errors: readonly TLocalizedValidationError[],
  root: TSchema,
): readonly Difference[] {
  const unions = errors.filter((error) => error.keyword === 'anyOf');
  const outer = unions.filter((error) => !unions.some((other) => other !== error && isInside(error, other)));
  const plain = errors.filter((error) => !outer.some((union) => union === error || isInside(error, union)));
  return merged([
    ...plain.filter((error) => error.keyword !== 'boolean').map((error) => difference(error, root)),
    ...outer.flatMap((union) => unionDifferences(union, errors, root)),
  ]);
}

function isInside(error: TLocalizedValidationError, union: TLocalizedValidationError): boolean {
  return (
    error.schemaPath.startsWith(`${union.schemaPath}/anyOf/`) &&
    (error.instancePath === union.instancePath || error.instancePath.startsWith(`${union.instancePath}/`))
  );
}

function unionDifferences(
  union: TLocalizedValidationError,
  errors: readonly TLocalizedValidationError[],
  root: TSchema,
): readonly Difference[] {
  const branches = listOf(schemaAt(root, union.schemaPath)['anyOf']);
  const inside = errors.filter((error) => error !== union && isInside(error, union));
  const branchErrors = branches.map((_branch, i) =>
    inside.filter((error) => `${error.schemaPath}/`.startsWith(`${union.schemaPath}/anyOf/${String(i)}/`)),
  );
  const meant = branchErrors.find((own) => own.length > 0 && !own.some((error) => ofWrongKind(error, union)));
  if (meant) return differences(meant, root);
  const literal = branches.every((branch) => 'const' in branch);
  const allowed = branches.map((branch) => String(literal ? branch['const'] : branch['type']));
  return [
    { ...difference(union, root), keyword: literal ? 'const' : 'type', allowed: [...new Set(allowed)] },
  ];
}

function ofWrongKind(error: TLocalizedValidationError, union: TLocalizedValidationError): boolean {
  return error.instancePath === union.instancePath && ['type', 'const'].includes(error.keyword);
}

function difference(error: TLocalizedValidationError, root: TSchema): Difference {
  const schema = schemaAt(root, error.schemaPath);
  const properties = recordOf(schema['properties']);
  const params: Record<string, unknown> = { ...error.params };
  const literal = error.keyword === 'const' ? [String(params['allowedValue'])] : [];
  const type = error.keyword === 'type' ? [params['type']].flat().map(String) : [];
  return {
    pointer: error.instancePath.split('/').slice(1).map(unescape),
    keyword: error.keyword,
    params,
    schema,
    allowed: [...literal, ...type],
    unknownKeys: error.keyword === 'additionalProperties' ? textsOf(params['additionalProperties']) : [],
    missingKeys: error.keyword === 'required' ? textsOf(params['requiredProperties']) : [],
    knownKeys: Object.keys(properties),
    describe: (key) => {
      const description = recordOf(properties[key])['description'];
      return typeof description === 'string' ? description : null;
    },
  };
}

/** Unknown and missing keys of one object belong together: a misspelt required key is one fault. */
function merged(all: readonly Difference[]): readonly Difference[] {
  const result: Difference[] = [];
  for (const one of all) {
    const keys = one.unknownKeys.length > 0 || one.missingKeys.length > 0;
    const i = keys ? result.findIndex((other) => isSameObject(one, other)) : -1;
    const other = result[i];
    if (!other) result.push(one);
    else {
      result[i] = {
        ...other,
        unknownKeys: [...other.unknownKeys, ...one.unknownKeys],
        missingKeys: [...other.missingKeys, ...one.missingKeys],
      };
    }
  }
  return result;
}

function isSameObject(a: Difference, b: Difference): boolean {
  return a.schema === b.schema && a.pointer.join('/') === b.pointer.join('/') && b.allowed.length === 0;
}

function schemaAt(root: TSchema, pointer: string): Readonly<Record<string, unknown>> {
  return pointer
    .split('/')
    .slice(1)
    .reduce((schema, step) => recordOf(schema[unescape(step)]), recordOf(root));
}

function unescape(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
