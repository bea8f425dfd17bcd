/** What became of writes whose end nobody has seen: the database itself knows which transactions it committed. */
import { UserError } from '../core/errors.ts';
import type { RowResult } from '../core/sync-plan.ts';
import type { Mender } from '../sources/mender.ts';
import type { LookLimits } from '../sources/source.ts';
import type { Store, SyncBatch } from '../stores/store.ts';

interface Parts {
  readonly store: Store;
  readonly mender: Mender;
}

/** Why it cannot be told yet; null once it is. */
export async function settleByFate(
  { store, mender }: Parts,
  batch: SyncBatch,
  limits: LookLimits,
): Promise<string | null> {
  try {
    const fate = await mender.fate(batch.transaction, limits);
    if (fate === 'running') return 'its transaction is still going on';
    if (fate === 'forgotten') await settleByRows({ store, mender }, batch, limits);
    else await store.settleBatch(batch, fate === 'committed');
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Where the database no longer knows the transaction, its rows may tell by themselves. */
async function settleByRows({ store, mender }: Parts, batch: SyncBatch, limits: LookLimits): Promise<void> {
  const record = await store.plan(batch.plan);
  const sent = (record?.plan.rows ?? []).flatMap(({ write }, nth) => {
    const { outcome, inverse } = record?.results[nth] ?? { outcome: null, inverse: null };
    return outcome === 'writing' && write && inverse ? [{ nth, write, inverse }] : [];
  });
  const asBefore = await mender.differences(
    sent.map(({ write }) => ({ ...write, other: null })),
    limits,
  );
  const asAfter = await mender.differences(
    sent.map(({ inverse }) => inverse),
    limits,
  );
  const untold = sent.flatMap(({ nth }, i): RowResult[] => {
    const [before, after] = [asBefore[i] === null, asAfter[i] === null];
    if (after && !before) return [];
    const nothing = { nth, after: null, inverse: null };
    return before && !after
      ? [{ ...nothing, outcome: 'skipped', reason: 'it was not written: the row is as it was before the plan' }]
      : [{ ...nothing, outcome: 'failed', reason: 'nobody can tell whether it was written: the database has forgotten the transaction, and the row has changed since' }]; // prettier-ignore
  });
  await store.settleRows(batch.plan, untold);
  await store.settleBatch(batch, untold.length < sent.length);
}

/**
 * Ends every plan that was interrupted, once the fate of each of its transactions is known.
 * @param menders check → what mends it; plans of other checks wait for their configuration to come back
 */
export async function recover({
  store,
  menders,
  except,
  limits,
}: {
  readonly store: Store;
  readonly menders: ReadonlyMap<string, Mender>;
  /** plans that are being applied at this moment */
  readonly except: ReadonlySet<string>;
  readonly limits: () => LookLimits;
}): Promise<{
  readonly finished: readonly string[];
  /** plan → why it cannot be told yet what became of it */
  readonly waiting: ReadonlyMap<string, string>;
}> {
  const finished: string[] = [];
  const waiting = new Map<string, string>();
  for (const { plan, check, batches } of await store.unfinishedPlans()) {
    const mender = menders.get(check);
    if (!mender || except.has(plan)) continue;
    const reasons = await Promise.all(
      batches.map((batch) => settleByFate({ store, mender }, batch, limits())),
    );
    const [reason] = reasons.filter((one) => one !== null);
    if (reason !== undefined) {
      waiting.set(plan, reason);
      continue;
    }
    await store.finishPlan(plan, 'interrupted');
    finished.push(plan);
  }
  return { finished, waiting };
}
