/** Mends violations: shows what it would write, writes exactly that or nothing, and can take it back. */
import type { Logger } from 'pino';
import type { RepairOrder } from '../checks/kind.ts';
import { UserError } from '../core/errors.ts';
import {
  planCounts,
  planId,
  refusal,
  ruleHash,
  type PlanRecord,
  type PlanRow,
  type SyncPlan,
} from '../core/sync-plan.ts';
import type { Disagreement } from '../core/violation.ts';
import type { Metrics } from '../metrics.ts';
import type { Mender } from '../sources/mender.ts';
import type { Store } from '../stores/store.ts';
import { apply, type Applied } from './apply.ts';
import { choose, type LeftOut } from './choosing.ts';
import { recover } from './recover.ts';
import { RepairRefused } from './refused.ts';

/** What a sync of one check needs. */
export interface Workshop {
  readonly order: RepairOrder;
  readonly mender: Mender;
  /** Looks again at some keys at once; resolves to how many still disagree. */
  readonly lookAgain: (rows: readonly Disagreement[]) => Promise<number>;
  /** Starts a run that begins after now. */
  readonly run: () => void;
}

export interface RepairsParts {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** check → what mends it; a check that nothing mends is absent */
  readonly workshops: ReadonlyMap<string, Workshop>;
}

export interface MadePlan extends PlanRecord {
  readonly leftOut: LeftOut;
}

export interface AppliedPlan {
  readonly record: PlanRecord;
  /** of the rows that were written, how many disagree all the same; null when it could not be told */
  readonly stillApart: number | null;
}

/** Long enough to read a plan, too short to forget it. */
const PLAN_LIFE_MS = 15 * 60_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const TRANSACTION_TIMEOUT_MS = 60_000;
const OVERDUE = `the database took longer than ${String(TRANSACTION_TIMEOUT_MS / 1000)} s; what it was asked for then was cancelled`;
const RECOVER_EVERY_MS = 10_000;

export class Repairs {
  readonly #parts: RepairsParts;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  /** plans that are being applied here */
  readonly #applying = new Set<string>();
  /** plans of which it was told that nobody knows yet what they wrote */
  readonly #waiting = new Set<string>();
  #recovery: NodeJS.Timeout | undefined;

  constructor(parts: RepairsParts) {
    this.#parts = parts;
  }

  /** What became of the plans that a crash interrupted is found out as soon as their databases answer. */
  start(): void {
    void this.#recover();
  }

  /** No further batch is written; what is being written is waited for. */
  async stop(): Promise<void> {
    clearTimeout(this.#recovery);
    this.#stopping.abort(new UserError('cancelled: the exporter is stopping or reloading'));
    await Promise.allSettled(this.#underWay);
  }

  /**
   * A plan for chosen violations, or for the open ones that can be mended.
   * @throws RepairRefused when nothing can be planned; SourceError when the rows cannot be read
   */
  async plan(
    check: string,
    chosen: { readonly ids?: readonly string[]; readonly kinds?: readonly string[] },
    by: string,
  ): Promise<MadePlan> {
    const workshop = this.#workshop(check);
    const { toMend, leftOut } = await choose(this.#parts.store, workshop.order, chosen);
    const rows = await workshop.mender.propose(toMend, this.#limits());
    const record = await this.#save(workshop, { check, undoOf: null, by, rows });
    if (leftOut.noRoom > 0)
      this.#parts.logger.warn({ check, plan: record.plan.id, ...leftOut }, 'sync plan is full');
    return { ...record, leftOut };
  }

  /** A plan that takes back what another one wrote. */
  async undo(id: string, by: string): Promise<PlanRecord> {
    const { plan, state, results } = await this.#record(id);
    const workshop = this.#workshop(plan.check);
    if (state === 'planned' || state === 'applying') {
      throw new RepairRefused('unfit', 'The plan has not been applied: there is nothing to take back.');
    }
    const written = plan.rows.flatMap((row, i) => {
      const inverse = results[i]?.inverse ?? null;
      return results[i]?.outcome === 'written' && inverse ? [{ row, inverse }] : [];
    });
    const differences = await workshop.mender.differences(
      written.map(({ inverse }) => inverse),
      this.#limits(),
    );
    const rows = written.map(({ row, inverse }, i): PlanRow => {
      const skipped = differences[i] ?? null;
      return { ...row, write: skipped === null ? inverse : null, skipped };
    });
    return this.#save(workshop, { check: plan.check, undoOf: plan.id, by, rows });
  }

  /** Once the promise resolves, what is written is committed and in the audit trail. A dry run is rolled back. */
  apply(
    id: string,
    asked: { readonly by: string; readonly reason: string; readonly dryRun: boolean },
  ): Promise<AppliedPlan> {
    return this.#watched(
      this.#apply(id, asked).catch(async (error: unknown) => {
        // what was written before it failed is told as soon as it can be
        if (!(error instanceof RepairRefused)) await this.#recover();
        throw error;
      }),
    );
  }

  async #watched<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    return work.finally(() => this.#underWay.delete(work));
  }

