/** Opens what a sync needs, for each check that may be mended. */
import type { CheckKind, Look } from '../checks/kind.ts';
import type { Config } from '../config/config.ts';
import type { Engine } from '../sources/source.ts';
import type { Workshop } from './repairs.ts';

export interface WorkshopParts {
  readonly config: Config;
  readonly registers: {
    readonly kinds: Readonly<Record<string, CheckKind>>;
    readonly engines: Readonly<Record<string, Engine>>;
  };
  /** for a person who waits */
  readonly look: () => Look;
  /** starts a run that begins after now */
  readonly run: (check: string) => void;
}

export function openWorkshops(parts: WorkshopParts): ReadonlyMap<string, Workshop> {
  const { config, registers, look, run } = parts;
  const open = (check: Config['checks'][number]): readonly [string, Workshop][] => {
    const kind = registers.kinds[check.kind];
    const order = kind?.repair?.(check);
    const source = order && config.sources.find(({ name }) => name === order.source);
    const mender =
      source && registers.engines[source.engine]?.mender?.(source.name, source.spec, order.url, order.repair);
    if (!kind || !order || !mender) return [];
    const workshop: Workshop = {
      order,
      mender,
      lookAgain: async (rows) => (await kind.recheck(check, look(), rows)).length,
      run: () => {
        run(check.name);
      },
    };
    return [[check.name, workshop]];
  };
  return new Map(config.checks.flatMap(open));
}
