/** What both stores promise of sync plans. */
import { randomUUID } from 'node:crypto';
import {
  planId,
  type PlannedWrite,
  type RowResult,
  type SyncPlan,
} from '../../exporter/src/core/sync-plan.ts';
import type { AuditEntry, Store, SyncBatch } from '../../exporter/src/stores/store.ts';
import { STORES, type Place } from './store-engines.ts';

const NOW = Date.UTC(2026, 5, 15, 12);
const DAY = 86_400_000;
const CLAIM = { by: 'ada', reason: 'late import', at: NOW };

function write(level: string): PlannedWrite {
  return {
    ...{ action: 'update', side: 'right', table: 'licenses', keyText: ['7'], fingerprint: null },
    ...{ before: { level: '2' }, other: { level }, after: { level } },
    statements: [{ text: 'UPDATE licenses SET level = $1', values: [level] }],
  };
}

function planOf(check: string, change: Partial<SyncPlan> = {}): SyncPlan {
  const content = {
    ...{ check, undoOf: null, createdAt: NOW, createdBy: 'ada', expiresAt: NOW + 1_000, rule: 'the rule' },
    rows: [
      { violationId: 'one', key: [7, 'COACH'], kind: 'mismatch', write: write('3'), skipped: null },
      { violationId: 'two', key: [8, null], kind: 'null_key', write: null, skipped: 'no key' },
      { violationId: 'three', key: ['9'], kind: 'mismatch', write: write('4'), skipped: null },
    ],
    ...change,
  };
  return { id: planId(content), ...content };
}

function written(nth: number): RowResult {
  const inverse: PlannedWrite = { ...write('2'), before: { level: '3' }, other: null };
  return { nth, outcome: 'written', reason: null, after: { level: '3' }, inverse };
}

