/** A whole Lockstep without a database: real store, runner, board, metrics and server; only what a check sees is told. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { CheckKind, SideRows } from '../exporter/src/checks/kind.ts';
import type { Config, HttpConfig, Role } from '../exporter/src/config/config.ts';
import type { Check } from '../exporter/src/core/check.ts';
import { GATE_LIMITS } from '../exporter/src/core/gate.ts';
import { DEFAULT_THRESHOLDS } from '../exporter/src/core/status.ts';
import type { Disagreement } from '../exporter/src/core/violation.ts';
import type { Lockstep } from '../exporter/src/http/lockstep.ts';
import type { Server } from '../exporter/src/http/route.ts';
import { createServer } from '../exporter/src/http/server.ts';
import { Metrics } from '../exporter/src/metrics.ts';
import { Board, type CheckState } from '../exporter/src/runner/board.ts';
import { Gate } from '../exporter/src/runner/gate.ts';
import { Pings } from '../exporter/src/runner/pings.ts';
import { Runner } from '../exporter/src/runner/runner.ts';
import { openSqlite } from '../exporter/src/stores/sqlite.ts';
import type { Store } from '../exporter/src/stores/store.ts';
import { Repairs } from '../exporter/src/sync/repairs.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-tests';
export const VIEWER_TOKEN = 'viewer-token-of-the-tests';
export const GRAFANA_TOKEN = 'grafana-token-of-the-tests';

export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
export const asAdmin = bearer(ADMIN_TOKEN);
export const asViewer = bearer(VIEWER_TOKEN);

/** What the next runs of a check see: its rows, or the error that keeps it from looking. */
export interface Scene {
  checked: number;
  rows: Disagreement[];
  fails: Error | null;
  /** runs wait for it */
  until: Promise<unknown>;
}

export interface Served {
  readonly app: Server;
  readonly lockstep: Lockstep;
  readonly board: Board;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly logLines: string[];
  /** changes what the server reads at each request */
  readonly http: { -readonly [K in keyof HttpConfig]: HttpConfig[K] };
  readonly control: {
    draining: boolean;
    reload: () => Promise<void>;
    currentRows: () => Promise<readonly SideRows[]>;
  };
  scene(check: string): Scene;
  run(check: string): Promise<void>;
  close(): Promise<void>;
}

export function checkNamed(name: string, change: Partial<Check> = {}): Check {
  return {
    ...{
      name,
      kind: 'coupling',
      description: null,
      enabled: true,
      severity: 'critical',
      owner: null,
      runbook: null,
    },
    ...{ schedule: '*/5 * * * *', timezone: 'UTC', timeoutMs: 10_000, misfireGraceMs: 60_000, settleMs: 0 },
    ...{
      consecutiveFailures: 1,
      maxViolations: 10_000,
      onEmpty: 'unknown',
      thresholds: DEFAULT_THRESHOLDS,
      sources: ['app'],
      spec: {},
    },
    fields: { key: ['user_id', 'specialization'], left: ['progress_level'], right: ['license_level'] },
    known: [],
    sync: null,
    violationKinds: ['missing_left', 'missing_right', 'mismatch'],
    recommendedActions: {
      missing_left: 'create_left',
      missing_right: 'create_right',
      mismatch: 'sync_required',
    },
    ...change,
  };
}

export function mismatch(user: string, left = '3', right = '2'): Disagreement {
  return { kind: 'mismatch', key: [user, 'COACH'], left: [left], right: [right] };
}

export function stateOf(check: Check, change: Partial<CheckState> = {}): CheckState {
  const nothing = {
    latest: null,
    conclusive: null,
    running: null,
    nextRunAt: null,
    oldestOpenAt: null,
    entities: null,
    known: {},
    baseline: null,
  };
  return { check, ...nothing, ...change };
}

function token(
  name: string,
  role: Role,
  text: string,
  trustUserHeader = false,
): HttpConfig['tokens'][number] {
  return { name, role, sha256: createHash('sha256').update(text).digest('hex'), trustUserHeader };
}

