/** Everything that follows from one configuration and ends with it: sources, runner and schedule. */
import type { Logger } from 'pino';
import type { CheckKind, SideRows } from './checks/kind.ts';
import type { Config } from './config/config.ts';
import type { Check } from './core/check.ts';
import { SourceError, UserError } from './core/errors.ts';
import type { Violation } from './core/violation.ts';
import type { ViolationReport } from './core/violation-report.ts';
import type { Metrics } from './metrics.ts';
import type { Board } from './runner/board.ts';
import { Gate } from './runner/gate.ts';
import { Heartbeat } from './runner/heartbeat.ts';
import type { Lens } from './runner/evaluation.ts';
import { Runner } from './runner/runner.ts';
import { RunningError } from './runner/running-error.ts';
import { intervalMs, Schedule, type Job } from './schedule/schedule.ts';
import type { Engine, Source } from './sources/source.ts';
import type { Store } from './stores/store.ts';
import { writeViolationFile } from './stores/violation-log.ts';

export interface WatchParts {
  readonly config: Config;
  readonly registers: {
    readonly kinds: Readonly<Record<string, CheckKind>>;
    readonly engines: Readonly<Record<string, Engine>>;
  };
  readonly store: Store;
  readonly board: Board;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const RETENTION_JOB = 'retention';
/** Checks also run at start, spread over this time so that a restart does not meet the database all at once. */
const START_JITTER_MS = 2_000;
/** The drill-down is for a person who waits. */
const ROWS_TIMEOUT_MS = 10_000;

export class Watch {
  readonly runner: Runner;
  readonly #parts: WatchParts;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #schedule: Schedule;
  readonly #heartbeat: Heartbeat | null;
  readonly #startTimers: NodeJS.Timeout[] = [];
  readonly #due = new Map<string, number | null>();
  readonly #stopping = new AbortController();

  constructor(parts: WatchParts) {
    const { config, registers, store, board, metrics, logger } = parts;
    this.#parts = parts;
    this.#sources = new Map(
      config.sources.map(({ name, engine, spec }) => [
        name,
        required(registers.engines[engine], engine).open(name, spec),
      ]),
    );
    const gates = new Map([...this.#sources].map(([name, source]) => [name, new Gate(source.concurrency)]));
    const lenses = new Map(
      config.checks.map((check): [string, Lens] => [
        check.name,
        {
          check,
          kind: required(registers.kinds[check.kind], check.kind),
          sources: this.#sources,
          gates: check.sources.flatMap((name) => gates.get(name) ?? []),
        },
      ]),
    );
    const { violationLog } = config;
    const logViolations =
      violationLog &&
      ((report: ViolationReport, now: number) => writeViolationFile(violationLog, report, now));
    this.#heartbeat =
      config.heartbeat &&
      new Heartbeat({
        ...config.heartbeat,
        logger,
        counted: (outcome) => {
          metrics.heartbeat(outcome);
        },
      });
    const heartbeat = this.#heartbeat;
    this.runner = new Runner({ store, board, metrics, logger, lenses, logViolations, heartbeat });
    this.#schedule = new Schedule(this.#jobs(), {
      misfired: (job, lateMs) => {
        metrics.jobSkipped(job, 'misfire');
        logger.warn({ job, lateMs }, 'tick skipped: it came later than misfireGrace');
      },
      failed: (job, error) => {
        logger.error({ job, err: error }, 'job failed inside Lockstep');
      },
      next: (job, at) => {
        this.#due.set(job, at);
        if (job === RETENTION_JOB) metrics.jobDue(job, at);
        else board.update(job, { nextRunAt: at });
      },
    });
  }

  start(): void {
    const { config, metrics } = this.#parts;
    const enabled = config.checks.filter((check) => check.enabled);
    metrics.configure({
      checks: config.checks,
      sources: config.sources.map((source) => source.name),
      otherJobs: [RETENTION_JOB],
      intervalsMs: new Map(
        enabled.flatMap((check): [string, number][] => {
          const interval = intervalMs(check.schedule, check.timezone);
          return interval === null ? [] : [[check.name, interval]];
        }),
      ),
    });
    this.#schedule.start();
    for (const check of enabled) {
      const run = (): void => {
        this.#runUnlessRunning(check, 'start');
      };
      this.#startTimers.push(setTimeout(run, Math.random() * START_JITTER_MS));
    }
  }

  /** No new run starts, those under way are cancelled, then the sources are closed. */
  async stop(): Promise<void> {
    for (const timer of this.#startTimers) clearTimeout(timer);
    this.#stopping.abort(new UserError('cancelled: the exporter is stopping or reloading'));
    await this.#schedule.stop();
    await this.runner.stop();
    this.#heartbeat?.stop();
    await Promise.all([...this.#sources.values()].map((source) => source.close()));
  }

  /** Epoch milliseconds; null when the job is not scheduled. */
  nextRunAt(job: string): number | null {
    return this.#due.get(job) ?? null;
  }

  /** @throws SourceError when the source cannot be looked at */
  async currentRows(violation: Violation): Promise<readonly SideRows[]> {
    const check = this.#parts.config.checks.find(({ name }) => name === violation.check);
    if (!check) throw new UserError(`check "${violation.check}" is no longer configured`);
    const expiry = AbortSignal.timeout(ROWS_TIMEOUT_MS);
    const signal = AbortSignal.any([this.#stopping.signal, expiry]);
    const source = (name: string): Source => required(this.#sources.get(name), name);
    try {
      const kind = required(this.#parts.registers.kinds[check.kind], check.kind);
      return await kind.rows(check, { source, timeoutMs: ROWS_TIMEOUT_MS, signal }, violation.key);
    } catch (error) {
      if (!expiry.aborted) throw error;
      throw new SourceError(check.sources.join(', '), 'did not answer within 10 s', { cause: error });
    }
  }

  #jobs(): Job[] {
    const { config, store, metrics, logger } = this.#parts;
    const checks = config.checks
      .filter((check) => check.enabled)
      .map((check) => ({
        name: check.name,
        schedule: check.schedule,
        timezone: check.timezone,
        misfireGraceMs: check.misfireGraceMs,
        due: () => {
          this.#runUnlessRunning(check, 'schedule');
        },
      }));
    const retention = async (): Promise<void> => {
      const startedAt = Date.now();
      metrics.jobStarted(RETENTION_JOB, startedAt);
      const outcome = await store.retain(config.retention, startedAt).then(
        (rows) => {
          logger.info({ rows }, 'retention finished');
          return 'pass' as const;
        },
        (error: unknown) => {
          logger.error({ err: error }, 'retention failed');
          return 'error' as const;
        },
      );
      metrics.jobFinished(RETENTION_JOB, outcome, Date.now(), (Date.now() - startedAt) / 1_000);
    };
    const schedule = config.retention.schedule;
    return [
      ...checks,
      { name: RETENTION_JOB, schedule, timezone: 'UTC', misfireGraceMs: 3_600_000, due: retention },
    ];
  }

  #runUnlessRunning(check: Check, trigger: 'start' | 'schedule'): void {
    try {
      this.runner.start(check.name, trigger);
    } catch (error) {
      if (!(error instanceof RunningError)) throw error;
      this.#parts.metrics.jobSkipped(check.name, 'overlap');
      this.#parts.logger.warn(
        { check: check.name, running: error.runId },
        'tick skipped: the run before still goes on',
      );
    }
  }
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UserError(`"${name}" is not configured`);
  return value;
}
