/** Repairs, from the preview to taking them back, on a real Postgres. */
import { jest } from '@jest/globals';
import pg from 'pg';
import type { Plan } from '../../exporter/src/http/sync-schemas.ts';
import { ACADEMY_SYNC, ADA, BOB, startAcademy, VIC, type Academy } from './academy.ts';

let academy: Academy;

beforeEach(async () => {
  academy = await startAcademy();
}, 60_000);
afterEach(() => academy.stop());

const BREAKS = `
  UPDATE progress SET level = 5 WHERE student = 3;
  UPDATE licenses SET level = 4, best = 9 WHERE user_id = 4;
  DELETE FROM licenses WHERE user_id = 5;
  DELETE FROM progress WHERE student = 6`;

async function broken(): Promise<Plan> {
  await academy.sql(BREAKS);
  await academy.run();
  return academy.plan();
}

function row(plan: Plan, user: number): Plan['rows'][number] {
  const found = plan.rows.find(({ key }) => key['user_id'] === user);
  if (!found) throw new Error(`the plan has no row of ${String(user)}`);
  return found;
}

async function license(user: number): Promise<Record<string, unknown> | undefined> {
  const found = await academy.sql(
    'SELECT level, best, moved_at IS NOT NULL AS moved FROM licenses WHERE user_id = $1',
    [user],
  );
  return found[0];
}

async function apart(): Promise<number> {
  await academy.run();
  const { body } = await academy.ask<{ total: number }>('GET', '/api/v1/violations?check=pairs&state=open');
  return body.total;
}

