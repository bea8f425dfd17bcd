import { asAdmin, asViewer, serve, type Served } from '../../../tests/served-lockstep.ts';

let served: Served;
beforeEach(async () => {
  served = await serve();
});
afterEach(() => served.close());

interface Answer {
  readonly id: string;
  readonly at: string;
  readonly field: string;
  readonly deployments: readonly { readonly name: string; readonly at: string }[];
}

async function announce(payload: object, headers = asAdmin) {
  const answer = await served.app.inject({ method: 'POST', url: '/api/v1/deployments', headers, payload });
  return { status: answer.statusCode, body: answer.json<Answer>() };
}

async function listed(query = '') {
  const answer = await served.app.inject({ url: `/api/v1/deployments${query}`, headers: asViewer });
  return { status: answer.statusCode, body: answer.json<Answer>() };
}

test('what was announced is listed, newest first, with who announced it', async () => {
  const at = new Date(Date.now() - 60_000).toISOString();
  const before = Date.now();
  const first = await announce({ name: ' shop ', version: 'v1.2.3', stage: 'canary', note: 'moves', at });
  expect(first).toMatchObject({
    status: 200,
    body: { at, name: 'shop', version: 'v1.2.3', stage: 'canary', note: 'moves', by: 'ops' },
  });
  const second = await announce({ name: 'shop' });
  expect(second.body).toMatchObject({ name: 'shop', version: null, stage: null, note: null });
  expect(Date.parse(second.body.at)).toBeGreaterThanOrEqual(before);
  expect((await listed()).body).toEqual({ deployments: [second.body, first.body] });
});

test('a time may be asked for, both ends included', async () => {
  const days = ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z', '2026-03-03T00:00:00.000Z'];
  for (const [i, at] of days.entries()) await announce({ name: `release ${String(i)}`, at });
  const names = async (query: string) => (await listed(query)).body.deployments.map(({ name }) => name);
  expect(await names(`?from=${days[0] ?? ''}&to=${days[1] ?? ''}`)).toEqual(['release 1', 'release 0']);
  expect(await names(`?to=${days[2] ?? ''}`)).toEqual(['release 2', 'release 1', 'release 0']);
  expect((await listed(`?from=${days[1] ?? ''}&to=${days[0] ?? ''}`)).body.field).toBe('from');
});

test('an announcement is in the audit trail', async () => {
  await announce({ name: 'shop', version: 'v2', note: 'why' });
  expect((await served.store.auditTrail(1)).rows).toMatchObject([
    { actor: 'ops', action: 'deployment.announce', subject: 'shop', details: { version: 'v2', note: 'why' } },
  ]);
});

test.each([
  ['no name', {}, 'name'],
  ['an empty name', { name: '  ' }, 'name'],
  ['a name that is too long', { name: 'x'.repeat(101) }, 'name'],
  ['a time that is none', { name: 'shop', at: 'yesterday' }, 'at'],
  ['a time to come', { name: 'shop', at: new Date(Date.now() + 3_600_000).toISOString() }, 'at'],
  ['something else', { name: 'shop', commit: 'abc' }, 'commit'],
])('%s is refused and names the field', async (_title, payload, field) => {
  const { status, body } = await announce(payload);
  expect([status, body.field]).toEqual([400, field]);
  expect((await listed()).body.deployments).toEqual([]);
});

test('a viewer may read and not announce', async () => {
  expect((await announce({ name: 'shop' }, asViewer)).status).toBe(403);
  expect((await listed()).status).toBe(200);
});
