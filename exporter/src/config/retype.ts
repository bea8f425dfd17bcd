/** `enabled: ${FLAG}` resolves to text; where the schema wants a number or true/false, the text is read as one. */
import type { TSchema } from 'typebox';
import { allErrors } from './shape.ts';
import { differences } from './shape-difference.ts';
import { mapScalars, treeAt, valueOf, type Path, type Scalar, type ScalarTree, type Tree } from './tree.ts';

/** @param path of the part of `root` that the schema describes */
export function retype(schema: TSchema, root: Tree, path: Path): Tree {
  const part = treeAt(root, path);
  if (!part) return root;
  const wanted = new Map(
    differences(allErrors(schema, valueOf(part)), schema)
      .filter((difference) => difference.keyword === 'type')
      .map((difference) => [pointerText([...path, ...difference.pointer]), difference.allowed]),
  );
  if (wanted.size === 0) return root;
  return mapScalars(root, (scalar, at) => {
    const allowed = wanted.get(pointerText(at));
    return allowed && scalar.resolved && scalar.plain
      ? { ...scalar, value: readAs(allowed, scalar) }
      : scalar;
  });
}

function readAs(types: readonly string[], { value }: ScalarTree): Scalar {
  if (typeof value !== 'string') return value;
  if (types.includes('boolean') && /^(true|false)$/.test(value)) return value === 'true';
  const numeric = types.includes('number') || types.includes('integer');
  return numeric && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function pointerText(path: Path): string {
  return JSON.stringify(path.map(String));
}
