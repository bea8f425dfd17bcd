/** One job → one run: evaluate, reconcile with memory, save, publish. One bad check never stops another. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { consistencyRate } from '../core/status.ts';
import { UserError } from '../core/errors.ts';
import type { Run, Trigger } from '../core/run.ts';
import {
  keyText,
  reconcile,
  violationId,
  type Disagreement,
  type Reconciliation,
} from '../core/violation.ts';
import type { ViolationReport } from '../core/violation-report.ts';
import { toRow } from '../core/violation-row.ts';
import type { Metrics } from '../metrics.ts';
import type { JobState, Store } from '../stores/store.ts';
import type { Board } from './board.ts';
import type { Heartbeat } from './heartbeat.ts';
import { evaluate, type Evaluation, type Lens } from './evaluation.ts';
import { RunningError } from './running-error.ts';

export interface RunnerParts {
  readonly store: Store;
  readonly board: Board;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly lenses: ReadonlyMap<string, Lens>;
  /** writes the violation file of a run; null where none is wanted */
  readonly logViolations: ((report: ViolationReport, now: number) => Promise<unknown>) | null;
  /** null where nobody waits for a sign of life */
  readonly heartbeat: Heartbeat | null;
}

export interface FinishedRun {
  readonly run: Run;
  /** what this very run saw, at most `maxViolations` rows: all that is ever known of a dry run; empty after an error */
  readonly rows: readonly Disagreement[];
}

export interface StartedRun {
  readonly runId: string;
  /** resolves when the run is saved and on show; rejects only when it was cancelled by a shutdown or reload */
  readonly finished: Promise<FinishedRun>;
}

interface Found extends FinishedRun {
  readonly changes: Reconciliation | null;
  readonly latencyMs: number | null;
}

const PING_TIMEOUT_MS = 5_000;

