import { countTicks } from './ticks.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 5, 15, 12);

test.each<[string, string, number, number, number]>([
  ['every five minutes for an hour', '*/5 * * * *', NOON + 30_000, NOON + HOUR + 30_000, 12],
  ['both ends are part of it', '*/5 * * * *', NOON, NOON + HOUR, 13],
  ['every ten seconds', '*/10 * * * * *', NOON + 30_000, NOON + 5 * MINUTE + 30_000, 30],
  ['six fields that tick once a minute', '30 * * * * *', NOON, NOON + 9 * MINUTE, 10],
  ['once a week', '0 3 * * MON', NOON, NOON + 28 * DAY, 4],
  ['a nickname', '@daily', NOON, NOON + 7 * DAY, 7],
  ['nothing was due', '0 3 * * *', NOON, NOON + HOUR, 0],
  ['a time that ends before it begins', '* * * * *', NOON, NOON - HOUR, 0],
])('%s', async (_title, schedule, since, until, ticks) => {
  expect(await countTicks(schedule, 'UTC', since, until)).toBe(ticks);
});

test('a schedule is counted in its own time zone, through the change to summer time', async () => {
  const march = Date.UTC(2026, 2, 28);
  expect(await countTicks('0 * * * *', 'Europe/Berlin', march, march + 2 * DAY - 1)).toBe(48);
  expect(await countTicks('30 9 * * *', 'Asia/Kolkata', NOON, NOON + DAY)).toBe(1);
});
