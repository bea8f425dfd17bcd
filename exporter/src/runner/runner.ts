/** One job → one run: evaluate, reconcile with memory, save, publish. One bad check never stops another. */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { consistencyRate } from '../core/status.ts';
import { NO_STREAKS, type Streaks } from '../core/streaks.ts';
import { totalOf } from '../core/tally.ts';
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
import type { JobState, Standing, Store } from '../stores/store.ts';
import type { Board } from './board.ts';
import type { Heartbeat } from './heartbeat.ts';
import { evaluate, type Evaluation, type Lens } from './evaluation.ts';
import { configMarksOf } from './config-marks.ts';
import type { Pings } from './pings.ts';
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
  readonly pings: Pings;
}

export interface FinishedRun {
  readonly run: Run;
  /** what this very run saw, at most `maxViolations` rows: all that is ever known of a dry run; empty after an error */
  readonly rows: readonly Disagreement[];
}

export interface StartedRun {
  readonly runId: string;
  readonly trigger: Trigger;
  /** resolves when the run is saved and on show; rejects only when it was cancelled by a shutdown or reload */
  readonly finished: Promise<FinishedRun>;
}

interface Found extends FinishedRun {
  readonly changes: Reconciliation | null;
  readonly latencyMs: number | null;
  readonly measuredMs: Readonly<Record<string, number>>;
  /** null after an error, which neither lengthens nor ends a streak */
  readonly waiting: Streaks | null;
}

export class Runner {
  readonly #parts: RunnerParts;
  readonly #running = new Map<string, StartedRun>();
  /** by check; in memory only, so that a restart or reload waits anew */
  readonly #streaks = new Map<string, Streaks>();
  readonly #stopping = new AbortController();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    // every check that waits for its turn at a source listens: many are no leak
    setMaxListeners(0, this.#stopping.signal);
  }