describe('a preview', () => {
  test('shows what each row holds and would hold, with the statements and their values', async () => {
    const plan = await broken();
    expect(plan.counts).toEqual({ planned: 4, writing: 0, written: 0, skipped: 0, failed: 0 });
    expect(plan).toMatchObject({ state: 'planned', created_by: 'ada', undo_of: null });
    expect(row(plan, 3)).toMatchObject({
      ...{ kind: 'mismatch', action: 'update', side: 'right', table: 'licenses', other: { level: '5' } },
      ...{ before: { level: '1', best: '1', moved_at: null }, after: { level: '5', best: '5' } },
    });
    expect(row(plan, 4).after).toMatchObject({ level: '1', best: '9' });
    expect(row(plan, 5)).toMatchObject({
      kind: 'missing_right',
      action: 'create',
      side: 'right',
      before: null,
    });
    expect(row(plan, 5).after).toMatchObject({ user_id: '5', subject: 'COACH', level: '1', best: '1' });
    expect(row(plan, 6)).toMatchObject({
      kind: 'missing_left',
      action: 'create',
      side: 'left',
      table: 'progress',
    });
    const [update, journal] = row(plan, 3).statements;
    expect(update?.text).toContain('UPDATE "licenses" AS target\nSET "level" = source."level"');
    expect(update?.values).toContain('COACH');
    expect(journal?.text).toContain('INSERT INTO "journal"');
  });

  test('writes nothing and takes no lock', async () => {
    const other = await session();
    await other.query('BEGIN; LOCK TABLE licenses IN SHARE ROW EXCLUSIVE MODE');
    await broken2();
    await other.query('ROLLBACK');
    await other.end();
    expect(await license(3)).toEqual({ level: 1, best: 1, moved: false });
    expect(await academy.sql('SELECT * FROM journal')).toEqual([]);

    async function broken2(): Promise<void> {
      await academy.sql('UPDATE progress SET level = 5 WHERE student = 3');
      await academy.run();
      expect((await academy.plan()).counts.planned).toBe(1);
    }
  });

  test('is for the violations that are chosen, by id or by kind', async () => {
    await broken();
    const { body } = await academy.ask<{ rows: { id: string; kind: string }[] }>(
      'GET',
      '/api/v1/violations?check=pairs',
    );
    const mismatch = body.rows.find(({ kind }) => kind === 'mismatch');
    const one = await academy.plan({ ids: [mismatch?.id] });
    expect(one.rows.map(({ violation_id }) => violation_id)).toEqual([mismatch?.id]);
    const missing = await academy.plan({ kinds: ['missing_left', 'missing_right'] });
    expect(missing.rows.map(({ kind }) => kind)).toEqual(['missing_right', 'missing_left']);
  });

  test('leaves known violations alone, and says what has mended itself meanwhile', async () => {
    await broken();
    const { body } = await academy.ask<{ rows: { id: string; row: { user_id: number } }[] }>(
      'GET',
      '/api/v1/violations?check=pairs',
    );
    const known = body.rows.find(({ row: { user_id } }) => user_id === 4);
    await academy.ask('POST', '/api/v1/violations/known', { ids: [known?.id], reason: 'agreed' });
    await academy.sql('UPDATE licenses SET level = 5 WHERE user_id = 3');
    await academy.sql('DELETE FROM progress WHERE student = 5');
    const plan = await academy.plan();
    expect(plan.rows.map(({ key }) => key['user_id'])).toEqual([3, 5, 6]);
    expect(row(plan, 3)).toMatchObject({
      outcome: 'skipped',
      reason: 'the rows agree by now',
      statements: [],
    });
    expect(row(plan, 5)).toMatchObject({ outcome: 'skipped', reason: 'both rows are gone' });
  });

  test('keeps its room for what can be mended, and tells what is open besides', async () => {
    const only = ACADEMY_SYNC.replace('kinds: {', 'kinds: { mismatch: skip,');
    await academy.configure(`${only}\n      maxRows: 2`);
    await academy.sql(`UPDATE progress SET level = 5 WHERE student <= 3;
      DELETE FROM licenses WHERE user_id IN (5, 6, 10)`);
    await academy.run();
    const full = await academy.plan();
    expect(full.rows.map(({ key }) => key['user_id'])).toEqual([5, 6]);
    expect(full).toMatchObject({ left_out: { no_room: 1, unmendable: 3 } });
    expect(academy.logLines.join('')).toContain('sync plan is full');
    await academy.apply(full.id);
    await academy.run();
    const rest = await academy.plan();
    expect(rest.rows.map(({ key }) => key['user_id'])).toEqual([10]);
    expect(rest).toMatchObject({ left_out: { no_room: 0, unmendable: 3 } });
    await academy.apply(rest.id);
    await academy.run();
    const { status, body } = await academy.ask('POST', '/api/v1/sync/plans', { check: 'pairs' });
    expect([status, body.detail]).toEqual([
      409,
      expect.stringContaining('None of the 3 open violations can'),
    ]);
  });

  test('begins with other rows than those that were refused last time', async () => {
    await academy.configure(`${ACADEMY_SYNC}\n      maxRows: 2`);
    await academy.sql(`ALTER TABLE licenses ADD CONSTRAINT at_most_four CHECK (level <= 4);
      UPDATE progress SET level = CASE WHEN student <= 3 THEN 5 ELSE 4 END WHERE student <= 4`);
    await academy.run();
    const planned = async (): Promise<unknown[]> => {
      const plan = await academy.plan();
      await academy.apply(plan.id);
      await academy.run();
      return plan.rows.map(({ key }) => key['user_id']);
    };
    expect([await planned(), await planned(), await planned()]).toEqual([[1, 2], [3, 4], [1, 2]]); // prettier-ignore
  });

  test.each([
    [{ check: 'pairz' }, 404, 'Did you mean "pairs"?'],
    [{ check: 'pairs', kinds: ['mismatched'] }, 400, 'missing_right, mismatch, duplicate_key'],
    [{ check: 'pairs', ids: ['nobody'] }, 404, 'no violation nobody'],
    [{ check: 'pairs' }, 409, 'no such violation to mend'],
    [{ check: 'pairs', kinds: ['mismatch'], all: true }, 400, '"all" is not known'],
  ])('of %j is refused in words', async (body, status, words) => {
    const answer = await academy.ask('POST', '/api/v1/sync/plans', body);
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(words)]);
  });
});

async function session(): Promise<pg.Client> {
  const [{ url } = { url: '' }] = await academy.sql<{ url: string }>('SELECT current_database() AS url');
  const own = new URL(process.env['LOCKSTEP_TEST_POSTGRES_URL'] ?? '');
  own.pathname = `/${url}`;
  const client = new pg.Client({ connectionString: own.href });
  await client.connect();
  return client;
}

