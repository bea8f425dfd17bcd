import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import type { TSchema } from 'typebox';
import { asAdmin, checkNamed, mismatch, serve, type Served } from '../../../tests/served-lockstep.ts';
import { SourceError } from '../core/errors.ts';
import * as api from './api-schemas.ts';
import { CheckNow, HealthMetrics, HealthReport, HealthStatus, HealthViolations } from './health-schemas.ts';
import { publishedOpenApi } from './published-openapi.ts';

let served: Served;
beforeAll(async () => {
  served = await serve({ checks: ['fine', 'bad', 'held', 'down', 'never'].map((name) => checkNamed(name)) });
  served.scene('bad').rows.push(mismatch('42'), { ...mismatch('43'), kind: 'missing_left', left: null });
  served.scene('down').fails = new SourceError('app', 'connection refused');
  for (const check of ['fine', 'bad', 'held', 'down']) await served.run(check);
  served.scene('held').fails = new SourceError('app', 'connection refused');
  await served.run('held');
  served.board.update('never', { running: { runId: 'r-1', startedAt: 1 }, nextRunAt: 2 });
});
afterAll(() => served.close());

async function firstId(url: string): Promise<string> {
  const answer = await served.app.inject({ url, headers: asAdmin });
  return answer.json<{ rows: { id: string }[] }>().rows[0]?.id ?? 'none';
}

const DOCUMENTS: readonly (readonly ['GET' | 'POST', string, TSchema])[] = [
  ['GET', '/api/v1/runs/r-1', api.Run],
  ...['', '?check=fine', '?check=bad', '?check=held', '?check=down', '?check=never'].flatMap((query) => [
    ['GET', `/api/v1/health/status${query}`, HealthStatus] as const,
    ['GET', `/api/v1/health/violations${query}`, HealthViolations] as const,
    ['GET', `/api/v1/health/metrics${query}`, HealthMetrics] as const,
  ]),
  ...['', '?check=bad', '?check=held'].map(
    (query) => ['GET', `/api/v1/health/latest-report${query}`, HealthReport] as const,
  ),
  ['POST', '/api/v1/health/check-now?dry_run=true', CheckNow],
  ['GET', '/api/v1/checks', api.CheckList],
  ...['fine', 'held', 'never'].map((check) => ['GET', `/api/v1/checks/${check}`, api.Check] as const),
  ['GET', '/api/v1/checks/down/runs', api.RunPage],
  ['GET', '/api/v1/checks/bad/history', api.History],
  ['GET', '/api/v1/checks/down/history', api.History],
  ['POST', '/api/v1/checks/bad/run?wait=true', api.FinishedRun],
  ['POST', '/api/v1/checks/down/run?wait=true', api.FinishedRun],
  ['POST', '/api/v1/checks/fine/run', api.StartedRun],
  ['GET', '/api/v1/jobs', api.JobList],
  ['GET', '/api/v1/violations', api.ViolationPage],
  ['GET', '/api/v1/audit', api.AuditPage],
  ['GET', '/readyz', api.Readiness],
  ['POST', '/-/reload', api.Reloaded],
];

test.each(DOCUMENTS)('%s %s answers as its schema says', async (method, url, schema) => {
  const answer = await served.app.inject({ method, url, headers: asAdmin });
  expect(answer.statusCode).toBeLessThan(300);
  expect([...Value.Errors(schema, answer.json())]).toEqual([]);
});

test('details of runs and violations answer as their schemas say', async () => {
  const violation = await firstId('/api/v1/violations');
  const run = await firstId('/api/v1/checks/bad/runs');
  for (const [url, schema] of [
    [`/api/v1/violations/${violation}`, api.ViolationDetail],
    [`/api/v1/runs/${run}`, api.Run],
  ] as const) {
    const answer = await served.app.inject({ url, headers: asAdmin });
    expect([answer.statusCode, ...Value.Errors(schema, answer.json())]).toEqual([200]);
  }
});

test.each(['/nowhere', '/api/v1/checks/fin', '/api/v1/violations?limit=x', '/api/v1/violations/%zz'])(
  'what goes wrong at %s is a problem body as its schema says',
  async (url) => {
    const answer = await served.app.inject({ url, headers: asAdmin });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect([...Value.Errors(api.Problem, answer.json())]).toEqual([]);
  },
);

test('docs/openapi.json is what the server says of itself', async () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8');
  expect(docs).toBe(await publishedOpenApi());
});
