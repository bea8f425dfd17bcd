import { asAdmin, checkNamed, mismatch, serve, type Served } from '../../../tests/served-lockstep.ts';
import { SourceError } from '../core/errors.ts';

let served: Served;
beforeEach(async () => {
  served = await serve({ checks: [checkNamed('pairs', { maxViolations: 5 }), checkNamed('roles')] });
  served
    .scene('pairs')
    .rows.push(mismatch('ann'), { ...mismatch('bob'), kind: 'missing_right', right: null }, mismatch('cid'));
  served.scene('roles').rows.push(mismatch('dan'));
  await served.run('pairs');
  await served.run('roles');
});
afterEach(() => served.close());

interface Listed {
  rows: { id: string; check: string; kind: string; state: string; row: Record<string, unknown> }[];
  next_cursor: string | null;
  total: number;
  capped: boolean;
}
async function list(query = ''): Promise<Listed> {
  const answer = await served.app.inject({ url: `/api/v1/violations${query}`, headers: asAdmin });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}
const users = ({ rows }: Listed) => rows.map(({ row }) => row['user_id']);

test('violations are filtered by check, kind, state and text of the key', async () => {
  expect(users(await list('?sort=key&order=asc'))).toEqual(['ann', 'bob', 'cid', 'dan']);
  expect(users(await list('?check=roles'))).toEqual(['dan']);
  expect(users(await list('?kind=missing_right'))).toEqual(['bob']);
  expect(users(await list('?kind=missing_right&kind=mismatch&sort=key&order=desc'))).toEqual([
    'dan',
    'cid',
    'bob',
    'ann',
  ]);
  expect(users(await list('?search=AN&sort=key&order=asc'))).toEqual(['ann', 'dan']);
  served.scene('pairs').rows.length = 0;
  await served.run('pairs');
  expect(users(await list())).toEqual(['dan']);
  expect(users(await list('?state=resolved&sort=key&order=asc'))).toEqual(['ann', 'bob', 'cid']);
  expect((await list('?state=all')).total).toBe(4);
});

test('pages follow each other without gaps or repeats, and each tells the total', async () => {
  const seen: unknown[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await list(`?sort=key&order=asc&limit=3${next}`);
    expect(page.total).toBe(4);
    seen.push(...users(page));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(seen).toEqual(['ann', 'bob', 'cid', 'dan']);
});

test('the list says when a check counted more than it follows', async () => {
  expect((await list()).capped).toBe(false);
  for (let user = 0; user < 5; user += 1) served.scene('pairs').rows.push(mismatch(`more${String(user)}`));
  await served.run('pairs');
  expect(await list('?check=pairs')).toMatchObject({ capped: true, total: 5 });
  expect((await list('?check=roles')).capped).toBe(false);
});

test('a violation tells its life, its first values and the rows of both sides as they are now', async () => {
  served.scene('roles').rows.splice(0, 1, mismatch('dan', '3', '1'));
  await served.run('roles');
  const [found] = (await list('?check=roles')).rows;
  const rows = [
    { side: 'left', source: 'app', table: 'progress', rows: [{ user_id: 'dan', level: 3 }] },
  ] as const;
  served.control.currentRows = () => Promise.resolve(rows);
  const answer = await served.app.inject({
    url: `/api/v1/violations/${String(found?.id)}`,
    headers: asAdmin,
  });
  expect(answer.json()).toMatchObject({
    ...{ id: found?.id, check: 'roles', kind: 'mismatch', state: 'open', times_seen: 2 },
    row: { user_id: 'dan', progress_level: '3', license_level: '1' },
    first_row: { license_level: '2' },
    life: [
      { event: 'opened', row: { license_level: '2' } },
      { event: 'changed', row: { license_level: '1' } },
    ],
    current: rows,
    current_error: null,
  });
});

test('while the source is down a violation is told from memory, with the reason why there is no current row', async () => {
  served.control.currentRows = () => Promise.reject(new SourceError('app', 'connection refused'));
  const [found] = (await list('?check=roles')).rows;
  const answer = await served.app.inject({
    url: `/api/v1/violations/${String(found?.id)}`,
    headers: asAdmin,
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ current: null, current_error: 'source "app": connection refused' });
});

test('a violation of a check that has left the configuration can still be read', async () => {
  const [found] = (await list('?check=roles')).rows;
  served.board.show(served.board.states().filter(({ check }) => check.name !== 'roles'));
  const answer = await served.app.inject({
    url: `/api/v1/violations/${String(found?.id)}`,
    headers: asAdmin,
  });
  expect(answer.json()).toMatchObject({ row: { key_1: 'dan', left_1: '3' }, current: null });
});

test('every look at rows is in the audit trail, with the ids of what was shown', async () => {
  const { rows } = await list('?check=roles&search=dan');
  await served.app.inject({ url: `/api/v1/violations/${String(rows[0]?.id)}`, headers: asAdmin });
  const answer = await served.app.inject({ url: '/api/v1/audit?limit=3', headers: asAdmin });
  expect(answer.json()).toMatchObject({
    rows: [
      { actor: 'ops', action: 'audit.read' },
      { actor: 'ops', action: 'violation.read', subject: rows[0]?.id, details: { check: 'roles' } },
      {
        actor: 'ops',
        action: 'violations.read',
        subject: 'roles',
        details: { searched: true, state: 'open', ids: [rows[0]?.id] },
      },
    ],
  });
});

test('rows that cannot be noted are not shown', async () => {
  await served.store.close();
  const answer = await served.app.inject({ url: '/api/v1/violations', headers: asAdmin });
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('ann');
});

test.each([
  ['?limit=1001', 'limit'],
  ['?state=accepted', 'state'],
  ['?sort=colour', 'sort'],
  ['?order=up', 'order'],
  ['?kind=mismach', 'kind'],
  ['?search=', 'search'],
  ['?cursor=made-up', 'cursor'],
  ['?checks=pairs', 'checks'],
])('%s is a 400 that names "%s"', async (query, field) => {
  const answer = await served.app.inject({ url: `/api/v1/violations${query}`, headers: asAdmin });
  expect([answer.statusCode, answer.json<{ field: string }>().field]).toEqual([400, field]);
});

test('an unknown violation is 404', async () => {
  const answer = await served.app.inject({ url: '/api/v1/violations/none', headers: asAdmin });
  expect(answer.statusCode).toBe(404);
});
