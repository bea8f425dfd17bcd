/** What may happen to two tables, to the violations between them and to the plans that mend them. */
import fc from 'fast-check';
import type { SideName } from '../../exporter/src/core/sync-plan.ts';
import type { Directions } from '../chaos/watched-pairs.ts';
import { KEYS, SIDES } from './mended-pairs.ts';

const USERS = ['ada', 'bob'];

export type Step =
  | { readonly do: 'set'; readonly key: number; readonly side: SideName; readonly value: number | null }
  | { readonly do: 'run' | 'error' | 'reconfigure' }
  | { readonly do: 'mark'; readonly key: number; readonly hours: number | null }
  | { readonly do: 'unmark'; readonly key: number }
  | { readonly do: 'wait'; readonly hours: number }
  | { readonly do: 'plan'; readonly key: number | null; readonly by: string }
  | { readonly do: 'apply'; readonly nth: number; readonly foreign: boolean; readonly dryRun: boolean }
  | { readonly do: 'undo'; readonly nth: number; readonly by: string };

const key = fc.constantFrom(...KEYS);
const by = fc.constantFrom(...USERS);
const value = fc.option(fc.integer({ min: 1, max: 3 }), { freq: 4 });
const hours = fc.integer({ min: 1, max: 3 });
const seldom = fc.constantFrom(false, false, false, false, false, true);
// mostly the newest plan
const nth = fc.constantFrom(0, 0, 0, 0, 1);
const ways = ['left_to_right', 'right_to_left', 'to_higher', 'to_lower'] as const;
const direction = fc.constantFrom(...ways, ...ways, 'skip' as const);
export const directions: fc.Arbitrary<Directions> = fc.record({
  ...{ missing_left: direction, missing_right: direction, mismatch: direction },
});
/** what a sequence begins with: tables, a run that has seen them, and a plan */
export const beginning: fc.Arbitrary<readonly Step[]> = fc
  .tuple(...KEYS.map(() => fc.record({ left: value, right: value })))
  .map((pairs) => [
    ...KEYS.flatMap((one, i) =>
      SIDES.map((side): Step => ({ do: 'set', key: one, side, value: pairs[i]?.[side] ?? null })),
    ),
    { do: 'run' },
    { do: 'plan', key: null, by: 'ada' },
  ]);
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      ...{ key, side: fc.constantFrom(...SIDES), value },
    }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'run' as const }) },
  fc.constant({ do: 'reconfigure' as const }),
  fc.constant({ do: 'error' as const }),
  fc.record({ do: fc.constant('mark' as const), key, hours: fc.option(hours, { freq: 2 }) }),
  fc.record({ do: fc.constant('unmark' as const), key }),
  fc.record({ do: fc.constant('wait' as const), hours }),
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('plan' as const), key: fc.option(key, { freq: 1 }), by }),
  },
  {
    weight: 7,
    arbitrary: fc.record({ do: fc.constant('apply' as const), nth, foreign: seldom, dryRun: seldom }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('undo' as const), nth, by }) },
);
