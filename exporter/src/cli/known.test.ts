import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { markKnown } from './known.ts';

let server: Server;
let url: string;
const bodies: unknown[] = [];

/** Refuses whatever it is asked, as the exporter does. */
beforeAll(async () => {
  server = createServer((request, response) => {
    request.setEncoding('utf8').once('data', (body: string) => bodies.push(JSON.parse(body)));
    request.once('end', () => {
      response.statusCode = 400;
      response.end(JSON.stringify({ detail: 'Body field "expires_at" must be a time to come.' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => server.close());

test.each([{ kind: ['mismatch'] }, { search: '42' }])(
  'ids beside %j are refused before anything is asked',
  async (more) => {
    await expect(markKnown('pairs', { url, reason: 'r', violation: ['a'], ...more })).rejects.toThrow(
      '--violation says which ones already',
    );
    expect(bodies).toEqual([]);
  },
);

test('ids go with the check, and a refusal speaks of the option', async () => {
  const marking = markKnown('pairs', { url, reason: 'r', violation: ['a'], expires: '2020-01-01' });
  await expect(marking).rejects.toThrow(/: --expires must be a time to come/);
  expect(bodies).toEqual([
    { ids: ['a'], check: 'pairs', reason: 'r', expires_at: '2020-01-01T00:00:00.000Z' },
  ]);
});
