/** How often a schedule was due in a time that is over. */
import { createTask, parse } from 'node-cron';
import { setImmediate as letOthersRun } from 'node:timers/promises';

const MINUTE_MS = 60_000;
/** A look at one minute costs about 15 µs. */
const MINUTES_PER_TURN = 500;

/** Ticks in the whole minutes that begin from `since` to `until`, epoch milliseconds. */
export async function countTicks(
  schedule: string,
  timezone: string,
  since: number,
  until: number,
): Promise<number> {
  const task = createTask(schedule, () => undefined, { timezone });
  const seconds = parse(schedule).second;
  const first = (seconds[0] ?? 0) * 1_000;
  let minutes = 0;
  let looked = 0;
  for (let at = Math.ceil(since / MINUTE_MS) * MINUTE_MS; at <= until; at += MINUTE_MS) {
    if (task.match(new Date(at + first))) minutes += 1;
    looked += 1;
    if (looked % MINUTES_PER_TURN === 0) await letOthersRun();
  }
  void task.destroy();
  return minutes * Math.max(1, seconds.length);
}
