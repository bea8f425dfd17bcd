/** Everything that follows from one configuration and ends with it: sources, runner and schedule. */
import type { Logger } from 'pino';
import type { CheckKind, Look, SideRows } from './checks/kind.ts';
import type { Config } from './config/config.ts';
import type { Check } from './core/check.ts';
import { SourceError, UserError } from './core/errors.ts';
import type { Violation } from './core/violation.ts';
import type { ViolationReport } from './core/violation-report.ts';
import type { Metrics } from './metrics.ts';
import type { Board } from './runner/board.ts';
import { Gate } from './runner/gate.ts';
import { reportJobs } from './reports/report-jobs.ts';
import { Heartbeat } from './runner/heartbeat.ts';
import type { Lens } from './runner/evaluation.ts';
import { Pings } from './runner/pings.ts';
import { Runner } from './runner/runner.ts';
import { RunningError } from './runner/running-error.ts';
import { Jobs } from './schedule/jobs.ts';
import { longestIntervalMs } from './schedule/interval.ts';
import { Schedule, type Job } from './schedule/schedule.ts';
import type { Engine, Source } from './sources/source.ts';
import type { Store } from './stores/store.ts';
import { writeViolationFile } from './stores/violation-log.ts';
import { Repairs } from './sync/repairs.ts';
import { syncJobs } from './sync/sync-jobs.ts';
import { openWorkshops } from './sync/workshops.ts';

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
  readonly repairs: Repairs;
  readonly #parts: WatchParts;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #schedule: Schedule;
  readonly #heartbeat: Heartbeat | null;
  readonly #pings: Pings;
  readonly #jobs: Jobs;
  /** of the schedule, all but the checks */
  readonly #otherJobs: readonly Job[];
  readonly #startTimers: NodeJS.Timeout[] = [];
  readonly #due = new Map<string, number | null>();
  /** checks with a tick that waits for a run to end which no tick has started */
  readonly #late = new Set<string>();
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
    const pings = new Pings({ sources: this.#sources, metrics });
    this.#pings = pings;
    this.runner = new Runner({ store, board, metrics, logger, lenses, logViolations, heartbeat, pings });
    const jobs = new Jobs({ store, metrics, logger });
    this.#jobs = jobs;
    const workshops = openWorkshops({
      ...{ config, registers },
      look: () => this.#look(),
      run: (check) => void this.#runNext(check, 'manual'),
    });
    const repairs = new Repairs({ store, metrics, logger, workshops });
    this.repairs = repairs;
    const orders = config.checks.flatMap(({ name, enabled, timezone }) => {
      const workshop = workshops.get(name);
      return enabled && workshop ? [{ ...workshop.order, timezone }] : [];
    });
    this.#otherJobs = [
      ...reportJobs(config.reports, { store, board, jobs }),
      ...syncJobs(orders, { jobs, repairs }),
      this.#retention(),
    ];
    this.#schedule = new Schedule([...this.#checkJobs(), ...this.#otherJobs], {
      misfired: (job, lateMs) => {
        metrics.jobSkipped(job, 'misfire');
        logger.warn({ job, lateMs }, 'tick skipped: it came later than misfireGrace');
      },
      failed: (job, error) => {
        logger.error({ job, err: error }, 'job failed inside Lockstep');
      },
      next: (job, at) => {
        this.#due.set(job, at);
        if (lenses.has(job)) board.update(job, { nextRunAt: at });
        else metrics.jobDue(job, at);
      },
    });
  }

  /** @param owed checks whose newest tick came to no run: their first run is that of the tick */
  start(owed: ReadonlySet<string> = new Set()): void {
    const { config, metrics } = this.#parts;
    const enabled = config.checks.filter((check) => check.enabled);
    metrics.configure({
      checks: config.checks,
      sources: [...new Set(enabled.flatMap((check) => check.sources))],
      otherJobs: this.#otherJobs.map(({ name }) => name),
      intervalsMs: new Map(
        enabled.flatMap((check): [string, number][] => {
          const interval = longestIntervalMs(check.schedule, check.timezone);
          return interval === null ? [] : [[check.name, interval]];
        }),
      ),
    });
    this.#schedule.start();
    this.repairs.start();
    for (const check of enabled) {
      const run = (): void => {
        this.#runUnlessRunning(check, owed.has(check.name) ? 'schedule' : 'start');
      };
      this.#startTimers.push(setTimeout(run, Math.random() * START_JITTER_MS));
    }
  }

  /**
   * No new run starts, those under way are cancelled, then the sources are closed.
   * @returns the checks whose newest tick came to no run for that
   */
  async stop(): Promise<ReadonlySet<string>> {
    for (const timer of this.#startTimers) clearTimeout(timer);
    this.#stopping.abort(new UserError('cancelled: the exporter is stopping or reloading'));
    await this.#schedule.stop();
    await this.#jobs.stop();
    await this.repairs.stop();
    const [late] = await Promise.all([this.runner.stop(), this.#pings.stop()]);
    const owed = new Set([...this.#late, ...late]);
    this.#heartbeat?.stop();
    await Promise.all([...this.#sources.values()].map((source) => source.close()));
    return owed;
  }

  /** Job that is not a check → when it is due next, epoch milliseconds; null when never again. */
  otherJobs(): ReadonlyMap<string, number | null> {
    return new Map(this.#otherJobs.map(({ name }) => [name, this.#due.get(name) ?? null]));
  }

  /** @throws SourceError when the source cannot be looked at */
  async currentRows(violation: Violation): Promise<readonly SideRows[]> {
    const check = this.#parts.config.checks.find(({ name }) => name === violation.check);
    if (!check) throw new UserError(`check "${violation.check}" is no longer configured`);
    const look = this.#look();
    try {
      const kind = required(this.#parts.registers.kinds[check.kind], check.kind);
      return await kind.rows(check, look, violation.key);
    } catch (error) {
      if (!look.signal.aborted || this.#stopping.signal.aborted) throw error;
      throw new SourceError(check.sources.join(', '), 'did not answer within 10 s', { cause: error });
    }
  }

  /** For a person who waits. */
  #look(): Look {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ROWS_TIMEOUT_MS)]);
    const source = (name: string): Source => required(this.#sources.get(name), name);
    return { source, timeoutMs: ROWS_TIMEOUT_MS, signal };
  }

  #checkJobs(): Job[] {
    return this.#parts.config.checks
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
  }

  #retention(): Job {
    const { config, store, logger } = this.#parts;
    const tidy = async (startedAt: number): Promise<void> => {
      const rows = await store.retain(config.retention, startedAt);
      logger.info({ rows }, 'retention finished');
    };
    return {
      ...{ name: RETENTION_JOB, schedule: config.retention.schedule, timezone: 'UTC' },
      misfireGraceMs: 3_600_000,
      due: () => this.#jobs.run(RETENTION_JOB, tidy),
    };
  }

  async #runNext(check: string, trigger: 'manual' | 'schedule'): Promise<boolean> {
    try {
      return await this.runner.startNext(check, trigger);
    } catch (error) {
      this.#parts.logger.error({ check, trigger, err: error }, 'no run followed the one before');
      return true;
    }
  }

  /** Not skipped: whoever presses "Run now" would make a schedule look broken that is kept. */
  async #runLate(check: string): Promise<void> {
    this.#late.add(check);
    if (await this.#runNext(check, 'schedule')) this.#late.delete(check);
  }

  #runUnlessRunning(check: Check, trigger: 'start' | 'schedule'): void {
    try {
      this.runner.start(check.name, trigger);
    } catch (error) {
      if (!(error instanceof RunningError)) throw error;
      if (trigger === 'schedule' && error.trigger !== 'schedule' && !this.#late.has(check.name)) {
        void this.#runLate(check.name);
        return;
      }
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