function batchOf(plan: SyncPlan): SyncBatch {
  return { id: randomUUID(), plan: plan.id, transaction: '4711', at: NOW };
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

  async function saved(change: Partial<SyncPlan> = {}): Promise<SyncPlan> {
    const plan = planOf(check, change);
    await store.savePlan(plan);
    return plan;
  }

  async function outcomes(plan: SyncPlan): Promise<string[]> {
    return (await store.plan(plan.id))?.results.map(({ outcome }) => outcome) ?? [];
  }

  async function audited(): Promise<readonly AuditEntry[]> {
    return (await store.auditTrail(100)).rows.filter(({ subject }) => subject === check);
  }

  it('gives a plan back as it was saved, so that its id still names all of it', async () => {
    const plan = await saved();
    const record = await store.plan(plan.id);
    expect(record?.plan).toEqual(plan);
    expect(planId(record?.plan ?? plan)).toBe(plan.id);
    expect(record?.state).toBe('planned');
    expect(record?.results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['planned', null],
      ['skipped', 'no key'],
      ['planned', null],
    ]);
    expect(await store.plan('nothing')).toBeNull();
  });

  it('lists the newest plans first, with how many rows came to what', async () => {
    await saved();
    const newer = await saved({ createdAt: NOW + 1, rows: [] });
    const plans = await store.plans(check, 10);
    expect(plans.map(({ plan }) => plan.id)[0]).toBe(newer.id);
    expect(plans[1]?.counts).toEqual({ planned: 2, writing: 0, written: 0, skipped: 1, failed: 0 });
    expect(await store.plans(check, 1)).toHaveLength(1);
    expect(await store.plans('another', 10)).toEqual([]);
  });

  it('lets one of many claim a plan', async () => {
    const plan = await saved();
    const claims = await Promise.all(
      ['ada', 'bob', 'eve'].map((by) => store.claimPlan(plan.id, { ...CLAIM, by })),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
    const record = await store.plan(plan.id);
    expect(record).toMatchObject({ state: 'applying', reason: 'late import', appliedAt: NOW });
    expect(await store.claimPlan('nothing', CLAIM)).toBe(false);
  });

  it('tells a committed batch as written, and in the audit trail, once', async () => {
    const plan = await saved();
    await store.claimPlan(plan.id, CLAIM);
    const batch = batchOf(plan);
    await store.saveBatch(batch, [written(0)]);
    expect(await outcomes(plan)).toEqual(['writing', 'skipped', 'planned']);
    expect(await audited()).toEqual([]);
    await Promise.all([store.settleBatch(batch, true), store.settleBatch(batch, true)]);
    await store.settleBatch(batch, false);
    expect(await outcomes(plan)).toEqual(['written', 'skipped', 'planned']);
    const [entry, ...more] = await audited();
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ actor: 'ada', action: 'sync.write', at: NOW });
    expect(entry?.details).toEqual({
      ...{ plan: plan.id, reason: 'late import', transaction: '4711' },
      rows: [
        {
          ...{ key: [7, 'COACH'], action: 'update', side: 'right', table: 'licenses' },
          ...{ before: { level: '2' }, after: { level: '3' }, inverse: written(0).inverse?.statements[0] },
        },
      ],
    });
  });

  it('tells a batch that was aborted as never written', async () => {
    const plan = await saved();
    await store.claimPlan(plan.id, CLAIM);
    const batch = batchOf(plan);
    await store.saveBatch(batch, [written(0), written(2)]);
    await store.settleBatch(batch, false);
    expect(await outcomes(plan)).toEqual(['planned', 'skipped', 'planned']);
    expect((await store.plan(plan.id))?.results[0]).toEqual({
      ...{ outcome: 'planned', reason: null, after: null, inverse: null },
    });
    expect(await audited()).toEqual([]);
  });

  it('knows the plans of which nobody has seen the end, with the batches that are in doubt', async () => {
    const plan = await saved();
    await store.claimPlan(plan.id, CLAIM);
    const [told, doubtful] = [batchOf(plan), batchOf(plan)];
    await store.saveBatch(told, [written(0)]);
    await store.settleBatch(told, true);
    await store.saveBatch(doubtful, [written(2)]);
    const mine = async () => (await store.unfinishedPlans()).filter((one) => one.plan === plan.id);
    expect(await mine()).toEqual([{ plan: plan.id, check, batches: [doubtful] }]);
    await store.settleBatch(doubtful, true);
    await store.finishPlan(plan.id, 'interrupted');
    expect(await mine()).toEqual([]);
    expect((await store.plan(plan.id))?.state).toBe('interrupted');
  });

  it('remembers why a row was skipped or has failed', async () => {
    const plan = await saved();
    const result = { after: null, inverse: null } as const;
    await store.settleRows(plan.id, [
      { nth: 0, outcome: 'failed', reason: 'a constraint refuses it', ...result },
      { nth: 2, outcome: 'skipped', reason: 'level changed', ...result },
    ]);
    const results = (await store.plan(plan.id))?.results ?? [];
    expect(results.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['failed', 'a constraint refuses it'],
      ['skipped', 'no key'],
      ['skipped', 'level changed'],
    ]);
  });

  it('knows since when a plan was last applied in vain for a violation', async () => {
    const result = { reason: 'no', after: null, inverse: null } as const;
    const applied = async (at: number, outcome: 'failed' | 'skipped'): Promise<void> => {
      const plan = await saved({ createdAt: at });
      await store.claimPlan(plan.id, { ...CLAIM, at });
      await store.settleRows(plan.id, [{ nth: 0, outcome, ...result }]);
      await store.settleRows(plan.id, [{ nth: 1, outcome: 'written', ...result }]);
    };
    await applied(NOW, 'failed');
    await applied(NOW + 2, 'skipped');
    // neither a preview nor an undo is an attempt to mend
    await saved({ createdAt: NOW + 3 });
    const undo = await saved({ createdAt: NOW + 4, undoOf: 'another' });
    await store.claimPlan(undo.id, { ...CLAIM, at: NOW + 4 });
    expect(await store.refusedRows(check)).toEqual(new Map([['one', NOW + 2]]));
    expect(await store.refusedRows('another')).toEqual(new Map());
  });

  it('forgets plans that nobody can apply any more, and keeps what was applied as long as rollups', async () => {
    const applied = await saved({ createdAt: NOW - 300 * DAY, rows: [] });
    await store.claimPlan(applied.id, CLAIM);
    await store.finishPlan(applied.id, 'applied');
    const expired = await saved({ expiresAt: NOW - 2 * DAY });
    const fresh = await saved({ createdAt: NOW + 2 });
    const limits = { runsMs: 1e12, maxRuns: 1e9, rollupsMs: 400 * DAY, violationsMs: 1e12 };
    expect(await store.retain(limits, NOW)).toBe(1);
    expect(await store.plan(expired.id)).toBeNull();
    expect(await outcomes(fresh)).toHaveLength(3);
    await store.retain({ ...limits, rollupsMs: 200 * DAY }, NOW);
    expect(await store.plan(applied.id)).toBeNull();
  });
});