  async #apply(
    id: string,
    { by, reason, dryRun }: { readonly by: string; readonly reason: string; readonly dryRun: boolean },
  ): Promise<AppliedPlan> {
    const { store, metrics, logger } = this.#parts;
    const record = await this.#record(id);
    const { check } = record.plan;
    const workshop = this.#workshop(check);
    const now = Date.now();
    const refused = refusal(record, { by, rule: ruleHash(workshop.order.repair), now });
    if (refused) throw new RepairRefused(refused.kind, refused.message);
    if (!dryRun && !(await store.claimPlan(id, { by, reason, at: now }))) {
      throw new RepairRefused('used', 'Somebody else has begun to apply the plan.');
    }
    const { mender } = workshop;
    const parts = { limits: () => this.#limits(), stopping: this.#stopping.signal };
    this.#applying.add(id);
    const applied = await apply({ store, mender, record, dryRun, ...parts }).finally(() =>
      this.#applying.delete(id),
    );
    if (dryRun) return { record: withResults(record, applied), stillApart: null };
    await store.finishPlan(id, applied.complete ? 'applied' : 'interrupted');
    const after = await this.#record(id);
    const counts = planCounts(after.results.map(({ outcome }) => outcome));
    metrics.syncFinished(check, counts);
    logger.info({ check, plan: id, by, ...counts }, 'sync plan applied');
    return { record: after, stillApart: await this.#lookAgain(workshop, after) };
  }

  /** The keys at once, for who waits; then the whole check, for everybody else. */
  async #lookAgain(
    { lookAgain, run, order }: Workshop,
    { plan, results }: PlanRecord,
  ): Promise<number | null> {
    const rows = plan.rows
      .filter((_, i) => results[i]?.outcome === 'written')
      .map(({ kind, key }) => ({ kind, key, left: null, right: null }));
    try {
      return rows.length === 0 ? 0 : await lookAgain(rows);
    } catch (error) {
      this.#parts.logger.warn({ check: order.check, err: error }, 'mended rows could not be looked at again');
      return null;
    } finally {
      run();
    }
  }

  async #save(
    { order }: Workshop,
    made: Pick<SyncPlan, 'check' | 'undoOf' | 'rows'> & { readonly by: string },
  ): Promise<PlanRecord> {
    const createdAt = Date.now();
    const { check, undoOf, rows, by } = made;
    const content = {
      ...{ check, undoOf, createdAt, createdBy: by, expiresAt: createdAt + PLAN_LIFE_MS },
      ...{ rule: ruleHash(order.repair), rows },
    };
    const plan = { id: planId(content), ...content };
    await this.#parts.store.savePlan(plan);
    return this.#record(plan.id);
  }

  async #record(id: string): Promise<PlanRecord> {
    const record = await this.#parts.store.plan(id);
    if (!record) throw new RepairRefused('unknown', 'There is no such plan. Old ones are not kept.');
    return record;
  }

  #workshop(check: string): Workshop {
    const workshop = this.#parts.workshops.get(check);
    if (workshop) return workshop;
    throw new RepairRefused('unfit', `Nothing may be written for check "${check}": it has no \`sync\`.`);
  }

  #limits(): { readonly timeoutMs: number; readonly signal: AbortSignal } {
    const ending = new AbortController();
    const end = (): void => {
      ending.abort(new UserError(OVERDUE));
    };
    setTimeout(end, TRANSACTION_TIMEOUT_MS).unref();
    return { timeoutMs: STATEMENT_TIMEOUT_MS, signal: ending.signal };
  }

  async #recover(): Promise<void> {
    const { store, logger, workshops } = this.#parts;
    clearTimeout(this.#recovery);
    const menders = new Map([...workshops].map(([check, { mender }]) => [check, mender]));
    const except = this.#applying;
    const waiting = await this.#watched(
      recover({ store, menders, except, limits: () => this.#limits() }),
    ).then(
      ({ finished, waiting: left }) => {
        for (const plan of finished)
          logger.warn({ plan }, 'sync plan interrupted; what it wrote is told by now');
        for (const [plan, reason] of left) {
          if (!this.#waiting.has(plan))
            logger.warn({ plan, reason }, 'sync plan interrupted; what it wrote cannot be told yet');
          this.#waiting.add(plan);
        }
        return left.size > 0;
      },
      (error: unknown) => {
        logger.error({ err: error }, 'interrupted sync plans could not be looked at');
        return true;
      },
    );
    if (!waiting || this.#stopping.signal.aborted) return;
    this.#recovery = setTimeout(() => void this.#recover(), RECOVER_EVERY_MS);
    this.#recovery.unref();
  }
}

function withResults(record: PlanRecord, { results }: Applied): PlanRecord {
  const byPlace = new Map(results.map((result) => [result.nth, result]));
  return { ...record, results: record.results.map((before, nth) => byPlace.get(nth) ?? before) };
}