  /** @throws RunningError when the check is running already */
  start(name: string, trigger: Trigger, options: { dryRun: boolean } = { dryRun: false }): StartedRun {
    const lens = this.#parts.lenses.get(name);
    if (!lens) throw new UserError(`there is no check "${name}"`);
    this.#stopping.signal.throwIfAborted();
    const under = this.#running.get(name);
    if (under) throw new RunningError(name, under.runId, under.trigger);
    const runId = randomUUID();
    const finished = this.#run(lens, runId, trigger, options.dryRun).finally(() => {
      this.#running.delete(name);
      this.#parts.board.update(name, { running: null });
    });
    // whoever waits sees a rejection; a scheduled run has nobody waiting
    finished.catch(() => undefined);
    const started = { runId, trigger, finished };
    this.#running.set(name, started);
    this.#parts.board.update(name, { running: { runId, startedAt: Date.now() } });
    return started;
  }

  /**
   * A run that begins after now: one that is under way may have looked before. For a tick only a scheduled run will do.
   * @returns false when it came to none, because everything stops
   */
  async startNext(name: string, trigger: Trigger): Promise<boolean> {
    await this.#running.get(name)?.finished.catch(() => undefined);
    if (this.#stopping.signal.aborted) return false;
    const under = this.#running.get(name);
    if (under && trigger === 'schedule' && under.trigger !== 'schedule') return this.startNext(name, trigger);
    if (!under) this.start(name, trigger);
    return true;
  }

  /**
   * Cancels what is under way, on the servers too, and waits for it to end. Nothing of it is remembered.
   * @returns the checks whose scheduled run that was
   */
  async stop(): Promise<string[]> {
    const cancelled = [...this.#running].filter(([, run]) => run.trigger === 'schedule');
    this.#stopping.abort(new UserError('cancelled: the exporter is stopping or reloading'));
    await Promise.allSettled([...this.#running.values()].map((run) => run.finished));
    return cancelled.map(([name]) => name);
  }

  async #run(lens: Lens, runId: string, trigger: Trigger, dryRun: boolean): Promise<FinishedRun> {
    const { metrics, logger } = this.#parts;
    const startedAt = Date.now();
    const name = lens.check.name;
    if (!dryRun) {
      metrics.jobStarted(name, startedAt);
      await this.#expireMarks(name, startedAt);
    }
    const streaks = dryRun ? null : (this.#streaks.get(name) ?? NO_STREAKS);
    const found = await this.#find(lens, { id: runId, check: name, trigger, startedAt }, streaks);
    if (dryRun) return found;
    const run = await this.#save(lens, found);
    if (found.waiting !== null && run.outcome !== 'error') this.#streaks.set(name, found.waiting);
    const standing = await this.#standing(name);
    metrics.runFinished(run, {
      durationSeconds: (run.finishedAt - startedAt) / 1_000,
      latencyMs: found.latencyMs,
      measuredMs: found.measuredMs,
      waiting: found.waiting?.size ?? 0,
      known: totalOf(standing.known ?? {}),
    });
    await this.#publish(lens, run, standing);
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
  async #find(
    lens: Lens,
    start: Pick<Run, 'id' | 'check' | 'trigger' | 'startedAt'>,
    streaks: Streaks | null,
  ): Promise<Found> {
    const { store } = this.#parts;
    try {
      const open = await store.remembered(start.check, []);
      const followed = new Set([...open.values()].map((row) => keyText(row.key)));
      const evaluation = await evaluate(lens, followed, this.#stopping.signal, streaks);
      const changes = await this.#reconcile(lens, evaluation);
      const result = {
        ...evaluation.result,
        opened: changes.opened.length + changes.reopened.length,
        resolved: changes.resolved.length,
      };
      const { outcome, status, rows, latencyMs, measuredMs, waiting } = evaluation;
      return {
        run: { ...start, finishedAt: Date.now(), outcome, status, result, error: null },
        changes,
        ...{ rows, latencyMs, measuredMs, waiting },
      };
    } catch (error) {
      this.#stopping.signal.throwIfAborted();
      const nothing = { changes: null, rows: [], latencyMs: null, measuredMs: {}, waiting: null };
      return { run: this.#errored(start, error), ...nothing };
    }
  }

  async #reconcile({ check, kind }: Lens, { rows }: Evaluation): Promise<Reconciliation> {
    const observed = rows.map((row) => ({ ...row, id: violationId(check.name, row.key) }));
    const remembered = await this.#parts.store.remembered(
      check.name,
      observed.map((row) => row.id),
    );
    const configured = new Map(configMarksOf(check, Date.now()).map((mark) => [mark.id, mark]));
    return reconcile(remembered, observed, kind.measures ?? false, configured);
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
      const configMarks = configMarksOf(lens.check, run.finishedAt);
      await store.saveRun({ run, changes, configMarks, job: await this.#jobAfter(run) });
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

  async #expireMarks(check: string, now: number): Promise<void> {
    const { store, logger } = this.#parts;
    try {
      await store.expireMarks(check, now);
    } catch (error) {
      logger.error({ check, err: error }, 'marks that ran out could not be taken back');
    }
  }

  /** Nothing when the store cannot tell: what is on show stays. */
  async #standing(check: string): Promise<Partial<Standing>> {
    const { store, logger } = this.#parts;
    try {
      return await store.standing(check);
    } catch (error) {
      logger.error({ check, err: error }, 'open and known violations could not be counted');
      return {};
    }
  }

  async #publish(lens: Lens, run: Run, standing: Partial<Standing>): Promise<void> {
    const { board, pings } = this.#parts;
    const { sources } = lens.check;
    if (run.outcome === 'error') {
      board.update(run.check, { latest: run, ...standing });
      await Promise.all(sources.map((source) => pings.ask(source)));
      return;
    }
    for (const source of sources) pings.answered(source);
    board.update(run.check, { latest: run, conclusive: run, ...standing });
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
