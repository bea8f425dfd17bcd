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
  /** epoch milliseconds, at start, after every tick and when the clock was set; null when the job will not run again */
  next(job: string, at: number | null): void;
}

/** No tick is on time to the millisecond; below this none is late. */
const MIN_GRACE_MS = 1_000;
/** How long a job sleeps without a look at the clock, which may have been set meanwhile. */
const LONGEST_SLEEP_MS = 10_000;
/** A clock set back by less brings no tick twice; set back further, the hours it repeats are hours like any other. */
const SAME_TIME_MS = 60_000;
const SLOTS_IN_SAME_TIME = SAME_TIME_MS / 1_000 + 1;

/**
 * node-cron says when, the timers are ours: its own walk through every tick that a clock set forward left out, a year of
 * seconds if need be, and wait for the old time when it was set back.
 */
export class Schedule {
  readonly #tasks = new Map<Job, ScheduledTask>();
  readonly #timers = new Map<Job, NodeJS.Timeout>();
  readonly #jobs: readonly Job[];
  readonly #events: ScheduleEvents;

  constructor(jobs: readonly Job[], events: ScheduleEvents) {
    this.#jobs = jobs;
    this.#events = events;
  }

  start(): void {
    for (const job of this.#jobs) {
      const task = createTask(job.schedule, () => undefined, { timezone: job.timezone, name: job.name });
      this.#tasks.set(job, task);
      this.#plan(job, task, null);
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    const tasks = [...this.#tasks.values()];
    this.#tasks.clear();
    for (const task of tasks) await task.destroy();
  }

  /** @param last the newest tick that was due; epoch milliseconds */
  #plan(job: Job, task: ScheduledTask, last: number | null): void {
    const next = nextTick(task, last);
    this.#events.next(job.name, next);
    if (next !== null) this.#sleep(job, task, next, last);
  }

  #sleep(job: Job, task: ScheduledTask, next: number, last: number | null): void {
    const wake = (): void => {
      const now = Date.now();
      if (now < next) {
        if (nextTick(task, last) === next) this.#sleep(job, task, next, last);
        else this.#plan(job, task, last);
        return;
      }
      this.#plan(job, task, now);
      void this.#tick(job, task, next, now);
    };
    const ms = Math.min(LONGEST_SLEEP_MS, Math.max(0, next - Date.now()));
    this.#timers.set(job, setTimeout(wake, ms));
  }

  async #tick(job: Job, task: ScheduledTask, at: number, now: number): Promise<void> {
    const graceMs = Math.max(MIN_GRACE_MS, job.misfireGraceMs);
    if (now - at > graceMs) {
      this.#events.misfired(job.name, now - at);
      if (!ticked(task, now - graceMs, now)) return;
    }
    try {
      await job.due();
    } catch (error) {
      this.#events.failed(job.name, error);
    }
  }
}

/** Null when there is none. */
function nextTick(task: ScheduledTask, last: number | null): number | null {
  const [first] = task.getNextRuns(1);
  if (!first) return null;
  const repeats = last !== null && first.getTime() <= last && last - Date.now() <= SAME_TIME_MS;
  if (!repeats) return first.getTime();
  const later = task.getNextRuns(SLOTS_IN_SAME_TIME).find((slot) => slot.getTime() > last);
  return (later ?? first).getTime();
}

/** Whether there was a tick in the seconds from `since` to `until`. */
function ticked(task: ScheduledTask, since: number, until: number): boolean {
  for (let second = Math.floor(until / 1_000); second * 1_000 >= since; second -= 1) {
    if (task.match(new Date(second * 1_000))) return true;
  }
  return false;
}
