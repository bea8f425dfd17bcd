/** Deployments that were announced, in every store alike. */
import type { Store } from '../../exporter/src/stores/store.ts';
import { STORES, type Place } from './store-engines.ts';

const NOW = Date.UTC(2026, 5, 15, 12);
const DAY = 86_400_000;
const shop = { name: 'shop', version: 'v1', stage: 'canary', note: 'Größe 🙂', by: 'ops' };
const bare = { name: 'shop', version: null, stage: null, note: null, by: 'ann via grafana' };

describe.each(Object.keys(STORES))('the %s store', (engine) => {
  let place: Place;
  let store: Store;

  beforeEach(async () => {
    place = await (STORES[engine] as () => Promise<Place>)();
    store = await place.open();
  });
  afterEach(async () => {
    await store.close();
    await place.remove();
  });

  it('gives back what was announced, newest first, within a time and a number', async () => {
    const first = await store.addDeployment({ ...shop, at: NOW });
    const second = await store.addDeployment({ ...bare, at: NOW + 1 });
    const third = await store.addDeployment({ ...bare, at: NOW + 2 });
    expect(first).toEqual({ ...shop, at: NOW, id: first.id });
    expect(await store.deployments(NOW, NOW + 2, 10)).toEqual([third, second, first]);
    expect(await store.deployments(NOW, NOW + 1, 10)).toEqual([second, first]);
    expect(await store.deployments(NOW, NOW + 2, 2)).toEqual([third, second]);
    expect(await store.deployments(NOW + 3, NOW + 9, 10)).toEqual([]);
  });

  it('remembers them when it is opened again', async () => {
    const made = await store.addDeployment({ ...shop, at: NOW });
    await store.close();
    store = await place.open();
    expect(await store.deployments(0, NOW, 10)).toEqual([made]);
  });

  it('keeps them as long as runs', async () => {
    await store.addDeployment({ ...shop, at: NOW - 90 * DAY - 1 });
    const young = await store.addDeployment({ ...shop, at: NOW - 90 * DAY });
    const limits = { runsMs: 90 * DAY, maxRuns: 10, rollupsMs: 400 * DAY, violationsMs: DAY };
    expect(await store.retain(limits, NOW)).toBe(1);
    expect(await store.deployments(0, NOW, 10)).toEqual([young]);
  });
});
