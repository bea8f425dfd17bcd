/** Syncs on a schedule, as jobs called `sync:CHECK`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RepairOrder } from '../checks/kind.ts';
import { UserError } from '../core/errors.ts';
import { planCounts } from '../core/sync-plan.ts';
import type { Jobs } from '../schedule/jobs.ts';
import type { Job } from '../schedule/schedule.ts';
import { RepairRefused } from './refused.ts';
import type { Repairs } from './repairs.ts';

const ACTOR = 'schedule';
const RETRY_AFTER_MS = 1_000;

export function syncJobs(
  orders: readonly (RepairOrder & { readonly timezone: string })[],
  { jobs, repairs }: { readonly jobs: Jobs; readonly repairs: Repairs },
): Job[] {
  return orders.flatMap((order): Job[] => {
    const { check, schedule, timezone, misfireGraceMs } = order;
    if (schedule === null) return [];
    const name = `sync:${check}`;
    const due = (): Promise<void> =>
      jobs.run(name, (_startedAt, signal) => syncWithRetries(repairs, order, signal));
    return [{ name, schedule, timezone, misfireGraceMs, due }];
  });
}

async function syncWithRetries(repairs: Repairs, order: RepairOrder, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await syncOnce(repairs, order);
      return;
    } catch (error) {
      if (attempt === order.retries || !(error instanceof UserError)) throw error;
      await sleep(RETRY_AFTER_MS * 2 ** attempt, undefined, { signal });
    }
  }
}

async function syncOnce(repairs: Repairs, { check, dryRun }: RepairOrder): Promise<void> {
  const made = await repairs.plan(check, {}, ACTOR).catch((error: unknown) => {
    if (error instanceof RepairRefused && error.kind === 'unfit') return null;
    throw error;
  });
  // nothing is open
  if (made === null) return;
  const reason = dryRun ? 'dry run of the schedule' : 'schedule';
  const { record } = await repairs.apply(made.plan.id, { by: ACTOR, reason, dryRun });
  const { failed } = planCounts(record.results.map(({ outcome }) => outcome));
  if (failed > 0) throw new UserError(`${String(failed)} rows of plan ${made.plan.id} could not be written`);
}
