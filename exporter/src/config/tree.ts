/** A parsed document that still knows where everything stood in the file. */

/** 1-based; columns count UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

export type Scalar = string | number | boolean | null;

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly at: Position;
  readonly value: Scalar;
  /** written without quotes */
  readonly plain: boolean;
  /** holds text that came from a `${…}`: it is never repeated in a message */
  readonly resolved: boolean;
  /** a `${…}` in it could not be resolved: nothing more can be said about the value */
  readonly broken: boolean;
}

export interface MapTree {
  readonly kind: 'map';
  readonly at: Position;
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface MapEntry {
  readonly keyAt: Position;
  readonly tree: Tree;
}

export interface ListTree {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: readonly Tree[];
}

export type Tree = ScalarTree | MapTree | ListTree;

export function childOf(tree: Tree | undefined, step: string | number): Tree | undefined {
  if (tree?.kind === 'map') return tree.entries.get(String(step))?.tree;
  if (tree?.kind === 'list') return tree.items[Number(step)];
  return undefined;
}

export function treeAt(tree: Tree | undefined, path: Path): Tree | undefined {
  return path.reduce(childOf, tree);
}

/** The text at a path; undefined when something else, nothing, or an unresolved placeholder is there. */
export function textAt(tree: Tree | undefined, path: Path): string | undefined {
  const found = treeAt(tree, path);
  return found?.kind === 'scalar' && typeof found.value === 'string' && !found.broken
    ? found.value
    : undefined;
}

export function entriesAt(tree: Tree | undefined, path: Path): readonly (readonly [string, MapEntry])[] {
  const found = treeAt(tree, path);
  return found?.kind === 'map' ? [...found.entries] : [];
}

export function itemsAt(tree: Tree | undefined, path: Path): readonly Tree[] {
  const found = treeAt(tree, path);
  return found?.kind === 'list' ? found.items : [];
}

/** Where the last step of the path stands, or the nearest thing above it that exists. */
export function locate(tree: Tree, path: Path, part: 'key' | 'value'): Position {
  let at = tree.at;
  let here: Tree | undefined = tree;
  for (const [i, step] of path.entries()) {
    const entry: MapEntry | undefined = here.kind === 'map' ? here.entries.get(String(step)) : undefined;
    const next: Tree | undefined = childOf(here, step);
    if (!next) return at;
    const last = i === path.length - 1;
    at = entry && (part === 'key' || !last) ? entry.keyAt : next.at;
    here = next;
  }
  return at;
}

/** The plain value. `__proto__` stays an ordinary key, because `fromEntries` defines instead of assigning. */
export function valueOf(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(valueOf);
  return Object.fromEntries([...tree.entries].map(([key, entry]) => [key, valueOf(entry.tree)]));
}

/** Rebuilds a tree with every scalar replaced. */
export function mapScalars(
  tree: Tree,
  change: (scalar: ScalarTree, path: Path) => ScalarTree,
  path: Path = [],
): Tree {
  if (tree.kind === 'scalar') return change(tree, path);
  if (tree.kind === 'list') {
    return { ...tree, items: tree.items.map((item, i) => mapScalars(item, change, [...path, i])) };
  }
  const entries = [...tree.entries].map(([key, entry]): [string, MapEntry] => [
    key,
    { ...entry, tree: mapScalars(entry.tree, change, [...path, key]) },
  ]);
  return { ...tree, entries: new Map(entries) };
}
