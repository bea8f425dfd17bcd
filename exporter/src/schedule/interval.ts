/** How far apart the ticks of a cron expression lie. */
import { createTask } from 'node-cron';

const HOUR_MS = 3_600_000;
/** A week, and the day on which it begins again. */
const HORIZON_MS = 8 * 24 * HOUR_MS;
const HOURS = HORIZON_MS / HOUR_MS;

/** Milliseconds between the next two ticks of an expression; null when it has no second one. */
export function intervalMs(schedule: string, timezone: string): number | null {
  const [first, second] = ticks(schedule, timezone, 2);
  return first !== undefined && second !== undefined ? second - first : null;
}

/**
 * Milliseconds of the longest gap that begins within a week of the next tick: how long nothing may happen although all
 * is well, such as from Friday evening to Monday. Null when there is no second tick.
 *
 * Hours and days are walked apart from minutes and seconds: a week of seconds would take a minute.
 */
export function longestIntervalMs(schedule: string, timezone: string): number | null {
  const fields = schedule.trim().split(/\s+/);
  const [second, minute, ...days] = fields.length === 5 ? ['0', ...fields] : fields;
  // `@daily` and the like are regular
  if (second === undefined || minute === undefined || days.length !== 4)
    return intervalMs(schedule, timezone);
  const hourly = ['0 0', ...days].join(' ');
  const [first, next] = ticks(hourly, timezone, 2);
  if (first === undefined || next === undefined) return null;
  const hours = next - first > HORIZON_MS ? [first, next] : ticks(hourly, timezone, HOURS + 1);
  const within = ticksOfHour(second, minute);
  const around = (within[0] ?? 0) - (within.at(-1) ?? 0);
  const between = gaps(hours.filter((_, at) => (hours[at - 1] ?? first) <= first + HORIZON_MS));
  return Math.max(...gaps(within), ...between.map((gap) => gap + around));
}

/** Milliseconds after the full hour, ascending. */
function ticksOfHour(second: string, minute: string): number[] {
  const every = (schedule: string, unitMs: number): number[] => {
    const found = ticks(schedule, 'UTC', 60).map((tick) => (tick / unitMs) % 60);
    return [...new Set(found)].sort((a, b) => a - b);
  };
  const seconds = every(`${second} * * * * *`, 1_000);
  return every(`0 ${minute} * * * *`, 60_000).flatMap((m) => seconds.map((s) => (m * 60 + s) * 1_000));
}

function gaps(ascending: readonly number[]): number[] {
  return ascending.flatMap((at, index) => (index === 0 ? [] : [at - (ascending[index - 1] ?? at)]));
}

/** Epoch milliseconds. */
function ticks(schedule: string, timezone: string, count: number): number[] {
  const task = createTask(schedule, () => undefined, { timezone });
  const next = task.getNextRuns(count).map((tick) => tick.getTime());
  void task.destroy();
  return next;
}