describe('applying a plan', () => {
  test('writes what it showed, the journal too, and the ratio rises at once', async () => {
    const plan = await broken();
    const { status, body } = await academy.apply(plan.id, { reason: 'late import' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      state: 'applied',
      applied_by: 'ada',
      reason: 'late import',
      still_apart: 0,
    });
    expect(body.counts).toMatchObject({ written: 4, skipped: 0, failed: 0 });
    expect(await license(3)).toEqual({ level: 5, best: 5, moved: true });
    expect(await license(4)).toEqual({ level: 1, best: 9, moved: true });
    expect(await license(5)).toEqual({ level: 1, best: 1, moved: true });
    expect(await academy.sql('SELECT level FROM progress WHERE student = 6')).toEqual([{ level: 1 }]);
    const journal = await academy.sql('SELECT user_id, from_level, to_level, why FROM journal ORDER BY 1');
    expect(journal).toEqual([
      { user_id: '3', from_level: 1, to_level: 5, why: 'a sync' },
      { user_id: '4', from_level: 4, to_level: 1, why: 'a sync' },
      { user_id: '5', from_level: null, to_level: 1, why: 'a sync' },
    ]);
    expect(await apart()).toBe(0);
    const metrics = await (await fetch(`${academy.url}/metrics`)).text();
    expect(metrics).toContain('lockstep_sync_rows_total{check="pairs",outcome="written"} 4');
  });

  test('is in the audit trail: who, why, what was, what is, and what takes it back', async () => {
    const plan = await broken();
    const shown = (await academy.audit()).find(({ action }) => action === 'sync.read');
    expect(shown).toMatchObject({ actor: 'ada', subject: plan.id });
    expect(shown?.details['ids']).toEqual(plan.rows.map((row) => row.violation_id));
    await academy.apply(plan.id, { reason: 'late import' });
    const entry = (await academy.audit()).find(({ action }) => action === 'sync.write');
    expect(entry).toMatchObject({
      actor: 'ada',
      subject: 'pairs',
      details: { plan: plan.id, reason: 'late import' },
    });
    const rows = entry?.details['rows'] as {
      key: unknown[];
      before: object;
      after: object;
      inverse: { text: string };
    }[];
    expect(rows).toHaveLength(4);
    const third = rows.find(({ key }) => key[0] === 3);
    expect(third).toMatchObject({ before: { level: '1' }, after: { level: '5' } });
    expect(third?.inverse.text).toContain('UPDATE "licenses"');
    expect(academy.logLines.join('')).not.toContain('COACH');
  });

  test('as a dry run does everything and leaves nothing', async () => {
    const plan = await broken();
    const { body } = await academy.apply(plan.id, { dry_run: true });
    expect(body).toMatchObject({ dry_run: true, state: 'planned', still_apart: null });
    expect(body.counts).toMatchObject({ written: 4 });
    expect(await license(3)).toEqual({ level: 1, best: 1, moved: false });
    expect(await academy.sql('SELECT * FROM journal')).toEqual([]);
    expect((await academy.audit()).filter(({ action }) => action === 'sync.write')).toEqual([]);
    expect((await academy.apply(plan.id)).body.counts.written).toBe(4);
  });

  test.each([
    [
      'the row itself',
      'UPDATE licenses SET level = 2 WHERE user_id = 3',
      'licenses: level changed since the plan',
    ],
    [
      'a column that it would set',
      'UPDATE licenses SET best = 7 WHERE user_id = 3',
      'licenses: best changed since the plan',
    ],
    [
      'the other side',
      'UPDATE progress SET level = 2 WHERE student = 3',
      'the other side: level changed since the plan',
    ],
    [
      'the row, which went',
      'DELETE FROM licenses WHERE user_id = 3',
      'licenses: the row has gone since the plan',
    ],
  ])('skips a row when somebody has changed %s, and writes the others', async (_what, change, reason) => {
    const plan = await broken();
    await academy.sql(change);
    const { body } = await academy.apply(plan.id);
    expect(row(body, 3)).toMatchObject({ outcome: 'skipped', reason });
    expect(body.counts).toMatchObject({ written: 3, skipped: 1 });
    expect((await license(3))?.['moved'] ?? false).toBe(false);
  });

  test('never writes over a row that somebody has made meanwhile', async () => {
    const plan = await broken();
    await academy.sql("INSERT INTO licenses (user_id, subject, level, best) VALUES (5, 'COACH', 8, 8)");
    const { body } = await academy.apply(plan.id);
    expect(row(body, 5)).toMatchObject({ outcome: 'skipped', reason: 'licenses has a row by now' });
    expect(await license(5)).toEqual({ level: 8, best: 8, moved: false });
  });

  test('a row that a constraint refuses fails with the reason, alone', async () => {
    await academy.sql('ALTER TABLE licenses ADD CONSTRAINT at_most_four CHECK (level <= 4)');
    const plan = await broken();
    const { body } = await academy.apply(plan.id);
    expect(row(body, 3)).toMatchObject({ outcome: 'failed' });
    expect(row(body, 3).reason).toContain('violates check constraint "at_most_four" (23514)');
    expect(body.counts).toMatchObject({ written: 3, failed: 1 });
    const journal = await academy.sql('SELECT user_id FROM journal ORDER BY 1');
    expect(journal).toEqual([{ user_id: '4' }, { user_id: '5' }]);
  });

  test('waits for nobody for long: a row that is held all the time is skipped, the others are written', async () => {
    const plan = await broken();
    const holder = await session();
    await holder.query('BEGIN; SELECT 1 FROM progress WHERE student = 4 FOR UPDATE');
    const { body } = await academy.apply(plan.id);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(row(body, 4)).toMatchObject({ outcome: 'skipped' });
    expect(row(body, 4).reason).toContain('somebody else was writing');
    expect(body.counts).toMatchObject({ written: 3, skipped: 1 });
  }, 60_000);
});

