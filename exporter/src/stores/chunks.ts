import { setImmediate as letOthersRun } from 'node:timers/promises';

/** 500 violation rows are 12,500 parameters, under SQLite's 32,766 and Postgres' 65,535. */
export const ROWS_PER_STATEMENT = 500;
export const IDS_PER_STATEMENT = 1_000;

/** One after the other, giving way in between: SQLite is synchronous, and 10,000 rows would hold every request up. */
export async function inChunks<T>(
  rows: readonly T[],
  size: number,
  work: (chunk: readonly T[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += size) {
    await work(rows.slice(start, start + size));
    await letOthersRun();
  }
}
