import { asAdmin, asViewer, bearer, serve, type Served } from '../served-lockstep.ts';

let served: Served;
beforeEach(async () => {
  served = await serve({ http: { rateLimit: { max: 3, windowMs: 400 } } });
});
afterEach(() => served.close());

async function ask(headers: Record<string, string> = {}, url = '/api/v1/checks') {
  return served.app.inject({ url, headers });
}

test('above the limit a client gets 429 with Retry-After, and is served again afterwards', async () => {
  for (let request = 0; request < 3; request += 1) expect((await ask(asAdmin)).statusCode).toBe(200);
  const refused = await ask(asAdmin);
  expect(refused.statusCode).toBe(429);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  await new Promise((resolve) => setTimeout(resolve, 450));
  expect((await ask(asAdmin)).statusCode).toBe(200);
});

test('one client does not use up the limit of another', async () => {
  for (let request = 0; request < 5; request += 1) await ask(asAdmin);
  expect((await ask(asAdmin)).statusCode).toBe(429);
  expect((await ask(asViewer)).statusCode).toBe(200);
});

test('guessing tokens is limited by address, however many different ones are tried', async () => {
  const codes: number[] = [];
  for (let guess = 0; guess < 5; guess += 1)
    codes.push((await ask(bearer(`guess number ${String(guess)}`))).statusCode);
  expect(codes).toEqual([401, 401, 401, 429, 429]);
  expect((await ask(asAdmin)).statusCode).toBe(200);
});

test('looking for routes is limited too', async () => {
  const codes: number[] = [];
  for (let guess = 0; guess < 5; guess += 1)
    codes.push((await ask({}, `/guess/${String(guess)}`)).statusCode);
  expect(codes).toEqual([404, 404, 404, 429, 429]);
});

test.each(['/metrics', '/healthz', '/readyz', '/'])('%s is never limited', async (url) => {
  for (let request = 0; request < 10; request += 1) expect((await ask({}, url)).statusCode).toBe(200);
});

test('a reload that changes the limit counts at once', async () => {
  for (let request = 0; request < 4; request += 1) await ask(asAdmin);
  expect((await ask(asAdmin)).statusCode).toBe(429);
  served.http.rateLimit = { max: 100, windowMs: 400 };
  expect((await ask(asAdmin)).statusCode).toBe(200);
});
