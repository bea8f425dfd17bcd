/** One suite, every store: whatever one of them promises, the other keeps too. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  reconcile,
  violationId,
  type Disagreement,
  type KnownMark,
} from '../../exporter/src/core/violation.ts';
import type { Value } from '../../exporter/src/core/value.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import {
  CursorError,
  VIOLATION_SORTS,
  type Store,
  type ViolationQuery,
} from '../../exporter/src/stores/store.ts';
import { CHECKED, everyRow, job, look, mismatch, prepareLook, stumble } from './looks.ts';
import { STORES, type Place } from './store-engines.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 15, 12);
const MEASURED_MARK: KnownMark = {
  ...{ reason: 'being rebuilt', ticket: null, by: 'ada', at: NOW, expiresAt: null, from: 'api' },
};
const FOREVER = { runsMs: 1e12, maxRuns: 1e9, rollupsMs: 1e12, violationsMs: 1e12 };

function all(check: string, more: Partial<ViolationQuery> = {}): ViolationQuery {
  return { checks: [check], sort: 'key', descending: false, limit: 100, ...more };
}

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

  async function keys(query: ViolationQuery): Promise<(readonly Value[])[]> {
    return (await store.violations(query)).rows.map(({ key }) => key);
  }

  it('keeps the newest of measured values, and a mark on them, without a step in a life', async () => {
    await look(store, check, [mismatch([1], 800)], NOW);
    const id = violationId(check, [1]);
    await store.markKnown([id], MEASURED_MARK);
    const save = await prepareLook(store, check, [], NOW + 1);
    const observed = [{ ...mismatch([1], 900), id }];
    const changes = reconcile(await store.remembered(check, [id]), observed, true);
    await store.saveRun({ ...save, changes });
    const found = await store.violation(id);
    expect(found?.violation).toMatchObject({ state: 'known', left: [900], firstLeft: [800], timesSeen: 2 });
    expect(found?.life.map(({ event }) => event).sort()).toEqual(['marked', 'opened']);
  });

  describe('runs', () => {
    it('gives a run back exactly as it was saved', async () => {
      const run = await look(store, check, [mismatch([1])], NOW);
      expect(await store.run(run.id)).toEqual(run);
      expect(await store.lastRun(check)).toEqual(run);
    });

    it('knows nothing of a run that was never saved', async () => {
      expect(await store.run('nothing')).toBeNull();
      expect(await store.lastRun(check)).toBeNull();
      expect(await store.lastConclusiveRun(check)).toBeNull();
      expect(await store.runs(check, 10)).toEqual({ rows: [], nextCursor: null });
    });

    it('tells the newest run from the newest that could look', async () => {
      const looked = await look(store, check, [], NOW);
      const stumbled = await stumble(store, check, NOW + 1);
      expect(await store.lastRun(check)).toEqual(stumbled);
      expect(await store.lastConclusiveRun(check)).toEqual(looked);
    });

    it('pages through runs newest first, also those of the same millisecond', async () => {
      const saved: string[] = [];
      for (let i = 0; i < 9; i += 1) saved.push((await look(store, check, [], NOW + Math.floor(i / 4))).id);
      await look(store, `${check}_other`, [], NOW);
      const rows = await everyRow((cursor) => store.runs(check, 2, cursor));
      expect(rows.map(({ id }) => id).sort()).toEqual(saved.sort());
      expect(rows.map(({ finishedAt }) => finishedAt - NOW)).toEqual([2, 1, 1, 1, 1, 0, 0, 0, 0]);
    });

    it('saves a run once, however often it is asked to', async () => {
      const save = await prepareLook(store, check, [mismatch([1])], NOW);
      await store.saveRun(save);
      await store.saveRun(save);
      const [row] = (await store.violations(all(check))).rows;
      expect(row?.timesSeen).toBe(1);
      expect((await store.runs(check, 10)).rows).toHaveLength(1);
    });

    it('refuses a run that could not look and yet wants to change violations', async () => {
      const save = await prepareLook(store, check, [mismatch([1])], NOW);
      const run = { ...save.run, outcome: 'error' as const, result: null };
      await expect(store.saveRun({ ...save, run })).rejects.toThrow('must not open or resolve');
      expect(await store.countViolations(all(check))).toBe(0);
    });

    it('saves a run whole or not at all', async () => {
      await look(store, check, [mismatch([1])], NOW);
      const save = await prepareLook(store, check, [mismatch([2])], NOW + 1);
      const broken = { ...save.job, consecutiveFailures: null as unknown as number };
      await expect(store.saveRun({ ...save, job: broken })).rejects.toThrow();
      expect(await store.run(save.run.id)).toBeNull();
      expect(await keys(all(check, { state: 'open' }))).toEqual([[1]]);
      await look(store, check, [mismatch([2])], NOW + 2);
      expect(await keys(all(check, { state: 'open' }))).toEqual([[2]]);
    });
  });

  describe('the life of a violation', () => {
    it('is opened, changed, resolved and reopened, and remembers both values at first sight', async () => {
      const id = violationId(check, [7, 'COACH']);
      const first = await look(store, check, [mismatch([7, 'COACH'], 1, 2)], NOW);
      await look(store, check, [mismatch([7, 'COACH'], 1, 2)], NOW + 1_000);
      const gone = { kind: 'missing_right', key: [7, 'COACH'], left: [1], right: null };
      const changed = await look(store, check, [gone], NOW + 2_000);
      const resolved = await look(store, check, [], NOW + 3_000);
      expect((await store.violation(id))?.violation).toMatchObject({
        state: 'resolved',
        resolvedAt: NOW + 3_000,
        lastSeenAt: NOW + 2_000,
      });
      const reopened = await look(store, check, [mismatch([7, 'COACH'], 5, 6)], NOW + 4_000);
      expect(await store.violation(id)).toEqual({
        violation: {
          id,
          check,
          kind: 'mismatch',
          state: 'open',
          known: null,
          key: [7, 'COACH'],
          left: [5],
          right: [6],
          firstLeft: [1],
          firstRight: [2],
          firstSeenAt: NOW,
          lastSeenAt: NOW + 4_000,
          resolvedAt: null,
          reopenedAt: NOW + 4_000,
          timesSeen: 4,
          timesReopened: 1,
        },
        life: [
          { at: NOW, event: 'opened', runId: first.id, kind: 'mismatch', left: [1], right: [2] },
          {
            at: NOW + 2_000,
            event: 'changed',
            runId: changed.id,
            kind: 'missing_right',
            left: [1],
            right: null,
          },
          {
            at: NOW + 3_000,
            event: 'resolved',
            runId: resolved.id,
            kind: 'missing_right',
            left: [1],
            right: null,
          },
          { at: NOW + 4_000, event: 'reopened', runId: reopened.id, kind: 'mismatch', left: [5], right: [6] },
        ].map((step) => ({ ...step, by: null, reason: null })),
      });
    });

    it('does not move while a source is down', async () => {
      await look(store, check, [mismatch([1])], NOW);
      const before = await store.violation(violationId(check, [1]));
      await stumble(store, check, NOW + 1_000);
      expect(await store.violation(violationId(check, [1]))).toEqual(before);
    });

    it('is one life where several rows share a key', async () => {
      const rows = [1, 2, 3].map((left) => ({
        kind: 'null_key',
        key: [null, 'COACH'],
        left: [left],
        right: null,
      }));
      await look(store, check, rows, NOW);
      await look(store, check, rows, NOW + 1);
      const { rows: found } = await store.violations(all(check));
      expect(found).toHaveLength(1);
      expect(found[0]?.timesSeen).toBe(2);
    });

    it('is null for an unknown id', async () => {
      expect(await store.violation('nothing')).toBeNull();
    });

    it('shows the newest thousand steps of a value that never rests', async () => {
      const flapping = Array.from({ length: 1_005 }, (_, i) => i);
      for (const i of flapping) await look(store, check, [mismatch([1], i, -1)], NOW + i);
      const life = (await store.violation(violationId(check, [1])))?.life ?? [];
      expect(life).toHaveLength(1_000);
      expect(life.at(-1)?.left).toEqual([1_004]);
      expect(life[0]?.left).toEqual([5]);
    }, 60_000);
  });

  describe('what is remembered', () => {
    it('holds open violations of the check, and resolved ones that are asked for', async () => {
      await look(store, check, [mismatch([1]), mismatch([2]), mismatch([3])], NOW);
      await look(store, check, [mismatch([3])], NOW + 1);
      await look(store, `${check}_other`, [mismatch([4])], NOW);
      const id = (key: number) => violationId(check, [key]);
      const found = await store.remembered(check, [id(2), id(3), id(9)]);
      expect([...found.keys()].sort()).toEqual([id(2), id(3)].sort());
      expect(found.get(id(2))).toEqual({
        id: id(2),
        kind: 'mismatch',
        state: 'resolved',
        key: [2],
        left: [3],
        right: [4],
      });
      expect(found.get(id(3))?.state).toBe('open');
    });

    it('keeps every value exactly', async () => {
      const key: Value[] = ['9007199254740993', -0.1, true, 'ключ 🔑 "quoted" \\ \n', '\u0000', '\uD800', ''];
      const row: Disagreement = { kind: 'mismatch', key, left: [null, '1.10', 1e300], right: [false] };
      await look(store, check, [row], NOW);
      const [violation] = (await store.violations(all(check))).rows;
      expect(violation).toMatchObject({
        key,
        left: [null, '1.10', 1e300],
        right: [false],
        firstRight: [false],
      });
      await look(store, check, [row], NOW + 1);
      expect((await store.violation(violationId(check, key)))?.life).toHaveLength(1);
    });

    describe('a known violation', () => {
      const mark = (change: Partial<KnownMark> = {}): KnownMark => ({
        ...{ reason: 'moves in March', ticket: 'https://tickets.example.test/7', by: 'ada', at: NOW + 1 },
        ...{ expiresAt: null, from: 'api' as const },
        ...change,
      });
      const id = (key: number) => violationId(check, [key]);
      const one = async (key: number) => (await store.violation(id(key)))?.violation;
      const steps = async (key: number) =>
        (await store.violation(id(key)))?.life.map(({ event, by }) => [event, by]);

      beforeEach(() => look(store, check, [mismatch([1]), mismatch([2])], NOW));

      it('leaves the open ones with its reason, and resolves without the mark once its row is mended', async () => {
        expect(await store.markKnown([id(1), id(99)], mark())).toEqual({
          done: [{ id: id(1), check }],
          skipped: [{ id: id(99), reason: 'there is no such violation' }],
        });
        expect(await one(1)).toMatchObject({ state: 'known', known: mark() });
        expect(await store.standing(check)).toEqual({
          known: { mismatch: 1 },
          oldestOpenAt: NOW,
          entities: 1,
        });
        await look(store, check, [mismatch([1]), mismatch([2])], NOW + 2);
        expect((await one(1))?.state).toBe('known');
        await look(store, check, [mismatch([2])], NOW + 3);
        expect(await one(1)).toMatchObject({ state: 'resolved', known: null });
        await look(store, check, [mismatch([1]), mismatch([2])], NOW + 4);
        expect(await one(1)).toMatchObject({ state: 'open', known: null });
        expect(await steps(1)).toEqual([
          ['opened', null],
          ['marked', 'ada'],
          ['resolved', null],
          ['reopened', null],
        ]);
      });

      it('is open again as soon as its values are others', async () => {
        await store.markKnown([id(1)], mark());
        await look(store, check, [mismatch([1], 3, 5), mismatch([2])], NOW + 2);
        expect(await one(1)).toMatchObject({ state: 'open', known: null, timesReopened: 1 });
      });

      it('is open again when the mark runs out, and not a moment sooner', async () => {
        await store.markKnown([id(1)], mark({ expiresAt: NOW + 10 }));
        expect(await store.expireMarks(check, NOW + 9)).toBe(0);
        expect((await one(1))?.state).toBe('known');
        expect(await store.expireMarks(check, NOW + 10)).toBe(1);
        expect(await one(1)).toMatchObject({ state: 'open', known: null, reopenedAt: NOW + 10 });
        expect((await steps(1))?.at(-1)).toEqual(['expired', null]);
      });

      it('is open again when somebody takes the mark back', async () => {
        await store.markKnown([id(1)], mark());
        expect(await store.unmark([id(1), id(2)], 'bob', NOW + 2)).toEqual({
          done: [{ id: id(1), check }],
          skipped: [{ id: id(2), reason: 'it is not known' }],
        });
        expect((await steps(1))?.at(-1)).toEqual(['unmarked', 'bob']);
      });

      it('takes its mark from the configuration, which nobody else changes, and loses it with the configuration', async () => {
        const config = mark({ from: 'config', by: 'configuration' });
        const entry = { id: id(1), mark: config, left: [3], right: null };
        const other = { id: id(2), mark: config, left: [77], right: null };
        await look(store, check, [mismatch([1]), mismatch([2])], NOW + 2, [entry, other]);
        expect([(await one(1))?.state, (await one(2))?.state]).toEqual(['known', 'open']);
        expect((await store.unmark([id(1)], 'bob', NOW + 3)).skipped[0]?.reason).toMatch(
          /configuration file/,
        );
        expect((await store.markKnown([id(1)], mark())).skipped[0]?.reason).toMatch(/configuration file/);
        const later = { ...entry, mark: { ...config, reason: 'later', at: NOW + 5 } };
        await look(store, check, [mismatch([1]), mismatch([2])], NOW + 4, [later]);
        expect((await one(1))?.known).toMatchObject({ reason: 'later', at: config.at });
        await look(store, check, [mismatch([1]), mismatch([2])], NOW + 6, []);
        expect(await one(1)).toMatchObject({ state: 'open', known: null });
      });

      it('stays known under the configuration when its values change to others that this accepts', async () => {
        const config = mark({ from: 'config', by: 'configuration' });
        const entries = [1, 2].map((key) => ({
          id: id(key),
          mark: config,
          left: null,
          right: key === 1 ? null : [4],
        }));
        await look(store, check, [mismatch([1]), mismatch([2])], NOW + 2, entries);
        const run = await look(store, check, [mismatch([1], 4), mismatch([2], 4, 7)], NOW + 3, entries);
        expect(run.result).toMatchObject({ opened: 1, resolved: 0 });
        const known = { state: 'known', left: [4], known: { ...config, at: config.at }, reopenedAt: null };
        expect(await one(1)).toMatchObject({ ...known, timesReopened: 0, timesSeen: 3 });
        expect(await one(2)).toMatchObject({ state: 'open', known: null, right: [7], timesReopened: 1 });
        await look(
          store,
          check,
          [{ ...mismatch([1]), kind: 'missing_right', right: null }],
          NOW + 4,
          entries,
        );
        expect(await one(1)).toMatchObject({ state: 'known', kind: 'missing_right', right: null });
        expect((await store.standing(check)).known).toEqual({ missing_right: 1 });
        const life = (await steps(1))?.map(([event]) => event);
        expect(life).toEqual(['opened', 'marked', 'changed', 'changed']);
      });

      it("is the configuration's when an admin's mark was for other values", async () => {
        await store.markKnown([id(1)], mark());
        const entry = {
          id: id(1),
          mark: mark({ from: 'config', by: 'configuration' }),
          left: null,
          right: null,
        };
        await look(store, check, [mismatch([1], 4), mismatch([2])], NOW + 3, [entry]);
        expect(await one(1)).toMatchObject({ state: 'known', left: [4], known: { from: 'config' } });
        await look(store, check, [mismatch([1], 4), mismatch([2])], NOW + 4);
        expect(await one(1)).toMatchObject({ state: 'open', known: null });
      });

      it('cannot be made of a resolved one', async () => {
        await look(store, check, [mismatch([2])], NOW + 2);
        expect((await store.markKnown([id(1)], mark())).skipped).toEqual([
          { id: id(1), reason: 'it is resolved' },
        ]);
      });
    });

    describe('a baseline', () => {
      const make = (name: string, at: number) =>
        store.makeBaseline({ check, name, note: null, by: 'ada', at });

      it('is the newest run that could look, with what was open or known then', async () => {
        expect(await make('too early', NOW)).toBeNull();
        const run = await look(store, check, [mismatch([1]), mismatch([2])], NOW);
        await store.markKnown([violationId(check, [2])], {
          ...{ reason: 'r', ticket: null, by: 'ada', at: NOW, expiresAt: null, from: 'api' },
        });
        await stumble(store, check, NOW + 1);
        const made = await make('before the move', NOW + 2);
        expect(made).toMatchObject({
          ...{
            check,
            name: 'before the move',
            note: null,
            createdAt: NOW + 2,
            createdBy: 'ada',
            current: true,
          },
          ...{ runId: run.id, runAt: NOW, checked: CHECKED, inconsistent: 2, capped: false },
          counts: { mismatch: 2, missing_left: 0 },
        });
        await look(store, check, [mismatch([3])], NOW + 3);
        const rows = await store.baselineRows(made?.id ?? '');
        expect(rows.map(({ key }) => key[0]).sort()).toEqual([1, 2]);
        expect(rows[0]).toMatchObject({ kind: 'mismatch', left: [3], right: [4] });
        expect(await store.baselines(check)).toEqual([made]);
      });

      it('is current one at a time, and outlives retention', async () => {
        await look(store, check, [mismatch([1])], NOW);
        const first = await make('first', NOW + 1);
        const second = await make('second', NOW + 2);
        const currents = async () =>
          (await store.baselines(check)).map(({ name, current }) => `${name} ${String(current)}`);
        expect(await currents()).toEqual(['second true', 'first false']);
        expect(await store.chooseBaseline(first?.id ?? '')).toEqual({ ...first, current: true });
        expect(await currents()).toEqual(['second false', 'first true']);
        await look(store, check, [], NOW + 3);
        await store.retain({ runsMs: 1, maxRuns: 1, rollupsMs: 1, violationsMs: 1 }, NOW + 400 * DAY);
        expect(await store.baselineRows(second?.id ?? '')).toHaveLength(1);
        expect(await store.removeBaseline(first?.id ?? '')).toBe(true);
        expect(await store.removeBaseline(first?.id ?? '')).toBe(false);
        expect(await store.baselineRows(first?.id ?? '')).toEqual([]);
        expect(await currents()).toEqual(['second false']);
        expect(await store.chooseBaseline('nothing')).toBeNull();
      });
    });

    it('knows how old the oldest open violation of a check is and how many entities have one', async () => {
      await look(store, check, [mismatch([1])], NOW);
      await look(store, check, [mismatch([1]), mismatch([2])], NOW + 5);
      await look(store, `${check}_clean`, [], NOW);
      expect(await store.standing(check)).toMatchObject({ oldestOpenAt: NOW, entities: 2, known: {} });
      expect(await store.standing(`${check}_clean`)).toEqual({ oldestOpenAt: null, entities: 0, known: {} });
      await look(store, check, [mismatch([2])], NOW + 9);
      expect((await store.standing(check)).oldestOpenAt).toBe(NOW + 5);
    });
  });

  describe('a list of violations', () => {
    const MIXED: readonly Disagreement[] = [
      ...[10, 9, -3, 0, 2.5, -2.25, '9007199254740993', '9007199254740992', 100].map((n) =>
        mismatch([n], 1, 1),
      ),
      ...['b', 'A', 'c', 'Ä', 'z', '%', '_', '10%', 'snake_case', 'Straße'].map((t) => mismatch([t], 2, 0)),
      { kind: 'missing_left', key: [true, 'x'], left: null, right: ['text'] },
      { kind: 'missing_left', key: [false, 'x'], left: null, right: [null] },
      { kind: 'missing_right', key: [null, 'b'], left: ['text'], right: null },
      { kind: 'null_key', key: [null, 'a'], left: ['1e3'], right: null },
      { kind: 'mismatch', key: ['z', 2], left: ['-12'], right: ['12'] },
      { kind: 'mismatch', key: ['z', 10], left: ['-120'], right: ['120'] },
    ];

    beforeEach(async () => {
      await look(store, check, MIXED.slice(0, 12), NOW);
      await look(store, check, MIXED.slice(4), NOW + 1);
      await look(store, `${check}_other`, [mismatch([1])], NOW);
    });

    const orders = VIOLATION_SORTS.flatMap((sort) => [[sort, false] as const, [sort, true] as const]);
    it.each(orders)(
      'sorted by %s (descending: %s) walks every row exactly once',
      async (sort, descending) => {
        const query = { ...all(check), checks: [check, `${check}_other`], sort, descending };
        const whole = (await store.violations({ ...query, limit: 1_000 })).rows.map(({ id }) => id);
        expect(new Set(whole).size).toBe(MIXED.length + 1);
        for (const limit of [1, 4, 7]) {
          const walked = await everyRow((cursor) =>
            store.violations({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) }),
          );
          expect(walked.map(({ id }) => id)).toEqual(whole);
        }
      },
    );

    it('sorts booleans, then numbers by value, then text of any case, and what is NULL last', async () => {
      const ascending = [
        ...[[false, 'x'], [true, 'x'], [-3], [-2.25], [0], [2.5], [9], [10], [100]],
        ...[['9007199254740992'], ['9007199254740993']],
        ...[
          ['%'],
          ['10%'],
          ['_'],
          ['A'],
          ['b'],
          ['c'],
          ['snake_case'],
          ['Straße'],
          ['z'],
          ['z', 2],
          ['z', 10],
          ['Ä'],
        ],
      ];
      const up = await keys(all(check));
      expect(up.slice(0, -2)).toEqual(ascending);
      expect(up.slice(-2).map(([first]) => first)).toEqual([null, null]);
      const down = await keys(all(check, { descending: true }));
      expect(down.slice(0, -2)).toEqual(ascending.reverse());
      expect(down.slice(-2).map(([first]) => first)).toEqual([null, null]);
    });

    it('sorts numbers that are kept as text by value', async () => {
      const { rows } = await store.violations(all(check, { sort: 'left', limit: 2 }));
      expect(rows.map(({ left }) => left)).toEqual([['-120'], ['-12']]);
      const last = await store.violations(all(check, { sort: 'right', descending: true, limit: 3 }));
      expect(last.rows.map(({ right }) => right)).toEqual([['text'], ['120'], ['12']]);
    });

    it('shows open violations without a resolution time after resolved ones, both ways', async () => {
      for (const descending of [false, true]) {
        const { rows } = await store.violations(all(check, { sort: 'resolved', descending }));
        const times = rows.map(({ resolvedAt }) => resolvedAt);
        expect(times.slice(0, 4)).toEqual([NOW + 1, NOW + 1, NOW + 1, NOW + 1]);
        expect(new Set(times.slice(4))).toEqual(new Set([null]));
      }
    });

    it('filters by check, kind and state, and counts the same', async () => {
      const counted: [Partial<ViolationQuery>, number][] = [
        [{}, MIXED.length],
        [{ checks: [check, `${check}_other`] }, MIXED.length + 1],
        [{ checks: [] }, 0],
        [{ kinds: [] }, 0],
        [{ kinds: ['missing_left', 'null_key'] }, 3],
        [{ state: 'resolved' }, 4],
        [{ state: 'open', kinds: ['mismatch'] }, MIXED.length - 4 - 4],
      ];
      for (const [filter, count] of counted) {
        expect((await store.violations(all(check, filter))).rows).toHaveLength(count);
        expect(await store.countViolations(all(check, filter))).toBe(count);
      }
    });

    it.each([
      ['%', [['%'], ['10%']]],
      ['_', [['_'], ['snake_case']]],
      ['STRAß', [['Straße']]],
      ['ä', [['Ä']]],
      ['A\u0308', [['Ä']]],
      ['Z 1', [['z', 10]]],
      ["'; DROP TABLE violation; --", []],
      ['!', []],
    ])('searches the key for %j as it is written, in any case', async (search, found) => {
      expect(await keys(all(check, { search }))).toEqual(found);
      expect(await store.countViolations(all(check, { search }))).toBe(found.length);
    });

    it('treats an empty search as none', async () => {
      expect(await store.countViolations(all(check, { search: '' }))).toBe(MIXED.length);
    });

    it('refuses a cursor that was altered or given out for another list', async () => {
      const { nextCursor } = await store.violations(all(check, { limit: 3 }));
      const cursor = nextCursor ?? '';
      expect(cursor).toMatch(/^[A-Za-z0-9_.-]+$/);
      const strangers = [
        all(check, { cursor: 'x' }),
        all(check, { cursor: '' }),
        all(check, { cursor: `${cursor}x` }),
        all(check, { cursor: `A${cursor.slice(1)}` }),
        all(check, { cursor, sort: 'left' }),
        all(check, { cursor, descending: true }),
        all(check, { cursor, state: 'open' }),
        all(check, { cursor, search: 'a' }),
        all(`${check}_other`, { cursor }),
      ];
      for (const query of strangers) await expect(store.violations(query)).rejects.toThrow(CursorError);
      await expect(store.runs(check, 3, cursor)).rejects.toThrow(CursorError);
      await expect(store.auditTrail(3, cursor)).rejects.toThrow(CursorError);
      expect((await store.violations(all(check, { cursor, limit: 5 }))).rows).toHaveLength(5);
    });
  });

  describe('jobs and audit', () => {
    it('keeps the newest state of a job, also that of its run', async () => {
      await look(store, check, [], NOW);
      const saved = (await store.jobs()).filter((state) => state.job === check);
      expect(saved).toEqual([job(check, NOW)]);
      const next = {
        ...job(check, NOW + 5),
        lastDurationMs: null,
        lastSuccessAt: null,
        consecutiveFailures: 3,
      };
      await store.saveJob(next);
      expect((await store.jobs()).filter((state) => state.job === check)).toEqual([next]);
    });

    it('lists what was done newest first, in the order of doing', async () => {
      const actions = ['a', 'b', 'c', 'd', 'e'];
      for (const action of actions) {
        await store.audit({ at: NOW, actor: 'ops', action, subject: check, details: { nested: ['ü', 1] } });
      }
      const trail = await everyRow((cursor) => store.auditTrail(2, cursor));
      expect(trail.map(({ action }) => action)).toEqual([...actions].reverse());
      expect(trail[0]).toEqual({
        at: NOW,
        actor: 'ops',
        action: 'e',
        subject: check,
        details: { nested: ['ü', 1] },
      });
    });
  });

  describe('retention', () => {
    it('turns the runs of old days into one rollup a day, and counts no run twice', async () => {
      const old = NOW - 100 * DAY;
      await look(store, check, [mismatch([1]), mismatch([2])], old);
      await look(store, check, [mismatch([1])], old + 1_000);
      await stumble(store, check, old + 2_000);
      await stumble(store, check, old + DAY);
      const today = await look(store, check, [], NOW);
      const before = await store.history(check, 0, NOW);
      expect(before.map(({ span }) => span)).toEqual(['run', 'run', 'run', 'run', 'run']);
      expect(before[0]).toEqual({
        at: old,
        span: 'run',
        runs: 1,
        errors: 0,
        checked: CHECKED,
        inconsistent: 2,
        minRatio: 1 - 2 / CHECKED,
        maxRatio: 1 - 2 / CHECKED,
        opened: 2,
        resolved: 0,
      });

      const limits = { ...FOREVER, runsMs: 90 * DAY };
      expect(await store.retain(limits, NOW)).toBe(4);
      const day = Math.floor(old / DAY) * DAY;
      const dark = {
        checked: null,
        inconsistent: null,
        minRatio: null,
        maxRatio: null,
        opened: 0,
        resolved: 0,
      };
      const expected = [
        {
          at: day,
          span: 'day',
          runs: 3,
          errors: 1,
          checked: CHECKED,
          inconsistent: 1,
          minRatio: 1 - 2 / CHECKED,
          maxRatio: 1 - 1 / CHECKED,
          opened: 2,
          resolved: 1,
        },
        { at: day + DAY, span: 'day', runs: 1, errors: 1, ...dark },
        {
          at: NOW,
          span: 'run',
          runs: 1,
          errors: 0,
          checked: CHECKED,
          inconsistent: 0,
          minRatio: 1,
          maxRatio: 1,
          opened: 0,
          resolved: 1,
        },
      ];
      expect(await store.history(check, 0, NOW)).toEqual(expected);
      expect(await store.retain(limits, NOW)).toBe(0);
      expect(await store.history(check, 0, NOW)).toEqual(expected);
      expect(await store.lastRun(check)).toEqual(today);
      expect(await store.history(check, NOW - DAY, NOW)).toHaveLength(1);
    });

    it('keeps the newest run and the newest that could look, however old', async () => {
      const old = NOW - 500 * DAY;
      await look(store, check, [], old);
      const looked = await look(store, check, [], old + 1);
      await stumble(store, check, old + 2);
      const last = await stumble(store, check, old + 3);
      await store.retain({ ...FOREVER, runsMs: DAY }, NOW);
      expect(await store.lastRun(check)).toEqual(last);
      expect(await store.lastConclusiveRun(check)).toEqual(looked);
      expect((await store.runs(check, 10)).rows).toEqual([last, looked]);
    });

    it('keeps so many runs of a check and adds the others up, in several sittings too', async () => {
      for (let i = 0; i < 12; i += 1) {
        await look(store, check, i % 2 === 0 ? [mismatch([1])] : [], NOW + i);
        if (i % 3 === 2) await store.retain({ ...FOREVER, maxRuns: 4 }, NOW + i);
      }
      const { rows } = await store.runs(check, 100);
      expect(rows.map(({ finishedAt }) => finishedAt - NOW)).toEqual([11, 10, 9, 8]);
      const points = await store.history(check, 0, NOW + DAY);
      expect(points.map(({ span, runs }) => [span, runs])).toEqual([
        ['day', 8],
        ...[1, 2, 3, 4].map(() => ['run', 1]),
      ]);
      expect(points.reduce((sum, { opened }) => sum + opened, 0)).toBe(6);
    });

    it('deletes more than one transaction takes', async () => {
      const old = NOW - 100 * DAY;
      for (let i = 0; i < 2_100; i += 1) {
        await store.saveRun({ ...(await prepareLook(store, check, [], old + i)), changes: null });
      }
      expect(await store.retain({ ...FOREVER, runsMs: 90 * DAY }, NOW)).toBe(2_099);
      expect((await store.history(check, 0, NOW)).map(({ runs }) => runs)).toEqual([2_099, 1]);
    }, 60_000);

    it('forgets violations that were resolved long ago, with their life, and nothing that is open', async () => {
      const old = NOW - 100 * DAY;
      await look(store, check, [mismatch([1]), mismatch([2])], old);
      await look(store, check, [mismatch([2], 8, 9)], old + 1);
      await look(store, check, [mismatch([2], 8, 9), mismatch([3])], NOW - 2);
      await look(store, check, [mismatch([2], 9, 9)], NOW - 1);
      await store.retain({ ...FOREVER, violationsMs: 90 * DAY }, NOW);
      expect(await keys(all(check))).toEqual([[2], [3]]);
      expect(await store.violation(violationId(check, [1]))).toBeNull();
      const life = (await store.violation(violationId(check, [2])))?.life ?? [];
      expect(life.map(({ event, at }) => [event, at])).toEqual([
        ['opened', old],
        ['changed', NOW - 1],
      ]);
      await look(store, check, [mismatch([1])], NOW);
      expect((await store.violation(violationId(check, [1])))?.violation).toMatchObject({
        firstSeenAt: NOW,
        timesReopened: 0,
      });
    });

    it('forgets rollups and audit entries after their time', async () => {
      const old = NOW - 500 * DAY;
      await look(store, check, [], old);
      await look(store, check, [], NOW);
      await store.audit({ at: old, actor: 'ops', action: 'ancient', subject: check, details: {} });
      await store.retain({ ...FOREVER, runsMs: 90 * DAY, rollupsMs: 400 * DAY }, NOW);
      expect((await store.history(check, 0, NOW)).map(({ span }) => span)).toEqual(['run']);
      const trail = await everyRow((cursor) => store.auditTrail(100, cursor));
      expect(trail.map(({ action }) => action)).not.toContain('ancient');
    });
  });

  describe('many at once', () => {
    it('saves 10,000 violations, sees them again, and resolves them, giving way meanwhile', async () => {
      const rows = Array.from({ length: 10_000 }, (_, i) => mismatch([i, i % 2 ? 'PLAYER' : 'COACH']));
      let turns = 0;
      const clock = setInterval(() => (turns += 1), 1);
      for (const [i, seen] of [rows, rows, rows.map((row) => ({ ...row, left: [9] })), []].entries()) {
        await store.saveRun(await prepareLook(store, check, seen, NOW + i));
      }
      clearInterval(clock);
      expect(turns).toBeGreaterThan(20);
      expect(await store.countViolations(all(check, { state: 'resolved' }))).toBe(10_000);
      const { violation, life } = (await store.violation(violationId(check, [1, 'PLAYER']))) ?? {};
      expect(violation).toMatchObject({ timesSeen: 3, left: [9], firstLeft: [3] });
      expect(life?.map(({ event }) => event)).toEqual(['opened', 'changed', 'resolved']);
      const walked = await everyRow((cursor) =>
        store.violations(all(check, { limit: 500, ...(cursor === undefined ? {} : { cursor }) })),
      );
      expect(walked.map(({ key }) => key[0])).toEqual(rows.map(({ key }) => key[0]));
    }, 60_000);

    it('saves runs of many checks at the same time, while others read', async () => {
      const other = await place.open();
      try {
        const saves = Array.from({ length: 24 }, async (_, i) => {
          const where = i % 2 ? store : other;
          const name = `${check}_${String(i % 6)}`;
          const rows = Array.from({ length: 300 }, (__, n) => mismatch([n]));
          await look(where, name, i % 4 < 2 ? rows : rows.reverse(), NOW + i);
          await where.violations(all(name));
        });
        await Promise.all(saves);
        for (let i = 0; i < 6; i += 1) {
          const name = `${check}_${String(i)}`;
          expect((await other.runs(name, 100)).rows).toHaveLength(4);
          expect(await store.countViolations(all(name, { state: 'open' }))).toBe(300);
        }
      } finally {
        await other.close();
      }
    }, 60_000);

    it('shows the last complete run while the next is being saved', async () => {
      await look(store, check, [mismatch([0])], NOW);
      const rows = Array.from({ length: 4_000 }, (_, i) => mismatch([i + 1]));
      const save = await prepareLook(store, check, rows, NOW + 1);
      const seen = new Set<number>();
      const saving = new AbortController();
      const watching = (async () => {
        while (!saving.signal.aborted) {
          seen.add(await store.countViolations(all(check, { state: 'open' })));
          await new Promise(setImmediate);
        }
      })();
      await store.saveRun(save);
      saving.abort();
      await watching;
      seen.add(await store.countViolations(all(check, { state: 'open' })));
      expect([...seen].sort((a, b) => a - b)).toEqual([1, 4_000]);
    }, 60_000);
  });

  describe('opening and closing', () => {
    it('finds everything again', async () => {
      const run = await look(store, check, [mismatch([1])], NOW);
      const other = await place.open();
      expect(await other.lastRun(check)).toEqual(run);
      await other.ping();
      await other.close();
      await other.close();
      await expect(other.ping()).rejects.toThrow('the store is closed');
      await store.ping();
    });

    it('finishes the run being saved before it closes', async () => {
      const other = await place.open();
      const rows = Array.from({ length: 3_000 }, (_, i) => mismatch([i]));
      const save = await prepareLook(other, check, rows, NOW);
      const saving = other.saveRun(save);
      await other.close();
      await saving;
      expect(await store.countViolations(all(check))).toBe(3_000);
    });

    it('is opened by several at once when it is new', async () => {
      const fresh = await (STORES[engine] as () => Promise<Place>)();
      const stores = await Promise.all(Array.from({ length: 4 }, () => fresh.open()));
      await Promise.all(stores.map((one, i) => look(one, check, [mismatch([i])], NOW)));
      for (const one of stores) {
        expect((await one.runs(check, 10)).rows).toHaveLength(4);
        await one.close();
      }
      await fresh.remove();
    });
  });
});

describe('the file of the sqlite store', () => {
  it('is readable by its owner only, with its companions', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-store-'));
    const path = join(folder, 'lockstep.db');
    const store = await openStore({ engine: 'sqlite', path });
    await look(store, 'check', [], NOW);
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    await store.close();
    rmSync(folder, { recursive: true });
  });
});
