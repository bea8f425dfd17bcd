/** Names of sources, checks and stages. */
import type { Problems } from './problem.ts';
import { NAME_PATTERN } from './schema.ts';
import { entriesAt, type Tree } from './tree.ts';

/** Jobs that are not checks share the metric label `job_name` with them. */
const RESERVED = ['retention', 'sync', 'report'];

export function checkNames(root: Tree, problems: Problems): void {
  for (const section of [['sources'], ['checks'], ['gate', 'stages']]) {
    for (const [name] of entriesAt(root, section)) {
      const place = { path: [...section, name], part: 'key' as const };
      if (!isName(name)) {
        problems.add({
          ...place,
          message: 'this name cannot be used',
          fix: 'begin with a letter a to z, go on with a to z, 0 to 9 and _, at most 63 characters',
          suggestion: toName(name),
        });
      } else if (section[0] === 'checks' && RESERVED.includes(name)) {
        problems.add({
          ...place,
          message: 'this name is kept for a job of Lockstep itself',
          fix: `choose another, such as ${name}_check`,
        });
      }
    }
  }
}

export function isName(text: string): boolean {
  return new RegExp(NAME_PATTERN).test(text);
}

/** The nearest text that is a name, or null when nothing of it could be kept. */
export function toName(text: string): string | null {
  const name = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+/, '')
    .slice(0, 63)
    .replace(/_+$/, '');
  return isName(name) ? name : null;
}
