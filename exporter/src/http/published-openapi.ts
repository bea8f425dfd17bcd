/** The text of `docs/openapi.json`: what the routes say of themselves, without anything to serve. */
import { pino } from 'pino';
import { Metrics } from '../metrics.ts';
import { Board } from '../runner/board.ts';
import type { Store } from '../stores/store.ts';
import { version } from '../version.ts';
import type { Lockstep } from './lockstep.ts';
import { openApiDocument } from './openapi.ts';
import { createServer } from './server.ts';

export async function publishedOpenApi(): Promise<string> {
  const app = await createServer(describedOnly(), { logger: pino({ level: 'silent' }) });
  await app.ready();
  try {
    return openApiDocument(app);
  } finally {
    await app.close();
  }
}

function describedOnly(): Lockstep {
  const unused = (): never => {
    throw new Error('this server is described, never asked');
  };
  const board = new Board();
  const http = {
    host: '127.0.0.1',
    port: 0,
    tls: null,
    tokens: [],
    jwt: null,
    metricsBasicAuth: null,
    trustProxy: false,
  };
  return {
    ...{ board, version, metrics: new Metrics(board, { version }) },
    store: new Proxy({} as Store, { get: unused }),
    config: () => ({
      ...{
        file: '',
        sources: [],
        checks: [],
        violationLog: null,
        heartbeat: null,
        alerts: { scrapeJob: 'lockstep', links: { runbooks: '', dashboards: '' } },
        reports: [],
        gate: { stages: new Map() },
        logLevel: 'info',
      },
      http: { ...http, rateLimit: { max: 100, windowMs: 60_000 } },
      store: { engine: 'sqlite', path: '' },
      retention: { runsMs: 0, maxRuns: 0, rollupsMs: 0, violationsMs: 0, schedule: '' },
    }),
    ...{
      kind: unused,
      startRun: unused,
      currentRows: unused,
      repairs: unused,
      reload: unused,
      otherJobs: unused,
      draining: unused,
    },
  };
}
