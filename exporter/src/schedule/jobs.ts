/** Jobs that are not checks: one at a time each, measured and remembered, and their failures told. */
import type { Logger } from 'pino';
import { UserError } from '../core/errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Store } from '../stores/store.ts';

export interface JobsParts {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export class Jobs {
  readonly #parts: JobsParts;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(parts: JobsParts) {
    this.#parts = parts;
  }

  /**
   * Does the work now, unless it is going on already. What it throws is a failure of the job; while everything stops it
   * is nothing at all.
   * @param work given the time of its start, epoch milliseconds, and a signal that aborts when everything stops
   */
  async run(job: string, work: (startedAt: number, signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#running.has(job)) {
      this.#parts.metrics.jobSkipped(job, 'overlap');
      this.#parts.logger.warn({ job }, 'tick skipped: the job still goes on from the tick before');
      return;
    }
    const run = this.#run(job, work).finally(() => this.#running.delete(job));
    this.#running.set(job, run);
    await run;
  }

  /** What is under way is given up; resolves when nothing is any more. */
  async stop(): Promise<void> {
    this.#stopping.abort(new UserError('cancelled: the exporter is stopping or reloading'));
    await Promise.all(this.#running.values());
  }

  async #run(job: string, work: (startedAt: number, signal: AbortSignal) => Promise<void>): Promise<void> {
    const { metrics, logger } = this.#parts;
    const startedAt = Date.now();
    metrics.jobStarted(job, startedAt);
    const outcome = await work(startedAt, this.#stopping.signal).then(
      () => 'pass' as const,
      (error: unknown) => {
        if (this.#stopping.signal.aborted) return null;
        // the message of a UserError is all there is to say, and holds no secret
        if (error instanceof UserError) logger.error({ job, reason: error.message }, 'job failed');
        else logger.error({ job, err: error }, 'job failed inside Lockstep');
        return 'error' as const;
      },
    );
    if (outcome === null) return;
    const finishedAt = Date.now();
    metrics.jobFinished(job, outcome, finishedAt, (finishedAt - startedAt) / 1_000);
    if (outcome === 'pass') logger.info({ job, durationMs: finishedAt - startedAt }, 'job finished');
    await this.#remember(job, outcome, startedAt, finishedAt).catch((error: unknown) => {
      logger.error({ job, err: error }, 'the run of the job could not be remembered');
    });
  }

  async #remember(
    job: string,
    outcome: 'pass' | 'error',
    startedAt: number,
    finishedAt: number,
  ): Promise<void> {
    const { store } = this.#parts;
    const before = (await store.jobs()).find((known) => known.job === job);
    const failed = outcome === 'error';
    await store.saveJob({
      job,
      lastStartAt: startedAt,
      lastRunAt: finishedAt,
      lastSuccessAt: failed ? (before?.lastSuccessAt ?? null) : finishedAt,
      lastDurationMs: finishedAt - startedAt,
      consecutiveFailures: failed ? (before?.consecutiveFailures ?? 0) + 1 : 0,
    });
  }
}
