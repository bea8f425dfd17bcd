/** `lockstep enforce CHECK`: the migration that prevents instead of detects. It is printed, never run. */
import { CHECK_KINDS } from '../checks/register.ts';
import { loadConfig } from '../config/load.ts';
import { UserError } from '../core/errors.ts';
import { ENGINES } from '../sources/register.ts';
import { chosenChecks } from './sources.ts';

export function enforceCommand(
  name: string,
  options: { readonly config: string; readonly mode: 'refuse' | 'log'; readonly down: boolean },
): number {
  const config = loadConfig(options.config, { kinds: CHECK_KINDS, engines: ENGINES }, process.env);
  const [check] = chosenChecks(config, [name]);
  const kind = check && CHECK_KINDS[check.kind];
  if (!kind) throw new UserError(`there is no check "${name}"`);
  if (!kind.prevention) {
    throw new UserError(
      `checks of kind "${check.kind}" cannot be enforced; a foreign key does that for a reference`,
    );
  }
  const { left, right, universe } = kind.prevention(check);
  const source = config.sources.find((one) => one.name === check.sources[0]);
  const engine = source && ENGINES[source.engine];
  if (!engine?.prevent) {
    throw new UserError(`sources of engine "${source?.engine ?? ''}" cannot enforce anything`);
  }
  const { up, down } = engine.prevent({ check: name, left, right, universe, mode: options.mode });
  process.stdout.write(options.down ? down : up);
  return 0;
}
