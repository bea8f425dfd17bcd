/** Writes a plan, batch by batch: remembered before it is committed, told after. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import type { PlanRecord, RowResult } from '../core/sync-plan.ts';
import { FateError, type Mender, type PlacedWrite, type Written } from '../sources/mender.ts';
import type { LookLimits } from '../sources/source.ts';
import type { Store, SyncBatch } from '../stores/store.ts';
import { settleByFate } from './recover.ts';

export interface Application {
  readonly store: Store;
  readonly mender: Mender;
  readonly record: PlanRecord;
  readonly dryRun: boolean;
  /** of one batch: a plan may take as long as it needs */
  readonly limits: () => LookLimits;
  /** looked at between two batches */
  readonly stopping: AbortSignal;
}

export interface Applied {
  readonly results: readonly RowResult[];
  /** false when it was stopped before every row had its turn */
  readonly complete: boolean;
}

/** At most; their locks are held until the last of them is written. */
const ROWS_PER_BATCH = 50;
/** A row that somebody else is writing to gets this many turns of its own, while the time of all of them lasts. */
const TURNS = 5;
const TURNS_MS = 30_000;

export async function apply(application: Application): Promise<Applied> {
  const results: RowResult[] = [];
  const writes = application.record.plan.rows
    .flatMap(({ write }, nth): PlacedWrite[] => (write ? [{ nth, write }] : []))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const busy = await writeTogether(application, writes, results);
  const stillBusy = await writeAlone(application, busy, results);
  // some may have had no turn of their own
  const left = await writeTogether(application, stillBusy, results);
  if (left.length > 0 && application.stopping.aborted) return { results, complete: false };
  results.push(...(await passOver(application, left)));
  return { results, complete: true };
}

function keyOf({ write }: PlacedWrite): string {
  return JSON.stringify(write.keyText);
}

/** Returns the rows that somebody else holds, and those that had no turn because it was stopped. */
async function writeTogether(
  application: Application,
  writes: readonly PlacedWrite[],
  results: RowResult[],
): Promise<readonly PlacedWrite[]> {
  const busy: PlacedWrite[] = [];
  for (let waiting = writes; waiting.length > 0;) {
    if (application.stopping.aborted) return [...busy, ...waiting];
    const written = await writeBatch(application, waiting.slice(0, ROWS_PER_BATCH));
    results.push(...written.results);
    busy.push(...written.busy);
    waiting = [...written.later, ...waiting.slice(ROWS_PER_BATCH)];
  }
  return busy;
}

/** A row alone is waited for where a batch passes it over. */
async function writeAlone(
  application: Application,
  writes: readonly PlacedWrite[],
  results: RowResult[],
): Promise<readonly PlacedWrite[]> {
  const end = performance.now() + TURNS_MS;
  const over = (): boolean => application.stopping.aborted || performance.now() > end;
  let busy = writes;
  for (let turn = 1; turn <= TURNS && busy.length > 0 && !over(); turn += 1) {
    const stillBusy: PlacedWrite[] = [];
    for (const placed of busy) {
      const told = over() ? [] : (await writeBatch(application, [placed])).results;
      results.push(...told);
      if (told.length === 0) stillBusy.push(placed);
    }
    busy = stillBusy;
    await sleep(Math.random() * 50 * turn);
  }
  return busy;
}

async function passOver(
  { store, record, dryRun }: Application,
  busy: readonly PlacedWrite[],
): Promise<readonly RowResult[]> {
  const reason = 'somebody else was writing to the row all the time; try again';
  const results = busy.map(({ nth }): RowResult => ({ nth, outcome: 'skipped', reason, after: null, inverse: null })); // prettier-ignore
  if (!dryRun) await store.settleRows(record.plan.id, results);
  return results;
}

async function writeBatch(
  { store, mender, record, dryRun, limits }: Application,
  writes: readonly PlacedWrite[],
): Promise<Written> {
  const plan = record.plan.id;
  // one for each attempt; all before the last have come to nothing
  const batches: SyncBatch[] = [];
  const settle = async (committed: boolean): Promise<void> => {
    const last = batches.at(-1);
    if (last) await store.settleBatch(last, committed);
  };
  const beforeCommit = async (transaction: string, results: readonly RowResult[]): Promise<void> => {
    await settle(false);
    const batch = { id: randomUUID(), plan, transaction, at: Date.now() };
    batches.push(batch);
    await store.saveBatch(batch, results);
  };
  const written = await mender
    .write(writes, { ...limits(), dryRun, beforeCommit })
    .catch(async (error: unknown) => {
      const last = batches.at(-1);
      if (!last || !(error instanceof FateError)) {
        await settle(false);
        throw error;
      }
      const untold = await settleByFate({ store, mender }, last, limits());
      throw new UserError(
        untold === null
          ? 'The database was lost while the plan was applied; the rows tell what was written.'
          : 'The database did not answer the commit. Whether the last rows were written is found out as soon as it does.',
        { cause: error },
      );
    });
  if (dryRun) return written;
  // a store that fails from here on must not take the batch for one that came to nothing
  await settle(true);
  await store.settleRows(plan, written.results.filter(({ outcome }) => outcome !== 'written')); // prettier-ignore
  return written;
}