describe('a plan is refused', () => {
  test("when it is another admin's", async () => {
    const plan = await broken();
    const { status, body } = await academy.apply(plan.id, {}, BOB);
    expect([status, body.detail]).toEqual([403, "The plan is ada's. Preview one of your own."]);
    const refused = (await academy.audit()).find(({ action }) => action === 'sync.refused');
    expect(refused).toMatchObject({ actor: 'bob', subject: plan.id });
    expect(refused?.details['why']).toContain("The plan is ada's");
    expect(await license(3)).toEqual({ level: 1, best: 1, moved: false });
  });

  test('to a viewer, who does not even see it', async () => {
    const plan = await broken();
    expect((await academy.apply(plan.id, {}, VIC)).status).toBe(403);
    expect((await academy.ask('GET', `/api/v1/sync/plans/${plan.id}`, undefined, VIC)).status).toBe(403);
    expect((await academy.ask('POST', '/api/v1/sync/plans', { check: 'pairs' }, VIC)).status).toBe(403);
  });

  test('when it was applied already, also by two at the same moment', async () => {
    const plan = await broken();
    const both = await Promise.all([academy.apply(plan.id), academy.apply(plan.id)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await academy.apply(plan.id)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('applied already') },
    });
    expect(await academy.sql('SELECT count(*)::int AS rows FROM journal')).toEqual([{ rows: 3 }]);
  });

  test('when it has expired', async () => {
    const plan = await broken();
    jest.spyOn(Date, 'now').mockReturnValue(Date.parse(plan.expires_at));
    const { status, body } = await academy.apply(plan.id).finally(() => jest.restoreAllMocks());
    expect([status, body.detail]).toEqual([410, expect.stringContaining('has expired')]);
  });

  test('when what may be written was configured anew since', async () => {
    const plan = await broken();
    await academy.configure(ACADEMY_SYNC.replace('best: { expr: source.level }', 'best: 7'));
    const { status, body } = await academy.apply(plan.id);
    expect([status, body.detail]).toEqual([409, expect.stringContaining('configured anew')]);
  });

  test('when somebody has altered it in the store', async () => {
    const plan = await broken();
    const { store } = academy.app.lockstep;
    const record = await store.plan(plan.id);
    const altered = record?.plan.rows.map((one) => ({ ...one, key: [99, 'COACH'] })) ?? [];
    const real = store.plan.bind(store);
    store.plan = async (id) => {
      const found = await real(id);
      return found && { ...found, plan: { ...found.plan, rows: altered } };
    };
    const { status, body } = await academy.apply(plan.id);
    store.plan = real;
    expect([status, body.detail]).toEqual([409, expect.stringContaining('altered')]);
  });

  test('without a reason, or by an id that is none', async () => {
    const plan = await broken();
    expect((await academy.apply(plan.id, { reason: ' ' })).status).toBe(400);
    expect((await academy.apply('nothing')).status).toBe(400);
    expect((await academy.apply('0'.repeat(64))).status).toBe(404);
  });

  test('where nothing may be written', async () => {
    await academy.sql(BREAKS);
    await academy.run();
    await academy.configure('');
    const { status, body } = await academy.ask('POST', '/api/v1/sync/plans', { check: 'pairs' });
    expect([status, body.detail]).toEqual([409, expect.stringContaining('it has no `sync`')]);
    expect((await academy.ask<{ sync: unknown }>('GET', '/api/v1/checks/pairs')).body.sync).toBeNull();
  });
});

