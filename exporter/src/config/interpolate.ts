/** Resolves `${NAME}` and `${file:path}` inside scalar values. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nearest } from '../core/nearest.ts';
import type { Problems } from './problem.ts';
import { mapScalars, type Path, type ScalarTree, type Tree } from './tree.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Groups: escaped, body, unfinished. */
const PLACEHOLDER = /(\$\$\{)|\$\{([^{}]*)\}|(\$\{)/g;

/** @param folder that relative file paths start from */
export function interpolate(tree: Tree, env: Environment, folder: string, problems: Problems): Tree {
  return mapScalars(tree, (scalar, path) => {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) return scalar;
    return resolveText(scalar, scalar.value, (body) => lookUp(body, env, folder, path, problems));
  });
}

function resolveText(
  scalar: ScalarTree,
  text: string,
  lookUpBody: (body: string | null) => string | null,
): ScalarTree {
  let resolved = false;
  let broken = false;
  const value = text.replaceAll(PLACEHOLDER, (_match, escaped?: string, body?: string) => {
    if (escaped !== undefined) return '${';
    const found = lookUpBody(body ?? null);
    if (found === null) broken = true;
    else resolved = true;
    return found ?? '';
  });
  return { ...scalar, value, resolved, broken };
}

/** null when there is no such thing, which is then among the problems. */
function lookUp(
  body: string | null,
  env: Environment,
  folder: string,
  path: Path,
  problems: Problems,
): string | null {
  if (body?.startsWith('file:'))
    return readPlaceholderFile(body.slice('file:'.length), folder, path, problems);
  if (body === null || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(body)) {
    problems.add({
      path,
      message: 'this is not a placeholder',
      fix: 'write ${NAME} for an environment variable, ${file:path} for a file, or $${ for the text ${',
    });
    return null;
  }
  const value = env[body];
  if (value !== undefined) return value;
  problems.add({
    path,
    message: `the environment variable ${body} is not set`,
    fix: 'set it before starting',
    suggestion: nearest(body, Object.keys(env).sort()),
  });
  return null;
}

function readPlaceholderFile(name: string, folder: string, path: Path, problems: Problems): string | null {
  try {
    return readFileSync(resolve(folder, name), 'utf8').replace(/(\r?\n)+$/, '');
  } catch (error) {
    problems.add({
      path,
      message: `the file ${name} cannot be read (${fileFault(error)})`,
      fix: 'write a path that starts at the folder of this configuration file, or an absolute one',
    });
    return null;
  }
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a folder',
};

export function fileFault(error: unknown): string {
  const { code = 'unknown reason' } = error as { code?: string };
  return FILE_FAULTS[code] ?? code;
}
