/** What makes jobs due: cron expressions with a time zone, and the ticks that came too late. */
import { createTask, type ScheduledTask } from 'node-cron';

export interface Job {
  readonly name: string;
  readonly schedule: string;
  readonly timezone: string;
  /** a tick later than this is a misfire */
  readonly misfireGraceMs: number;
  /** does the work, or starts it; what it throws reaches `failed` */
  due(): void | Promise<void>;
}

export interface ScheduleEvents {
  misfired(job: string, lateMs: number): void;
  failed(job: string, error: unknown): void;
  /** epoch milliseconds, after every tick and at start; null when the job will not run again */
  next(job: string, at: number | null): void;
}

/** node-cron fires at the start of a second, and a busy process a little later; below this no tick is late. */
const MIN_GRACE_MS = 1_000;

export class Schedule {
  readonly #tasks: ScheduledTask[] = [];
  readonly #jobs: readonly Job[];
  readonly #events: ScheduleEvents;

  constructor(jobs: readonly Job[], events: ScheduleEvents) {
    this.#jobs = jobs;
    this.#events = events;
  }

  start(): void {
    for (const job of this.#jobs) {
      const graceMs = Math.max(MIN_GRACE_MS, job.misfireGraceMs);
      const task = createTask(
        job.schedule,
        ({ date, triggeredAt }) => this.#tick(job, task, date, triggeredAt),
        {
          timezone: job.timezone,
          name: job.name,
          missedExecutionTolerance: graceMs,
          suppressMissedWarning: true,
        },
      );
      task.on('execution:missed', ({ date }) => {
        this.#events.misfired(job.name, Date.now() - date.getTime());
        this.#announce(job, task);
      });
      this.#tasks.push(task);
      void task.start();
      this.#announce(job, task);
    }
  }

  async stop(): Promise<void> {
    for (const task of this.#tasks.splice(0)) await task.destroy();
  }

  async #tick(job: Job, task: ScheduledTask, date: Date, triggeredAt: Date): Promise<void> {
    this.#announce(job, task);
    const lateMs = triggeredAt.getTime() - date.getTime();
    if (lateMs > Math.max(MIN_GRACE_MS, job.misfireGraceMs)) {
      this.#events.misfired(job.name, lateMs);
      return;
    }
    try {
      await job.due();
    } catch (error) {
      this.#events.failed(job.name, error);
    }
  }

  #announce(job: Job, task: ScheduledTask): void {
    this.#events.next(job.name, task.getNextRun()?.getTime() ?? null);
  }
}

/** Milliseconds between the next two ticks of an expression; null when it has no second one. */
export function intervalMs(schedule: string, timezone: string): number | null {
  const task = createTask(schedule, () => undefined, { timezone });
  const [first, second] = task.getNextRuns(2);
  void task.destroy();
  return first && second ? second.getTime() - first.getTime() : null;
}
