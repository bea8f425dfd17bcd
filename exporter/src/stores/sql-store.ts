/** The one set of queries that both stores share; `sqlite.ts` and `postgres.ts` open the database below it. */
import type { Run } from '../core/run.ts';
import type { Remembered, Violation, ViolationEvent } from '../core/violation.ts';
import { addAudit, auditPage } from './audit-trail.ts';
import { retain } from './retention.ts';
import { readJob } from './rows.ts';
import { findRun, history, newestRun, runsPage } from './runs.ts';
import { saveRun, upsertJob } from './save-run.ts';
import type {
  AuditEntry,
  HistoryPoint,
  JobState,
  Page,
  Retention,
  RunToSave,
  Store,
  ViolationQuery,
} from './store.ts';
import type { Backend } from './tables.ts';
import { countViolations, oldestOpen, remembered, violationsPage, violationWithLife } from './violations.ts';

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

  oldestOpen(): Promise<ReadonlyMap<string, number>> {
    return this.#ask(oldestOpen);
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
