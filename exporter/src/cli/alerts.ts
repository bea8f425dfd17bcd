/** `lockstep alerts render`: the rules, the routes and the templates for the checks of one configuration. */
import { alertFiles } from '../alerts/files.ts';
import { CHECK_KINDS } from '../checks/register.ts';
import { loadConfig } from '../config/load.ts';
import { ENGINES } from '../sources/register.ts';
import { writeFiles } from './write-files.ts';

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
    ([name, text]) => ({ name, text }),
  );
  for (const path of writeFiles(out, files, { force })) process.stdout.write(`${path}\n`);
  return 0;
}