describe('an applied plan is taken back', () => {
  async function applied(): Promise<Plan> {
    const plan = await broken();
    await academy.apply(plan.id);
    const { body } = await academy.ask<Plan>('POST', `/api/v1/sync/plans/${plan.id}/undo`, {});
    return body;
  }

  test('by a plan like any other, which brings the violations back', async () => {
    expect(await apart()).toBe(0);
    const undo = await applied();
    expect(await apart()).toBe(0);
    expect(row(undo, 3)).toMatchObject({
      action: 'update',
      before: { level: '5' },
      after: { level: '1', best: '1', moved_at: null },
    });
    expect(row(undo, 5)).toMatchObject({ action: 'delete', after: null });
    const { body } = await academy.apply(undo.id);
    expect(body.counts).toMatchObject({ written: 4 });
    expect(await license(3)).toEqual({ level: 1, best: 1, moved: false });
    expect(await license(4)).toEqual({ level: 4, best: 9, moved: false });
    expect(await license(5)).toBeUndefined();
    expect(await apart()).toBe(4);
    expect(
      (await academy.audit()).some(
        ({ action, details }) => action === 'sync.undo' && details['plan'] === undo.id,
      ),
    ).toBe(true);
  });

  test('row by row, where nobody has changed it since', async () => {
    const undo = await applied();
    await academy.sql('UPDATE licenses SET level = 7 WHERE user_id = 3');
    await academy.sql("UPDATE licenses SET moved_at = '2020-01-01' WHERE user_id = 5");
    const { body } = await academy.apply(undo.id);
    expect(row(body, 3)).toMatchObject({
      outcome: 'skipped',
      reason: 'licenses: level changed since the plan',
    });
    expect(row(body, 5)).toMatchObject({ outcome: 'skipped' });
    expect(await license(5)).toBeDefined();
    expect(body.counts).toMatchObject({ written: 2 });
  });

  test('and a preview of it says what can no longer be taken back', async () => {
    const plan = await broken();
    await academy.apply(plan.id);
    await academy.sql('UPDATE licenses SET level = 7 WHERE user_id = 3');
    const { body } = await academy.ask<Plan>('POST', `/api/v1/sync/plans/${plan.id}/undo`, {});
    expect(row(body, 3)).toMatchObject({ action: null, outcome: 'skipped' });
    expect(body.counts).toMatchObject({ planned: 3, skipped: 1 });
  });

  test('a created row that has grown since stays', async () => {
    const undo = await applied();
    await academy.sql("UPDATE progress SET note = 'by hand' WHERE student = 6");
    const { body } = await academy.apply(undo.id);
    expect(row(body, 6)).toMatchObject({
      outcome: 'skipped',
      reason: 'the row of progress has changed since the plan',
    });
  });

  test('and again: what was taken back comes back', async () => {
    const undo = await applied();
    await academy.apply(undo.id);
    const { body: again } = await academy.ask<Plan>('POST', `/api/v1/sync/plans/${undo.id}/undo`, {});
    expect(row(again, 5)).toMatchObject({ action: 'create' });
    expect((await academy.apply(again.id)).body.counts).toMatchObject({ written: 4 });
    expect(await license(5)).toMatchObject({ level: 1, best: 1 });
    expect(await apart()).toBe(0);
  });

  test('but not before it was applied', async () => {
    const plan = await broken();
    const { status, body } = await academy.ask('POST', `/api/v1/sync/plans/${plan.id}/undo`, {});
    expect([status, body.detail]).toEqual([409, expect.stringContaining('nothing to take back')]);
  });
});

test('plans are listed, newest first, with what came of them', async () => {
  const first = await broken();
  await academy.apply(first.id);
  const second = await academy.ask<Plan>('POST', `/api/v1/sync/plans/${first.id}/undo`, {});
  const { body } = await academy.ask<{ plans: Omit<Plan, 'rows'>[] }>(
    'GET',
    '/api/v1/sync/plans?check=pairs',
  );
  expect(body.plans.map(({ id, state, undo_of }) => [id, state, undo_of])).toEqual([
    [second.body.id, 'planned', first.id],
    [first.id, 'applied', null],
  ]);
  expect(
    (await academy.ask<Plan>('GET', `/api/v1/sync/plans/${first.id}`, undefined, ADA)).body.counts.written,
  ).toBe(4);
});