const HTTP: HttpConfig = {
  host: '127.0.0.1',
  port: 0,
  tls: null,
  tokens: [
    token('ops', 'admin', ADMIN_TOKEN),
    token('wall', 'viewer', VIEWER_TOKEN),
    token('grafana', 'admin', GRAFANA_TOKEN, true),
  ],
  jwt: null,
  rateLimit: { max: 10_000, windowMs: 60_000 },
  metricsBasicAuth: null,
  trustProxy: false,
};

export async function serve(
  options: {
    checks?: readonly Check[];
    http?: Partial<HttpConfig>;
    store?: Store;
    stages?: Config['gate']['stages'];
  } = {},
): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-http-'));
  const store = options.store ?? (await openSqlite(join(folder, 'lockstep.db')));
  const checks = options.checks ?? [checkNamed('progress_license')];
  const http = { ...HTTP, ...options.http };
  const board = new Board();
  const metrics = new Metrics(board, { version: '1.2.3' });
  metrics.configure({
    checks,
    sources: ['app'],
    otherJobs: [],
    intervalsMs: new Map(checks.map((c) => [c.name, 300_000])),
  });
  board.show(checks.map((check) => stateOf(check)));
  const logLines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) });
  const scenes = new Map(checks.map((check) => [check.name, newScene()]));
  const scene = (check: string): Scene => {
    const found = scenes.get(check);
    if (!found) throw new Error(`the test has no check ${check}`);
    return found;
  };
  const lenses = new Map(
    checks.map((check) => [
      check.name,
      { check, kind: kindOf(scene(check.name)), sources: new Map(), gates: [new Gate(8)] },
    ]),
  );
  const pings = new Pings({ sources: new Map(), metrics });
  const runner = new Runner({
    store,
    board,
    metrics,
    logger,
    lenses,
    logViolations: null,
    heartbeat: null,
    pings,
  });
  const control: Served['control'] = {
    draining: false,
    reload: () => Promise.resolve(),
    currentRows: () => Promise.resolve([]),
  };
  const lockstep: Lockstep = {
    ...{ board, store, metrics, version: '1.2.3' },
    config: () => configOf(checks, http, options.stages ?? new Map([['default', GATE_LIMITS]])),
    kind: (name) => lenses.get(name)?.kind ?? kindOf(newScene()),
    startRun: (check, { dryRun }) => runner.start(check, 'manual', { dryRun }),
    currentRows: () => control.currentRows(),
    repairs: () => new Repairs({ store, metrics, logger, workshops: new Map() }),
    reload: () => control.reload(),
    otherJobs: () => new Map(),
    draining: () => control.draining,
  };
  const app = await createServer(lockstep, { logger });
  const close = async (): Promise<void> => {
    await app.close();
    await runner.stop();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const run = async (check: string): Promise<void> => {
    await runner.start(check, 'manual').finished;
  };
  return { app, lockstep, board, store, metrics, logLines, http, control, scene, run, close };
}

function newScene(): Scene {
  return { checked: 100, rows: [], fails: null, until: Promise.resolve() };
}

function kindOf(scene: Scene): CheckKind {
  const unused = (): never => {
    throw new Error('this kind only evaluates');
  };
  return {
    asks: 'database',
    schema: {},
    violationKinds: {},
    ...{
      problems: () => [],
      derive: unused,
      recheck: unused,
      rows: unused,
      explain: unused,
      inspect: unused,
    },
    evaluate: async (_check, _look, onRow) => {
      await scene.until;
      if (scene.fails) throw scene.fails;
      scene.rows.forEach(onRow);
      const { checked } = scene;
      return { checked, left: checked, right: checked, empty: checked === 0 };
    },
  };
}

function configOf(checks: readonly Check[], http: HttpConfig, stages: Config['gate']['stages']): Config {
  return {
    ...{ file: 'lockstep.yaml', sources: [{ name: 'app', engine: 'postgres', spec: {} }], checks, http },
    store: { engine: 'sqlite', path: 'lockstep.db' },
    retention: { runsMs: 1, maxRuns: 1, rollupsMs: 1, violationsMs: 1, schedule: '17 3 * * *' },
    ...{
      violationLog: null,
      heartbeat: null,
      alerts: { scrapeJob: 'lockstep', links: { runbooks: '', dashboards: '' } },
      reports: [],
      gate: { stages },
      logLevel: 'info',
    },
  };
}
