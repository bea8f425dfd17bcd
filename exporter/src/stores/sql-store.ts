/** The one set of queries that both stores share; `sqlite.ts` and `postgres.ts` open the database below it. */
import type { Baseline } from '../core/baseline.ts';
import type { Deployment } from '../core/deployment.ts';
import type { Run } from '../core/run.ts';
import type { PlanRecord, RowResult, SyncPlan } from '../core/sync-plan.ts';
import type { KnownMark, Remembered, Violation, ViolationEvent } from '../core/violation.ts';
import { addAudit, auditPage } from './audit-trail.ts';
import { baselineRows, baselines, chooseBaseline, makeBaseline, removeBaseline } from './baselines.ts';
import { addDeployment, deploymentsBetween } from './deployments.ts';
import { expireMarks, markKnown, unmark } from './known.ts';
import { refusedRows } from './refused-rows.ts';
import { retain } from './retention.ts';
import { readJob } from './rows.ts';
import { findRun, history, newestRun, runsPage } from './runs.ts';
import { saveRun, upsertJob } from './save-run.ts';
import { standing } from './standing.ts';
import type {
  AuditEntry,
  BaselineToMake,
  FollowedRow,
  HistoryPoint,
  JobState,
  Marked,
  MarkTerms,
  Page,
  PlanSummary,
  Retention,
  RunToSave,
  Standing,
  Store,
  SyncBatch,
  UnfinishedPlan,
  ViolationQuery,
  WindowFacts,
  WindowQuery,
} from './store.ts';
import {
  claimPlan,
  finishPlan,
  planRecord,
  planSummaries,
  saveBatch,
  savePlan,
  settleBatch,
  settleRows,
  unfinishedPlans,
} from './sync-plans.ts';
import type { Backend } from './tables.ts';
import { countViolations, remembered, violationsPage, violationWithLife } from './violations.ts';
import { watchedSince, windowFacts } from './window-facts.ts';

