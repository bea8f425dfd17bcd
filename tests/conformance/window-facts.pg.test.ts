/** What reports ask of a window, from every store alike. */
import type { Run } from '../../exporter/src/core/run.ts';
import type { Store, WindowFacts } from '../../exporter/src/stores/store.ts';
import { look, mismatch, prepareLook, stumble } from './looks.ts';
import { STORES, type Place } from './store-engines.ts';

const NOW = Date.UTC(2026, 5, 15, 12);
const MINUTE = 60_000;
const DAY = 86_400_000;

describe.each(Object.keys(STORES))('the %s store', (engine) => {
  let place: Place;
  let store: Store;
  let check = '';
  let checks = 0;

  beforeAll(async () => {
    place = await (STORES[engine] as () => Promise<Place>)();
    store = await place.open();
  });
  beforeEach(() => {
    checks += 1;
    check = `check_${String(checks)}`;
  });
  afterAll(async () => {
    await store.close();
    await place.remove();
  });

  function ask(from: number, to: number, most = 100): Promise<WindowFacts> {
    const limits = { slowest: 3, resolutions: most };
    return store.windowFacts({ check, from, to, startedFrom: from, startedTo: to, ...limits });
  }

  async function run(at: number, change: Partial<Run>): Promise<void> {
    const save = await prepareLook(store, check, [], at);
    await store.saveRun({ ...save, run: { ...save.run, ...change } });
  }

  it('knows nothing of a check that never ran', async () => {
    expect(await store.watchedSince(check)).toBeNull();
    expect(await ask(0, NOW)).toEqual({
      scheduled: { ran: 0, failed: 0 },
      slowest: [],
      resolutions: { ms: [], capped: false },
    });
  });

  it('counts the scheduled runs that started in the window, and those that could not look', async () => {
    await run(NOW - 10 * MINUTE, { startedAt: NOW - 10 * MINUTE - 1_000 });
    await run(NOW, { startedAt: NOW - 1_000 });
    await run(NOW + 1_000, { startedAt: NOW + 1, trigger: 'manual' });
    await run(NOW + MINUTE, { startedAt: NOW + MINUTE - 10, trigger: 'start' });
    const save = await prepareLook(store, check, [], NOW + 2 * MINUTE);
    const failed = { outcome: 'error' as const, result: null, error: 'gone', startedAt: NOW + MINUTE };
    await store.saveRun({ ...save, run: { ...save.run, ...failed }, changes: null });
    await stumble(store, check, NOW + 3 * MINUTE);
    expect((await ask(NOW - 5 * MINUTE, NOW + 5 * MINUTE)).scheduled).toEqual({ ran: 2, failed: 1 });
    expect((await ask(NOW, NOW + 5 * MINUTE)).scheduled).toEqual({ ran: 1, failed: 1 });
  });

  it('gives the slowest runs that ended in the window, slowest first', async () => {
    for (const [i, ms] of [10, 700, 20, 900, 800].entries())
      await run(NOW + i * MINUTE, { startedAt: NOW + i * MINUTE - ms });
    const { slowest } = await ask(NOW, NOW + 3 * MINUTE);
    expect(slowest.map(({ startedAt, finishedAt }) => finishedAt - startedAt)).toEqual([900, 700, 20]);
  });

  it('measures each resolution in the window from when the violation was opened or came back', async () => {
    const at = (minutes: number): number => NOW + minutes * MINUTE;
    await look(store, check, [mismatch([1]), mismatch([2]), mismatch([3])], at(0));
    await look(store, check, [mismatch([2], 5), mismatch([3])], at(10)); // 1 is gone after 10, 2 has changed
    await look(store, check, [mismatch([1]), mismatch([3])], at(15)); // 1 is back, 2 gone after 15
    await look(store, check, [mismatch([3])], at(18)); // 1 is gone again, after 3
    await look(store, check, [], at(60)); // 3 is gone after 60
    await look(store, `${check}_other`, [mismatch([1])], at(0));
    await look(store, `${check}_other`, [], at(1));
    const minutes = ({ ms }: WindowFacts['resolutions']): number[] => ms.map((one) => one / MINUTE);
    expect(minutes((await ask(at(0), at(20))).resolutions)).toEqual([3, 15, 10]);
    expect(minutes((await ask(at(0), at(60))).resolutions)).toEqual([60, 3, 15, 10]);
    expect((await ask(at(61), at(90))).resolutions).toEqual({ ms: [], capped: false });
    expect((await ask(at(0), at(60), 2)).resolutions).toEqual({
      ms: [60 * MINUTE, 3 * MINUTE],
      capped: true,
    });
  });

  it('says since when a check was watched, also when only daily sums are left of the beginning', async () => {
    await look(store, check, [], NOW - 3 * DAY);
    await look(store, check, [], NOW);
    expect(await store.watchedSince(check)).toBe(NOW - 3 * DAY);
    await store.retain({ runsMs: DAY, maxRuns: 1e9, rollupsMs: 1e12, violationsMs: 1e12 }, NOW);
    expect(await store.watchedSince(check)).toBe(Math.floor((NOW - 3 * DAY) / DAY) * DAY);
  });
});
