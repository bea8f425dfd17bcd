/** What must hold for the block `store` beyond its shape. */
import type { Problems } from './problem.ts';
import { textAt, treeAt, type Tree } from './tree.ts';

const SETTINGS: Readonly<
  Record<string, { readonly needs: readonly string[]; readonly refuses: readonly string[] }>
> = {
  sqlite: { needs: [], refuses: ['url', 'schema'] },
  postgres: { needs: ['url'], refuses: ['path'] },
};

export function checkStore(root: Tree, problems: Problems): void {
  const has = (name: string): boolean => treeAt(root, ['store', name]) !== undefined;
  const engine = textAt(root, ['store', 'engine']) ?? (has('engine') ? '' : 'sqlite');
  const rules = Object.hasOwn(SETTINGS, engine) ? SETTINGS[engine] : undefined;
  if (!rules || treeAt(root, ['store'])?.kind !== 'map') return;
  for (const name of rules.needs.filter((needed) => !has(needed))) {
    const message = `is missing: a store of engine ${engine} needs it`;
    problems.add({ path: ['store', name], part: 'key', message, fix: 'add it' });
  }
  for (const name of rules.refuses.filter(has)) {
    const message = `a store of engine ${engine} has no such setting`;
    const other = engine === 'sqlite' ? 'postgres' : 'sqlite';
    problems.add({
      path: ['store', name],
      part: 'key',
      message,
      fix: `remove it, or write engine: ${other}`,
    });
  }
}
