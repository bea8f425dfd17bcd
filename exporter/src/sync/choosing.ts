/** Which violations a plan is for. */
import type { RepairOrder } from '../checks/kind.ts';
import { mendable } from '../core/sync-plan.ts';
import type { Remembered } from '../core/violation.ts';
import type { ToMend } from '../sources/mender.ts';
import type { Store } from '../stores/store.ts';
import { RepairRefused } from './refused.ts';

export interface Chosen {
  readonly toMend: readonly ToMend[];
  readonly leftOut: LeftOut;
}

/** Open violations that were asked for and are not in the plan. */
export interface LeftOut {
  /** beyond `maxRows` */
  readonly noRoom: number;
  /** nothing that a sync may write mends their kinds */
  readonly unmendable: number;
}

/** As people count: 9 before 10. */
const collator = new Intl.Collator('en', { numeric: true });
const byKey = (a: Remembered, b: Remembered): number => collator.compare(a.key.join('/'), b.key.join('/'));

/**
 * The violations of some ids, or what is open and can be mended.
 * @throws RepairRefused when there is none
 */
export async function choose(
  store: Store,
  { check, maxRows, repair }: RepairOrder,
  { ids, kinds }: { readonly ids?: readonly string[]; readonly kinds?: readonly string[] },
): Promise<Chosen> {
  const remembered = await store.remembered(check, ids ?? []);
  const unknown = ids?.find((id) => !remembered.has(id));
  if (unknown !== undefined) {
    throw new RepairRefused('unknown', `Check "${check}" has no violation ${unknown}.`);
  }
  const found = [...remembered.values()].filter(({ id, kind, state }) => {
    if (kinds !== undefined && !kinds.includes(kind)) return false;
    return ids ? ids.includes(id) : state === 'open';
  });
  if (found.length === 0) throw new RepairRefused('unfit', 'There is no such violation to mend.');
  if (ids) {
    if (found.length > maxRows) {
      throw new RepairRefused('unfit', `At most ${String(maxRows)} rows fit into a plan (sync.maxRows).`);
    }
    return { toMend: found.sort(byKey).map(toMend), leftOut: { noRoom: 0, unmendable: 0 } };
  }
  const fit = found.filter(({ kind }) => mendable(kind, repair.directions));
  const unmendable = found.length - fit.length;
  if (fit.length === 0) {
    const message = `None of the ${String(unmendable)} open violations can be mended: \`sync\` of check "${check}" leaves their kinds alone.`;
    throw new RepairRefused('unfit', message);
  }
  const chosen = fit.length > maxRows ? await firstOf(fit, maxRows, store, check) : fit;
  return {
    toMend: chosen.sort(byKey).map(toMend),
    leftOut: { noRoom: fit.length - chosen.length, unmendable },
  };
}

/** Rows that could not be written come after all others, the longest ago first: they would keep their place for ever. */
async function firstOf(
  found: readonly Remembered[],
  count: number,
  store: Store,
  check: string,
): Promise<Remembered[]> {
  const refusedAt = await store.refusedRows(check);
  const at = ({ id }: Remembered): number => refusedAt.get(id) ?? 0;
  return found.toSorted((a, b) => at(a) - at(b) || byKey(a, b)).slice(0, count);
}

function toMend({ id, key }: Remembered): ToMend {
  return { violationId: id, key };
}
