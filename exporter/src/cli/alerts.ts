/** `lockstep alerts render`: the rules, the routes and the templates for the checks of one configuration. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { alertFiles } from '../alerts/files.ts';
import { CHECK_KINDS } from '../checks/register.ts';
import { loadConfig } from '../config/load.ts';
import { UserError } from '../core/errors.ts';
import { ENGINES } from '../sources/register.ts';

export interface RenderOptions {
  readonly config: string;
  /** folder */
  readonly out: string;
  /** whether files that say something else are replaced */
  readonly force: boolean;
}

/** @throws UserError when a file is in the way, or cannot be written; then nothing is */
export function renderAlerts({ config, out, force }: RenderOptions): number {
  const { checks, alerts } = loadConfig(config, { kinds: CHECK_KINDS, engines: ENGINES }, process.env);
  const files = [...alertFiles({ ...alerts, checks: checks.filter((check) => check.enabled) })].map(
    ([path, text]) => ({ path: join(out, path), text }),
  );
  const different = files.filter(({ path, text }) => existsSync(path) && readFileSync(path, 'utf8') !== text);
  if (different.length > 0 && !force) {
    const names = different.map(({ path }) => path).join(', ');
    throw new UserError(
      `${names} would be replaced, with whatever you changed there; choose another --out, or add --force`,
    );
  }
  for (const { path, text } of files) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new UserError(`${path} cannot be written (${why})`);
    }
    process.stdout.write(`${path}\n`);
  }
  return 0;
}
