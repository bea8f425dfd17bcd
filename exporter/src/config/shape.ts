/** Compares a part of the document with its schema; each difference becomes one problem in plain words. */
import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Errors } from 'typebox/value';
import { nearest } from '../core/nearest.ts';
import type { Problems } from './problem.ts';
import { differences, type Difference } from './shape-difference.ts';
import { lowerFirst, wordsFor } from './shape-words.ts';
import { childOf, treeAt, valueOf, type Path, type Tree } from './tree.ts';

/** @param path of `part` within the whole document, for the messages */
export function checkShape(schema: TSchema, root: Tree, path: Path, problems: Problems): void {
  const part = treeAt(root, path);
  if (!part) return;
  for (const difference of differences(allErrors(schema, valueOf(part)), schema)) {
    const inside = typedPath(part, difference.pointer);
    if (broken(treeAt(part, inside))) continue;
    report(difference, root, [...path, ...inside], problems);
  }
}

/** TypeBox stops at 8 errors by default, a setting that is global. */
export function allErrors(schema: TSchema, value: unknown): ReturnType<typeof Errors> {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: 10_000 });
  try {
    return Errors(schema, value);
  } finally {
    Settings.Set({ maxErrors });
  }
}

function report(difference: Difference, root: Tree, path: Path, problems: Problems): void {
  const { unknownKeys, missingKeys, knownKeys } = difference;
  if (unknownKeys.length === 0 && missingKeys.length === 0) {
    problems.add({ path, ...wordsFor(difference, treeAt(root, path)) });
    return;
  }
  const meant = unknownKeys.map((key) => nearest(key, knownKeys));
  for (const [i, key] of unknownKeys.entries()) {
    const suggestion = meant[i] ?? null;
    const fix = suggestion === null ? `use only ${knownKeys.join(', ')}` : 'remove it or correct its name';
    problems.add({ path: [...path, key], part: 'key', message: 'unknown setting', fix, suggestion });
  }
  for (const key of missingKeys.filter((name) => !meant.includes(name))) {
    const about = difference.describe(key);
    problems.add({
      path: [...path, key],
      part: 'key',
      message: 'is missing',
      fix: about === null ? 'add it' : `add it (${lowerFirst(about)})`,
    });
  }
}

function typedPath(part: Tree, pointer: readonly string[]): Path {
  let here: Tree | undefined = part;
  return pointer.map((step) => {
    const typed = here?.kind === 'list' ? Number(step) : step;
    here = childOf(here, typed);
    return typed;
  });
}

function broken(tree: Tree | undefined): boolean {
  return tree?.kind === 'scalar' && tree.broken;
}
