import { startStandInApi, type StandInApi } from './stand-in-api.ts';

let api: StandInApi;
beforeEach(async () => {
  api = await startStandInApi();
});
afterEach(() => api.stop());

async function mood(query: string): Promise<number> {
  return (await fetch(`${api.url}/mood${query}`, { method: 'POST' })).status;
}
const get = (path: string) => fetch(`${api.url}${path}`);

test('it is healthy until told otherwise, and again afterwards', async () => {
  expect(await (await get('/health')).json()).toEqual({ status: 'healthy' });
  expect(await mood('?status=503')).toBe(200);
  const failing = await get('/api/v1/auth/status');
  expect([failing.status, await failing.json()]).toEqual([503, { status: 'unhealthy' }]);
  expect(await mood('')).toBe(200);
  expect(await (await get('/api/v1/auth/status')).json()).toEqual({ status: 'operational' });
  expect((await get('/elsewhere')).status).toBe(404);
});

test('it takes as long as it was told to', async () => {
  await mood('?delay=300');
  const began = performance.now();
  await get('/health');
  expect(performance.now() - began).toBeGreaterThan(290);
});

test.each(['?delay=soon', '?delay=-1', '?delay=60001', '?status=99', '?status=two'])(
  '%s is refused and changes nothing',
  async (query) => {
    expect(await mood(query)).toBe(400);
    expect((await get('/health')).status).toBe(200);
  },
);

test('it stops at once though somebody waits for an answer', async () => {
  await mood('?delay=60000');
  const answer = get('/health');
  const refused = expect(answer).rejects.toThrow();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await api.stop();
  await refused;
});
