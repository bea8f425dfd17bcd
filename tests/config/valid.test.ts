import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, parseConfig } from '../../exporter/src/config/load.ts';
import { ConfigError, formatProblem } from '../../exporter/src/config/problem.ts';
import type { Config } from '../../exporter/src/config/config.ts';
import { GATE_LIMITS } from '../../exporter/src/core/gate.ts';
import { UserError } from '../../exporter/src/core/errors.ts';
import { ENVIRONMENT, REGISTERS, SECRET } from './registers.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/config');
const DAY = 86_400_000;

function parse(text: string, env: Record<string, string> = ENVIRONMENT): Config {
  const result = parseConfig(join(FIXTURES, 'valid/inline.yaml'), text, REGISTERS, env);
  if ('problems' in result) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.config;
}

function load(name: string): Config {
  return loadConfig(join(FIXTURES, 'valid', name), REGISTERS, ENVIRONMENT);
}

test('the path of a libSQL file starts at the folder of the configuration', () => {
  const config = parse(
    `sources: { roles: { engine: libsql, url: "file:./data/roles.db" }, far: { engine: libsql, url: "libsql://host", authToken: "\${TOKEN}" } }\nchecks: {}`,
  );
  expect(config.sources).toEqual([
    { name: 'roles', engine: 'libsql', spec: { url: `file:${join(FIXTURES, 'valid/data/roles.db')}` } },
    { name: 'far', engine: 'libsql', spec: { url: 'libsql://host', authToken: ENVIRONMENT.TOKEN } },
  ]);
});

test('the smallest file gets every default', () => {
  const config = load('minimal.yaml');
  expect(config).toMatchObject({
    sources: [{ name: 'app', engine: 'postgres', spec: { url: ENVIRONMENT.DATABASE_URL } }],
    http: {
      host: '127.0.0.1',
      port: 9464,
      tls: null,
      tokens: [],
      jwt: null,
      rateLimit: { max: 100, windowMs: 60_000 },
      metricsBasicAuth: null,
      trustProxy: false,
    },
    store: { engine: 'sqlite', path: join(FIXTURES, 'valid/lockstep.db') },
    retention: {
      schedule: '17 3 * * *',
      runsMs: 90 * DAY,
      maxRuns: 100_000,
      rollupsMs: 400 * DAY,
      violationsMs: 90 * DAY,
    },
    violationLog: null,
    gate: { stages: new Map([['default', GATE_LIMITS]]) },
    logLevel: 'info',
  });
  const { spec, ...check } = config.checks[0]!;
  expect(spec).toMatchObject({
    left: { table: 'specialization_progress' },
    right: { table: 'user_licenses' },
  });
  expect(check).toEqual({
    name: 'progress_license',
    kind: 'coupling',
    description: null,
    enabled: true,
    severity: 'critical',
    owner: null,
    runbook: null,
    schedule: '*/5 * * * *',
    timezone: 'UTC',
    timeoutMs: 60_000,
    misfireGraceMs: 60_000,
    settleMs: 0,
    consecutiveFailures: 1,
    maxViolations: 10_000,
    onEmpty: 'unknown',
    thresholds: { healthy: 0.99, degraded: 0.95 },
    fields: { key: ['user_id', 'specialization'], left: ['progress_level'], right: ['license_level'] },
    violationKinds: Object.keys(REGISTERS.kinds['coupling']!.violationKinds),
    known: [],
    recommendedActions: REGISTERS.kinds['coupling']!.violationKinds,
    sources: ['app'],
    sync: null,
  });
});

