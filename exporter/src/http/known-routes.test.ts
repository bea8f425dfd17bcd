import {
  ADMIN_TOKEN,
  checkNamed,
  mismatch,
  serve,
  VIEWER_TOKEN,
  type Served,
} from '../../../tests/served-lockstep.ts';
import { REDACTED } from '../core/value.ts';
import { violationId } from '../core/violation.ts';

const CHECK = 'progress_license';
let served: Served;

beforeEach(async () => {
  served = await serve();
  served.scene(CHECK).rows = [mismatch('1'), mismatch('2'), mismatch('3')];
  await served.run(CHECK);
});
afterEach(() => served.close());

const id = (user: string): string => violationId(CHECK, [user, 'COACH']);

async function post(path: string, payload: object, token = ADMIN_TOKEN) {
  return served.app.inject({
    method: 'POST',
    url: `/api/v1/violations/${path}`,
    headers: { authorization: `Bearer ${token}` },
    payload,
  });
}

async function listed(
  state: string,
): Promise<{ rows: { id: string; last_seen: string; known: unknown }[]; total: number }> {
  const response = await served.app.inject({
    url: `/api/v1/violations?state=${state}`,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return response.json();
}

test('marked violations leave the open list and the open count at once, and are told apart', async () => {
  const expires_at = new Date(Date.now() + 60_000).toISOString();
  const marked = await post('known', { ids: [id('1'), 'nobody'], reason: ' late import ', expires_at });
  expect([marked.statusCode, marked.json()]).toEqual([
    200,
    { marked: 1, skipped: [{ id: 'nobody', reason: 'there is no such violation' }] },
  ]);
  expect((await listed('open')).total).toBe(2);
  expect((await listed('known')).rows).toMatchObject([
    { id: id('1'), known: { reason: 'late import', ticket: null, by: 'ops', expires_at, from: 'api' } },
  ]);
  const body = (await served.metrics.render('prometheus')).body;
  expect(body).toContain(
    'lockstep_check_violations{check="progress_license",kind="mismatch",state="open"} 2',
  );
  expect(body).toContain(
    'lockstep_check_violations{check="progress_license",kind="mismatch",state="known"} 1',
  );
});

test('the ratio stays honest, and a second one leaves the known rows out', async () => {
  const before = served.board.state(CHECK)?.conclusive?.result;
  await post('known', { filter: { check: CHECK }, reason: 'all of them' });
  const response = await served.app.inject({
    url: `/api/v1/checks/${CHECK}`,
    headers: { authorization: `Bearer ${VIEWER_TOKEN}` },
  });
  const document = response.json<{
    known: object;
    consistency_ratio_excluding_known: number;
    result: { inconsistent: number; consistency_ratio: number };
  }>();
  expect(document.known).toEqual({ mismatch: 3 });
  expect(document.result.inconsistent).toBe(3);
  expect(document.result.consistency_ratio).toBe((before?.consistent ?? 0) / (before?.checked ?? 1));
  expect(document.consistency_ratio_excluding_known).toBe(1);
});

test('a filter marks what is open and matches, and nothing else', async () => {
  const marked = await post('known', { filter: { check: CHECK, search: '2' }, reason: 'one' });
  expect(marked.json()).toEqual({ marked: 1, skipped: [] });
  expect((await listed('known')).rows.map((row) => row.id)).toEqual([id('2')]);
});

test('what was taken back is open again at once', async () => {
  await post('known', { ids: [id('1')], reason: 'one' });
  const taken = await post('unmark', { ids: [id('1'), id('2')] });
  expect(taken.json()).toEqual({ unmarked: 1, skipped: [{ id: id('2'), reason: 'it is not known' }] });
  expect((await listed('open')).total).toBe(3);
});

test('every act is in the audit trail with who, why and which', async () => {
  await post('known', { ids: [id('1')], reason: 'one', ticket: 'https://tickets.example.test/1' });
  await post('unmark', { ids: [id('1')] });
  const trail = (await served.store.auditTrail(10)).rows;
  expect(trail.map(({ actor, action }) => [actor, action])).toEqual([
    ['ops', 'violations.unmark'],
    ['ops', 'violations.known'],
  ]);
  expect(trail[1]?.details).toEqual({
    ids: [id('1')],
    reason: 'one',
    ticket: 'https://tickets.example.test/1',
  });
});

test.each([
  ['no reason', { ids: ['a'] }, 'reason'],
  ['an empty reason', { ids: ['a'], reason: '  ' }, 'reason'],
  ['neither ids nor a filter', { reason: 'x' }, 'ids'],
  ['both', { ids: ['a'], filter: { check: CHECK }, reason: 'x' }, 'ids'],
  ['an expiry that is over', { ids: ['a'], reason: 'x', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  ['a ticket that is no link', { ids: ['a'], reason: 'x', ticket: 'javascript:alert(1)' }, 'ticket'],
  ['a check beside a filter', { filter: { check: CHECK }, check: CHECK, reason: 'x' }, 'check'],
  ['an unknown kind', { filter: { check: CHECK, kind: ['mismach'] }, reason: 'x' }, 'kind'],
])('%s is refused and names the field', async (_title, payload, field) => {
  const response = await post('known', payload);
  expect([response.statusCode, response.json<{ field: string }>().field]).toEqual([400, field]);
  expect((await listed('known')).total).toBe(0);
});

test('what is redacted cannot be marked, because the mark could not end when it changes, unless it is measured', async () => {
  const hidden = { ...mismatch('1', REDACTED, REDACTED) };
  const partly = { ...mismatch('2'), left: [REDACTED, 3], right: [null, 5] };
  served.scene(CHECK).rows = [hidden, partly, mismatch('3')];
  await served.run(CHECK);
  const all = { filter: { check: CHECK }, reason: 'all of them' };
  const { marked, skipped } = (await post('known', all)).json<{ marked: number; skipped: object[] }>();
  expect(marked).toBe(1);
  const reason = expect.stringMatching(/redacted.*`known` of the check in the configuration file/) as string;
  expect(skipped).toEqual([id('1'), id('2')].sort().map((one) => ({ id: one, reason })));
  const kind = served.lockstep.kind('coupling');
  Object.assign(served.lockstep, { kind: () => ({ ...kind, measures: true }) });
  expect((await post('known', all)).json()).toEqual({ marked: 2, skipped: [] });
});

test('with a check only its own violations are marked, and it must exist', async () => {
  await served.close();
  served = await serve({ checks: [checkNamed(CHECK), checkNamed('other')] });
  served.scene(CHECK).rows = [mismatch('1')];
  served.scene('other').rows = [mismatch('2')];
  await served.run(CHECK);
  await served.run('other');
  const foreign = violationId('other', ['2', 'COACH']);
  const marked = await post('known', { ids: [id('1'), foreign], check: CHECK, reason: 'one' });
  expect(marked.json()).toEqual({
    marked: 1,
    skipped: [{ id: foreign, reason: 'it is a violation of check "other"' }],
  });
  expect((await post('known', { ids: [foreign], check: 'othre', reason: 'one' })).statusCode).toBe(404);
});

test('what has changed or come since it was looked at is not marked', async () => {
  const [row] = (await listed('open')).rows;
  await new Promise((resolve) => setTimeout(resolve, 2));
  served.scene(CHECK).rows = [mismatch('1'), mismatch('2', '9'), mismatch('3'), mismatch('4')];
  await served.run(CHECK);
  const body = { filter: { check: CHECK }, as_of: row?.last_seen, reason: 'two levels apart' };
  const { marked, skipped } = (await post('known', body)).json<{
    marked: number;
    skipped: { id: string }[];
  }>();
  expect(marked).toBe(2);
  const since = { reason: 'it has changed since' };
  expect(skipped.sort((a, b) => a.id.localeCompare(b.id))).toEqual(
    [id('2'), id('4')].sort().map((one) => ({ id: one, ...since })),
  );
  const [newest] = (await listed('open')).rows;
  const again = { ids: [id('2'), id('4')], as_of: newest?.last_seen, reason: 'six levels apart' };
  expect((await post('known', again)).json()).toEqual({ marked: 2, skipped: [] });
});

test('a viewer may neither mark nor take back', async () => {
  expect((await post('known', { ids: [id('1')], reason: 'x' }, VIEWER_TOKEN)).statusCode).toBe(403);
  expect((await post('unmark', { ids: [id('1')] }, VIEWER_TOKEN)).statusCode).toBe(403);
});