export class Runner {
  readonly #parts: RunnerParts;
  readonly #running = new Map<string, StartedRun>();
  readonly #stopping = new AbortController();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** @throws RunningError when the check is running already */
  start(name: string, trigger: Trigger, options: { dryRun: boolean } = { dryRun: false }): StartedRun {
    const lens = this.#parts.lenses.get(name);
    if (!lens) throw new UserError(`there is no check "${name}"`);
    this.#stopping.signal.throwIfAborted();
    const under = this.#running.get(name);
    if (under) throw new RunningError(name, under.runId);
    const runId = randomUUID();
    const finished = this.#run(lens, runId, trigger, options.dryRun).finally(() => {
      this.#running.delete(name);
      this.#parts.board.update(name, { running: null });
    });
    // whoever waits sees a rejection; a scheduled run has nobody waiting
    finished.catch(() => undefined);
    const started = { runId, finished };
    this.#running.set(name, started);
    this.#parts.board.update(name, { running: { runId, startedAt: Date.now() } });
    return started;
  }

  /** Cancels what is under way, on the servers too, and waits for it to end. Nothing of it is remembered. */
  async stop(): Promise<void> {
    this.#stopping.abort(new UserError('cancelled: the exporter is stopping or reloading'));
    await Promise.allSettled([...this.#running.values()].map((run) => run.finished));
  }

  async #run(lens: Lens, runId: string, trigger: Trigger, dryRun: boolean): Promise<FinishedRun> {
    const { metrics, logger } = this.#parts;
    const startedAt = Date.now();
    const name = lens.check.name;
    if (!dryRun) metrics.jobStarted(name, startedAt);
    const found = await this.#find(lens, { id: runId, check: name, trigger, startedAt });
    if (dryRun) return found;
    const run = await this.#save(lens, found);
    metrics.runFinished(run, (run.finishedAt - startedAt) / 1_000, found.latencyMs);
    await this.#publish(lens, run, found.rows);
    const { outcome, error, result } = run;
    const facts = { check: name, run: runId, outcome, durationMs: run.finishedAt - startedAt };
    if (error !== null) logger.warn({ ...facts, error }, 'run could not look');
    else
      logger.info({ ...facts, checked: result?.checked, inconsistent: result?.inconsistent }, 'run finished');
    this.#writeFile(lens, run, found.rows);
    this.#parts.heartbeat?.beat(this.#parts.board.states());
    return { run, rows: run.outcome === 'error' ? [] : found.rows };
  }

  /** Looks and compares with memory. Whatever goes wrong becomes a run of outcome `error`, except a shutdown. */
  async #find(lens: Lens, start: Pick<Run, 'id' | 'check' | 'trigger' | 'startedAt'>): Promise<Found> {
    const { store } = this.#parts;
    try {
      const open = await store.remembered(start.check, []);
      const followed = new Set([...open.values()].map((row) => keyText(row.key)));
      const evaluation = await evaluate(lens, followed, this.#stopping.signal);
      const changes = await this.#reconcile(start.check, evaluation);
      const result = {
        ...evaluation.result,
        opened: changes.opened.length + changes.reopened.length,
        resolved: changes.resolved.length,
      };
      const { outcome, status, rows, latencyMs } = evaluation;
      return {
        run: { ...start, finishedAt: Date.now(), outcome, status, result, error: null },
        changes,
        rows,
        latencyMs,
      };
    } catch (error) {
      this.#stopping.signal.throwIfAborted();
      return { run: this.#errored(start, error), changes: null, rows: [], latencyMs: null };
    }
  }

  async #reconcile(check: string, { rows }: Evaluation): Promise<Reconciliation> {
    const observed = rows.map((row) => ({ ...row, id: violationId(check, row.key) }));
    const remembered = await this.#parts.store.remembered(
      check,
      observed.map((row) => row.id),
    );
    return reconcile(remembered, observed);
  }

  #errored(start: Pick<Run, 'id' | 'check' | 'trigger' | 'startedAt'>, error: unknown): Run {
    const known = error instanceof UserError;
    if (!known)
      this.#parts.logger.error(
        { check: start.check, run: start.id, err: error },
        'run failed inside Lockstep',
      );
    const text = known ? error.message : 'failed inside Lockstep; the log of the exporter has the details';
    return {
      ...start,
      finishedAt: Date.now(),
      outcome: 'error',
      status: 'unknown',
      result: null,
      error: text,
    };
  }

  /** A run that could not be saved is not acknowledged: it counts as one that could not look. */
  async #save(lens: Lens, { run, changes }: Found): Promise<Run> {
    const { store, logger } = this.#parts;
    try {
      await store.saveRun({ run, changes, job: await this.#jobAfter(run) });
      return run;
    } catch (error) {
      logger.error({ check: lens.check.name, run: run.id, err: error }, 'run could not be saved');
      const why = error instanceof UserError ? error.message : 'the log of the exporter has the details';
      return {
        ...run,
        outcome: 'error',
        status: 'unknown',
        result: null,
        error: `the run could not be saved: ${why}`,
      };
    }
  }

  async #jobAfter(run: Run): Promise<JobState> {
    const before = (await this.#parts.store.jobs()).find((job) => job.job === run.check);
    const failed = run.outcome === 'error';
    return {
      job: run.check,
      lastStartAt: run.startedAt,
      lastRunAt: run.finishedAt,
      lastSuccessAt: failed ? (before?.lastSuccessAt ?? null) : run.finishedAt,
      lastDurationMs: run.finishedAt - run.startedAt,
      consecutiveFailures: failed ? (before?.consecutiveFailures ?? 0) + 1 : 0,
    };
  }

  async #publish(lens: Lens, run: Run, rows: readonly Disagreement[]): Promise<void> {
    const { board, store, metrics, logger } = this.#parts;
    if (run.outcome === 'error') {
      board.update(run.check, { latest: run });
      await this.#pingSources(lens);
      return;
    }
    for (const source of lens.check.sources) metrics.sourceUp(source, true);
    const oldest = await store.oldestOpen().catch((error: unknown) => {
      logger.error({ check: run.check, err: error }, 'the oldest open violation could not be read');
      return new Map<string, number>();
    });
    board.update(run.check, {
      latest: run,
      conclusive: run,
      oldestOpenAt: oldest.get(run.check) ?? null,
      entities: new Set(rows.map((row) => String(row.key[0]))).size,
    });
  }

  /** A run may fail for a missing column while the source is well: only a ping tells. */
  async #pingSources({ check, sources }: Lens): Promise<void> {
    const { metrics } = this.#parts;
    await Promise.all(
      check.sources.map(async (name) => {
        const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(PING_TIMEOUT_MS)]);
        const up = await (
          sources.get(name)?.ping({ timeoutMs: PING_TIMEOUT_MS, signal }) ?? Promise.reject(new Error())
        ).then(
          () => true,
          () => false,
        );
        if (!this.#stopping.signal.aborted) metrics.sourceUp(name, up);
      }),
    );
  }

  /** In the background: a full disk costs a metric and a log line, never a run. */
  #writeFile({ check }: Lens, run: Run, rows: readonly Disagreement[]): void {
    const { logViolations, metrics, logger } = this.#parts;
    if (logViolations === null || run.result === null || run.result.inconsistent === 0) return;
    const { checked, consistent, inconsistent } = run.result;
    const report = {
      check: run.check,
      timestamp: new Date(run.finishedAt).toISOString(),
      total_checked: checked,
      consistent,
      inconsistent,
      consistency_rate: consistencyRate(checked, consistent),
      violations: rows.map((row) => toRow(row, check)),
    };
    logViolations(report, run.finishedAt).catch((error: unknown) => {
      metrics.violationLogFailed();
      logger.error({ check: run.check, err: error }, 'the violation file could not be written');
    });
  }
}