export class SqlStore implements Store {
  readonly #backend: Backend;
  /** what has not been answered yet; closing waits for it */
  readonly #asked = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get engine(): string {
    return this.#backend.engine;
  }

  saveRun(save: RunToSave): Promise<void> {
    return this.#ask((backend) => saveRun(backend, save));
  }

  saveJob(job: JobState): Promise<void> {
    return this.#ask((backend) => backend.write.transaction().execute((trx) => upsertJob(trx, job)));
  }

  jobs(): Promise<readonly JobState[]> {
    return this.#ask(async (backend) => {
      const rows = await backend.read.selectFrom('job').selectAll().orderBy('job').execute();
      return rows.map(readJob);
    });
  }

  remembered(check: string, ids: readonly string[]): Promise<ReadonlyMap<string, Remembered>> {
    return this.#ask((backend) => remembered(backend, check, ids));
  }

  violations(query: ViolationQuery): Promise<Page<Violation>> {
    return this.#ask((backend) => violationsPage(backend, query));
  }

  countViolations(filter: Parameters<Store['countViolations']>[0]): Promise<number> {
    return this.#ask((backend) => countViolations(backend, filter));
  }

  violation(id: string): Promise<{ violation: Violation; life: readonly ViolationEvent[] } | null> {
    return this.#ask((backend) => violationWithLife(backend, id));
  }

  standing(check: string): Promise<Standing> {
    return this.#ask((backend) => standing(backend, check));
  }

  markKnown(ids: readonly string[], mark: KnownMark, terms: MarkTerms = {}): Promise<Marked> {
    return this.#ask((backend) => markKnown(backend, ids, mark, terms));
  }

  unmark(ids: readonly string[], by: string, at: number): Promise<Marked> {
    return this.#ask((backend) => unmark(backend, ids, by, at));
  }

  expireMarks(check: string, now: number): Promise<number> {
    return this.#ask((backend) => expireMarks(backend, check, now));
  }

  runs(check: string, limit: number, cursor?: string): Promise<Page<Run>> {
    return this.#ask((backend) => runsPage(backend, check, limit, cursor));
  }

  run(id: string): Promise<Run | null> {
    return this.#ask((backend) => findRun(backend, id));
  }

  lastRun(check: string): Promise<Run | null> {
    return this.#ask((backend) => newestRun(backend, check, false));
  }

  lastConclusiveRun(check: string): Promise<Run | null> {
    return this.#ask((backend) => newestRun(backend, check, true));
  }

  history(check: string, sinceMs: number, untilMs: number): Promise<readonly HistoryPoint[]> {
    return this.#ask((backend) => history(backend, check, sinceMs, untilMs));
  }

  watchedSince(check: string): Promise<number | null> {
    return this.#ask((backend) => watchedSince(backend, check));
  }

  windowFacts(query: WindowQuery): Promise<WindowFacts> {
    return this.#ask((backend) => windowFacts(backend, query));
  }

  makeBaseline(made: BaselineToMake): Promise<Baseline | null> {
    return this.#ask((backend) => makeBaseline(backend, made));
  }

  baselines(check: string | null): Promise<readonly Baseline[]> {
    return this.#ask((backend) => baselines(backend, check));
  }

  chooseBaseline(id: string): Promise<Baseline | null> {
    return this.#ask((backend) => chooseBaseline(backend, id));
  }

  removeBaseline(id: string): Promise<boolean> {
    return this.#ask((backend) => removeBaseline(backend, id));
  }

  baselineRows(id: string): Promise<readonly FollowedRow[]> {
    return this.#ask((backend) => baselineRows(backend, id));
  }

  savePlan(plan: SyncPlan): Promise<void> {
    return this.#ask((backend) => savePlan(backend, plan));
  }

  plans(check: string, limit: number): Promise<readonly PlanSummary[]> {
    return this.#ask((backend) => planSummaries(backend, check, limit));
  }

  plan(id: string): Promise<PlanRecord | null> {
    return this.#ask((backend) => planRecord(backend, id));
  }

  claimPlan(id: string, claim: Parameters<Store['claimPlan']>[1]): Promise<boolean> {
    return this.#ask((backend) => claimPlan(backend, id, claim));
  }

  saveBatch(batch: SyncBatch, results: readonly RowResult[]): Promise<void> {
    return this.#ask((backend) => saveBatch(backend, batch, results));
  }

  settleBatch(batch: SyncBatch, committed: boolean): Promise<void> {
    return this.#ask((backend) => settleBatch(backend, batch, committed));
  }

  settleRows(plan: string, results: readonly RowResult[]): Promise<void> {
    return this.#ask((backend) => settleRows(backend, plan, results));
  }

  finishPlan(id: string, state: 'applied' | 'interrupted'): Promise<void> {
    return this.#ask((backend) => finishPlan(backend, id, state));
  }

  unfinishedPlans(): Promise<readonly UnfinishedPlan[]> {
    return this.#ask((backend) => unfinishedPlans(backend));
  }

  refusedRows(check: string): Promise<ReadonlyMap<string, number>> {
    return this.#ask((backend) => refusedRows(backend, check));
  }

  addDeployment(deployment: Omit<Deployment, 'id'>): Promise<Deployment> {
    return this.#ask((backend) => addDeployment(backend, deployment));
  }

  deployments(from: number, to: number, limit: number): Promise<readonly Deployment[]> {
    return this.#ask((backend) => deploymentsBetween(backend, from, to, limit));
  }

  audit(entry: AuditEntry): Promise<void> {
    return this.#ask((backend) => addAudit(backend, entry));
  }

  auditTrail(limit: number, cursor?: string): Promise<Page<AuditEntry>> {
    return this.#ask((backend) => auditPage(backend, limit, cursor));
  }

  retain(retention: Retention, now: number): Promise<number> {
    return this.#ask((backend) => retain(backend, retention, now, () => this.#closed !== null));
  }

  async ping(): Promise<void> {
    await this.#ask((backend) =>
      backend.read.selectFrom('schema_version').select('version').limit(1).execute(),
    );
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#asked).then(() => this.#backend.close());
    return this.#closed;
  }

  async #ask<T>(question: (backend: Backend) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the store is closed');
    const answer = question(this.#backend);
    this.#asked.add(answer);
    try {
      return await answer;
    } catch (error) {
      throw this.#backend.explain(error);
    } finally {
      this.#asked.delete(answer);
    }
  }
}