test('every setting that is written is used', () => {
  const { sources, checks, ...config } = load('everything.yaml');
  expect(sources.map(({ spec }) => spec)).toEqual([
    {
      url: 'postgres://lockstep:s3cret-from-file@db.example.org:5432/app',
      concurrency: 2,
      connectTimeout: '3s',
      lockTimeout: '250ms',
      tls: { ca: 's3cret-from-file', verify: false },
    },
    { url: ENVIRONMENT.DATABASE_URL },
  ]);
  expect(checks[0]).toMatchObject({
    name: 'amounts',
    description: 'costs ${AMOUNT} – or „Team Größe 🙂“',
    enabled: false,
    severity: 'info',
    owner: 'Team Größe 🙂',
    runbook: 'https://wiki.example.org/amounts',
    schedule: '0 */10 * * * *',
    timezone: 'Europe/Berlin',
    timeoutMs: 3_600_000,
    misfireGraceMs: 0,
    settleMs: 30_000,
    consecutiveFailures: 1,
    maxViolations: 500,
    onEmpty: 'pass',
    thresholds: { healthy: 0.95, degraded: 0.9 },
    fields: {
      key: ['tenant', 'code'],
      left: ['left_amount', 'left_paid', 'left_email'],
      right: ['invoiced', 'invoiced_at', 'invoice_email'],
    },
    sources: ['app', 'warehouse'],
  });
  expect(checks[0]!.recommendedActions).toMatchObject({
    mismatch: 'correct_invoice',
    missing_left: 'create_left',
  });
  expect(checks[1]).toMatchObject({
    name: 'users',
    severity: 'critical',
    timeoutMs: 120_000,
    sources: ['app'],
  });
  expect(config).toMatchObject({
    reports: [
      {
        kind: 'weekly',
        schedule: '0 7 * * MON',
        timezone: 'Europe/Berlin',
        windowMs: 14 * DAY,
        formats: ['json', 'html'],
        checks: ['users'],
        folder: join(FIXTURES, 'reports'),
        webhook: `https://hooks.example.org/${ENVIRONMENT.TOKEN}`,
      },
    ],
    http: {
      host: '::',
      port: 0,
      rateLimit: { max: 250, windowMs: 10_000 },
      trustProxy: true,
      jwt: { secret: null, jwksUrl: 'https://id.example.org/jwks', roleClaim: 'groups' },
    },
    store: { engine: 'postgres', url: ENVIRONMENT.DATABASE_URL, schema: 'remembered' },
    retention: {
      schedule: '@daily',
      runsMs: 7 * DAY,
      maxRuns: 10,
      rollupsMs: 14 * DAY,
      violationsMs: 3_600_000,
    },
    gate: {
      stages: new Map([
        [
          'default',
          {
            ...GATE_LIMITS,
            errors: { investigate: 0.001, rollback: 0.01 },
            latency: { investigate: 0.2, rollback: 1 },
          },
        ],
        [
          'canary',
          {
            consistency: { investigate: 0.995, rollback: 0.97 },
            drift: { investigate: 0.02, rollback: 0.04 },
            schedule: { investigate: null, rollback: 0.9 },
            errors: { investigate: 0.001, rollback: 0.01 },
            latency: { investigate: 0.3, rollback: 1 },
            maxAgeMs: 600_000,
          },
        ],
      ]),
    },
    violationLog: { directory: join(FIXTURES, 'log'), maxFiles: 3, maxAgeMs: DAY },
    logLevel: 'debug',
  });
});

test('tokens and passwords of the server are kept as hashes only', () => {
  const { http } = load('everything.yaml');
  expect(http.tokens).toEqual([
    {
      name: 'grafana',
      role: 'viewer',
      sha256: 'a699a6b25021fcd20dd7100ca8408183b36de2df73865a4c883b03cfb5d28ced',
      trustUserHeader: false,
    },
    {
      name: 'on-call',
      role: 'admin',
      sha256: '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8',
      trustUserHeader: true,
    },
  ]);
  expect(JSON.stringify(http)).not.toContain(SECRET);
});

test('a placeholder inside braces needs no quotes, and its value is never read as YAML', () => {
  const text = (url: string) => `sources: { app: { engine: postgres, url: ${url} } }\nchecks: {}\n`;
  const env = { URL: 'postgres://a:b@c/d?x={y}, z: [1] # no comment' };
  expect(parse(text('${URL}'), env).sources[0]!.spec).toEqual({ url: env.URL });
  expect(parse(text('"${URL}"'), env).sources[0]!.spec).toEqual({ url: env.URL });
});

test('text that a placeholder resolves to is not resolved again', () => {
  const env = { URL: 'postgres://${OTHER}@db/app', OTHER: 's3cret' };
  const config = parse('sources: { app: { engine: postgres, url: "${URL}" } }\nchecks: {}\n', env);
  expect(config.sources[0]!.spec).toEqual({ url: env.URL });
});

test('a quoted placeholder stays text where text is wanted, whatever it resolves to', () => {
  const text = readFileSync(join(FIXTURES, 'valid/minimal.yaml'), 'utf8') + '    owner: "${OWNER}"\n';
  expect(parse(text, { ...ENVIRONMENT, OWNER: '0012' }).checks[0]!.owner).toBe('0012');
});

test('a file with nothing to check is valid', () => {
  expect(parse('sources: {}\nchecks: {}\n').checks).toEqual([]);
});

test('a byte order mark is no problem', () => {
  expect(parse('\uFEFFsources: {}\nchecks: {}\n').sources).toEqual([]);
});

describe('loading', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-config-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function failure(file: string): ConfigError {
    try {
      loadConfig(file, REGISTERS, ENVIRONMENT);
    } catch (error) {
      if (error instanceof ConfigError) return error;
    }
    throw new Error('did not fail');
  }

  test('a file that is not there is a problem that says how to get one', () => {
    const file = join(folder, 'none.yaml');
    const error = failure(file);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(
      `${file}:1:1 (whole file): cannot be read (there is no such file); ` +
        'check the path, or write a first one with `lockstep init --url postgres://…`.',
    );
  });

  test('a folder in place of a file is told', () => {
    expect(failure(folder).message).toContain('cannot be read (it is a folder)');
  });

  test('all problems are in the message, one a line', () => {
    const file = join(folder, 'two.yaml');
    writeFileSync(file, 'sources: {}\nchekcs: {}\nlogs: {}\n');
    expect(failure(file).message).toBe(
      `${file}:2:1 chekcs: unknown setting; remove it or correct its name. Did you mean "checks"?\n` +
        `${file}:3:1 logs: unknown setting; remove it or correct its name. Did you mean "log"?`,
    );
    expect(failure(file).problems).toHaveLength(2);
  });
});
