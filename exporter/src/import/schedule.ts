/** Every so many seconds → a cron expression that comes as near as one can. */

/** What divides a minute, an hour and a day without a rest. */
const SECONDS = [10, 15, 20, 30];
const MINUTES = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];
const HOURS = [1, 2, 3, 4, 6, 8, 12, 24];

const EVERY: readonly { readonly seconds: number; readonly cron: string }[] = [
  ...SECONDS.map((n) => ({ seconds: n, cron: `*/${String(n)} * * * * *` })),
  ...MINUTES.map((n) => ({ seconds: n * 60, cron: n === 1 ? '* * * * *' : `*/${String(n)} * * * *` })),
  ...HOURS.map((n) => ({ seconds: n * 3_600, cron: n === 24 ? '0 0 * * *' : `0 */${String(n)} * * *` })),
];

export function cronEvery(seconds: number): { readonly cron: string; readonly seconds: number } {
  const distance = (one: number): number => Math.abs(Math.log(one / seconds));
  return EVERY.reduce((best, one) => (distance(one.seconds) < distance(best.seconds) ? one : best));
}
