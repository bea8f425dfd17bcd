/** Files that a command writes for a person, who may have changed what is there. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';

/** Below the folder, whoever named it: no step up, nothing hidden. */
const SAFE_NAME = /^(?!.*(?:^|\/)\.)[\w./-]+$/;

/**
 * Returns the paths. Throws a `UserError` when a file that says something else is in the way, and then writes nothing;
 * also when one cannot be written.
 * @param mode of new files
 */
export function writeFiles(
  folder: string,
  files: readonly { readonly name: string; readonly text: string }[],
  { force, mode = 0o666 }: { readonly force: boolean; readonly mode?: number },
): readonly string[] {
  const placed = files.map(({ name, text }) => {
    if (!SAFE_NAME.test(name)) throw new UserError(`a file may not be called ${JSON.stringify(name)}`);
    return { path: join(folder, name), text };
  });
  const different = placed.filter(({ path, text }) => differs(path, text));
  if (different.length > 0 && !force) {
    const names = different.map(({ path }) => path).join(', ');
    throw new UserError(
      `${names} would be replaced, with whatever you changed there; choose another --out, or add --force`,
    );
  }
  for (const { path, text } of placed) {
    attempt(path, 'written', () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode });
    });
  }
  return placed.map(({ path }) => path);
}

function differs(path: string, text: string): boolean {
  return existsSync(path) && attempt(path, 'read', () => readFileSync(path, 'utf8')) !== text;
}

function attempt<T>(path: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UserError(`${path} cannot be ${what} (${why})`);
  }
}
