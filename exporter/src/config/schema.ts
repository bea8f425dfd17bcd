/** The shape of `lockstep.yaml`, for validation, for the published JSON Schema and for the types of the raw entries. */
import { Type, type Static } from 'typebox';
import { DURATION_PATTERN } from '../core/duration.ts';
import { REPORT_FORMATS, REPORT_KINDS } from '../core/report.ts';
import { DEFAULT_THRESHOLDS } from '../core/status.ts';

/** Names become metric labels and parts of URLs, so they are kept simple. */
export const NAME_PATTERN = '^[a-z][a-z0-9_]{0,62}$';
export const WEB_URL_PATTERN = '^https?://';
export const POSTGRES_URL_PATTERN = '^postgres(ql)?://';
export const SHA256_PATTERN = '^[0-9a-f]{64}$';

const strict = { additionalProperties: false } as const;

function duration(description: string, fallback: string) {
  return Type.Optional(Type.String({ pattern: DURATION_PATTERN, description, default: fallback }));
}

function ratio(fallback: number) {
  return Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1, default: fallback }));
}

const Thresholds = Type.Object(
  { healthy: ratio(DEFAULT_THRESHOLDS.healthy), degraded: ratio(DEFAULT_THRESHOLDS.degraded) },
  {
    ...strict,
    default: {},
    description: 'Consistency ratios from which a check is healthy, and from which it is degraded',
  },
);

const scheduling = {
  schedule: Type.Optional(
    Type.String({ description: 'When to run: cron expression of 5 or 6 fields', default: '*/5 * * * *' }),
  ),
  timezone: Type.Optional(Type.String({ description: 'IANA time zone of the schedule', default: 'UTC' })),
  timeout: duration('How long a run may look before it is cancelled', '60s'),
  misfireGrace: duration('A tick that fires later than this is skipped', '60s'),
  settle: duration('How long a disagreement must last before it is a violation', '0s'),
  consecutiveFailures: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 1,
      description: 'In how many runs in a row a key must be found wrong before it is a violation',
    }),
  ),
  maxViolations: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 10_000,
      description: 'How many violations are followed row by row; all are counted',
    }),
  ),
  onEmpty: Type.Optional(
    Type.Union([Type.Literal('unknown'), Type.Literal('pass')], {
      default: 'unknown',
      description: 'What an empty side means',
    }),
  ),
  thresholds: Type.Optional(Thresholds),
  severity: Type.Optional(
    Type.Union([Type.Literal('critical'), Type.Literal('warning'), Type.Literal('info')], {
      default: 'critical',
      description: 'How much it matters; a label for alerts',
    }),
  ),
};

/** What `defaults:` may say, and every check for itself. */
export const Scheduling = Type.Object(scheduling, { ...strict, description: 'Defaults for every check' });

const KnownValue = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);

/** A violation that is accepted. */
const Known = Type.Object(
  {
    key: Type.Array(KnownValue, { minItems: 1, description: 'Its key, in the order of fields.key' }),
    left: Type.Optional(Type.Array(KnownValue, { description: 'Only with these values on the left' })),
    right: Type.Optional(Type.Array(KnownValue, { description: 'Only with these values on the right' })),
    reason: Type.String({ minLength: 1, description: 'Why it is accepted' }),
    ticket: Type.Optional(Type.String({ pattern: WEB_URL_PATTERN, description: 'Where it is followed up' })),
    expires: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2}))?$',
        description: 'Until when: 2026-12-31 (its first moment, UTC) or 2026-12-31T18:00Z',
      }),
    ),
  },
  strict,
);

/** What every check may say, whatever its kind. */
export const CheckCommon = Type.Object({
  kind: Type.String({ description: 'The code that evaluates the check' }),
  description: Type.Optional(Type.String({ description: 'One sentence for people' })),
  enabled: Type.Optional(
    Type.Boolean({ default: true, description: 'false: stays in the file, never runs' }),
  ),
  owner: Type.Optional(Type.String({ description: 'Who answers for these rows' })),
  runbook: Type.Optional(Type.String({ description: 'URL of what to do', pattern: WEB_URL_PATTERN })),
  ...scheduling,
  recommendedActions: Type.Optional(
    Type.Record(Type.String(), Type.String({ minLength: 1 }), {
      description: 'Violation kind → the name of its remedy',
    }),
  ),
  known: Type.Optional(Type.Array(Known, { description: 'Violations that are accepted for a while' })),
  fields: Type.Optional(
    Type.Object(
      {
        key: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
        left: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
        right: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
      },
      { ...strict, description: 'Names under which keys and values are published' },
    ),
  ),
});

export const SourceCommon = Type.Object({
  engine: Type.String({ description: 'Kind of database or service' }),
});

export const TOKEN_MIN_LENGTH = 16;

export const Token = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Who acts when this token is used' }),
    role: Type.Union([Type.Literal('viewer'), Type.Literal('admin')], {
      description: 'viewer sees numbers; admin sees rows and acts',
    }),
    token: Type.Optional(
      Type.String({
        minLength: TOKEN_MIN_LENGTH,
        description: 'The token, best as ${file:…}; or give sha256 instead',
      }),
    ),
    sha256: Type.Optional(
      Type.String({ pattern: SHA256_PATTERN, description: 'SHA-256 of the token, 64 hex digits' }),
    ),
    trustUserHeader: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether X-Grafana-User tells who acted' }),
    ),
  },
  strict,
);

export const Jwt = Type.Object(
  {
    secret: Type.Optional(
      Type.String({ minLength: 32, description: 'Shared secret (HS256); or give jwksUrl' }),
    ),
    jwksUrl: Type.Optional(
      Type.String({ pattern: WEB_URL_PATTERN, description: 'Where the public keys are; or give secret' }),
    ),
    issuer: Type.String({ minLength: 1, description: 'Required value of iss' }),
    audience: Type.String({ minLength: 1, description: 'Required value of aud' }),
    roleClaim: Type.Optional(
      Type.String({ minLength: 1, default: 'role', description: 'Claim that says viewer or admin' }),
    ),
  },
  strict,
);

export const Http = Type.Object(
  {
    listen: Type.Optional(Type.String({ default: '127.0.0.1:9464', description: 'host:port' })),
    tls: Type.Optional(
      Type.Object(
        {
          cert: Type.String({ minLength: 1, description: 'PEM file of the certificate chain' }),
          key: Type.String({ minLength: 1, description: 'PEM file of the private key' }),
        },
        { ...strict, description: 'Serve HTTPS' },
      ),
    ),
    tokens: Type.Optional(Type.Array(Token, { description: 'Bearer tokens' })),
    jwt: Type.Optional(Jwt),
    rateLimit: Type.Optional(
      Type.Object(
        {
          max: Type.Optional(
            Type.Integer({ minimum: 1, default: 100, description: 'Requests of one client' }),
          ),
          window: duration('Over which requests are counted', '1m'),
        },
        { ...strict, default: {} },
      ),
    ),
    metricsBasicAuth: Type.Optional(
      Type.Object(
        { username: Type.String({ minLength: 1 }), password: Type.String({ minLength: 8 }) },
        { ...strict, description: 'Asked for by /metrics' },
      ),
    ),
    trustProxy: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether X-Forwarded-For tells the client address' }),
    ),
  },
  strict,
);

export const Store = Type.Object(
  {
    engine: Type.Optional(
      Type.Union([Type.Literal('sqlite'), Type.Literal('postgres')], {
        default: 'sqlite',
        description: 'sqlite: one embedded file; postgres: shared',
      }),
    ),
    path: Type.Optional(
      Type.String({ minLength: 1, default: 'lockstep.db', description: 'File; engine sqlite only' }),
    ),
    url: Type.Optional(
      Type.String({
        pattern: POSTGRES_URL_PATTERN,
        description: 'Postgres that remembers; engine postgres only',
      }),
    ),
    schema: Type.Optional(
      Type.String({
        minLength: 1,
        default: 'lockstep',
        description: 'Schema of its tables; engine postgres only',
      }),
    ),
  },
  strict,
);

export const Retention = Type.Object(
  {
    schedule: Type.Optional(
      Type.String({ default: '17 3 * * *', description: 'When to tidy up: cron expression, UTC' }),
    ),
    runs: duration('How long runs are kept', '90d'),
    maxRuns: Type.Optional(
      Type.Integer({ minimum: 1, default: 100_000, description: 'Runs kept per check' }),
    ),
    rollups: duration('How long daily rollups are kept', '400d'),
    violations: duration('How long resolved violations are kept', '90d'),
  },
  strict,
);

export const ViolationLog = Type.Object(
  {
    directory: Type.String({ minLength: 1, description: 'Folder of YYYYMMDD_HHMMSS_violations.json files' }),
    maxFiles: Type.Optional(
      Type.Integer({ minimum: 1, default: 1_000, description: 'The oldest beyond this are deleted' }),
    ),
    maxAge: duration('Files older than this are deleted', '90d'),
  },
  strict,
);

export const Log = Type.Object(
  {
    level: Type.Optional(
      Type.Union([Type.Literal('debug'), Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')], {
        default: 'info',
      }),
    ),
  },
  { ...strict, description: 'What is written to standard error, as JSON lines' },
);

export const Heartbeat = Type.Object(
  {
    url: Type.String({
      pattern: WEB_URL_PATTERN,
      description: 'Asked (GET) after a run, while the last run of every check could look',
    }),
  },
  { ...strict, description: 'A sign of life for a service outside that misses it' },
);

export const ScheduledReport = Type.Object(
  {
    kind: Type.Union(
      REPORT_KINDS.map((kind) => Type.Literal(kind)),
      { description: 'Which report; each kind once' },
    ),
    schedule: Type.String({ description: 'When to make it: cron expression of 5 or 6 fields' }),
    timezone: Type.Optional(Type.String({ description: 'IANA time zone of the schedule', default: 'UTC' })),
    window: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        description: 'How far back it looks; 24h, 7d and 72h by the kind unless given',
      }),
    ),
    formats: Type.Optional(
      Type.Array(Type.Union(REPORT_FORMATS.map((format) => Type.Literal(format))), {
        minItems: 1,
        uniqueItems: true,
        default: ['markdown'],
        description: 'How it is written: markdown, html, json',
      }),
    ),
    checks: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        uniqueItems: true,
        description: 'Only these; else every check',
      }),
    ),
    folder: Type.Optional(
      Type.String({ minLength: 1, description: 'Folder of files such as daily_20260131_070000.md' }),
    ),
    webhook: Type.Optional(
      Type.String({ pattern: WEB_URL_PATTERN, description: 'Address that each format is posted to' }),
    ),
  },
  strict,
);

const level = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }));
const Levels = (description: string) =>
  Type.Optional(Type.Object({ investigate: level, rollback: level }, { ...strict, description }));
const time = Type.Optional(Type.String({ pattern: DURATION_PATTERN }));

/** Limits of the gate; what is left out is that of the stage `default`. */
export const GateStage = Type.Object(
  {
    consistency: Levels('Consistency ratio without known violations, at least'),
    drift: Levels('By how much the consistency ratio may lie below that of the baseline'),
    schedule: Levels('Scheduled runs that could look / expected ones, at least'),
    errors: Levels('Answers of the API with an error of the server / all, at most'),
    latency: Type.Optional(
      Type.Object(
        { investigate: time, rollback: time },
        { ...strict, description: 'How long 95 of 100 answers of the API take at most' },
      ),
    ),
    maxAge: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        description:
          'How long ago a check may have looked; the window, and at most three intervals, unless given',
      }),
    ),
  },
  strict,
);

export const Gate = Type.Object(
  {
    stages: Type.Record(Type.String(), GateStage, {
      description: 'Limits by stage; `default` is for whoever names none',
    }),
  },
  { ...strict, description: 'When a deployment may proceed, needs a look or is rolled back' },
);

/** Places under a name that is nobody's (RFC 2606), until they are told. */
export const Alerts = Type.Object(
  {
    runbooks: Type.Optional(
      Type.String({
        pattern: WEB_URL_PATTERN,
        default: 'https://docs.example.test/runbooks/',
        description: 'Where the runbooks are; followed by the name of the alert and .md',
      }),
    ),
    dashboards: Type.Optional(
      Type.String({
        pattern: WEB_URL_PATTERN,
        default: 'https://grafana.example.test/d/',
        description: 'Where Grafana shows dashboards; followed by the uid of one',
      }),
    ),
    scrapeJob: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_./-]+$',
        default: 'lockstep',
        description: 'job_name of the exporter in the scrape configuration',
      }),
    ),
  },
  { ...strict, description: 'What lockstep alerts render writes into the rules' },
);

/** The envelope: everything but what one engine or one kind adds, which is validated entry by entry. */
export const Envelope = Type.Object(
  {
    sources: Type.Record(Type.String(), Type.Object({}), {
      description: 'Databases and services to read, by name',
    }),
    checks: Type.Record(Type.String(), Type.Object({}), { description: 'What must hold, by name' }),
    defaults: Type.Optional(Scheduling),
    http: Type.Optional(Http),
    store: Type.Optional(Store),
    retention: Type.Optional(Retention),
    violationLog: Type.Optional(ViolationLog),
    heartbeat: Type.Optional(Heartbeat),
    alerts: Type.Optional(Alerts),
    reports: Type.Optional(
      Type.Array(ScheduledReport, { description: 'Reports that are written or posted on a schedule' }),
    ),
    gate: Type.Optional(Gate),
    log: Type.Optional(Log),
  },
  strict,
);

export type RawEnvelope = Static<typeof Envelope>;
export type RawCheck = Static<typeof CheckCommon>;
export type RawKnown = Static<typeof Known>;
export type RawScheduling = Static<typeof Scheduling>;
export type RawHttp = Static<typeof Http>;
export type RawToken = Static<typeof Token>;
export type RawStore = Static<typeof Store>;
export type RawRetention = Static<typeof Retention>;
export type RawAlerts = Static<typeof Alerts>;
export type RawViolationLog = Static<typeof ViolationLog>;
export type RawGate = Static<typeof Gate>;
export type RawGateStage = Static<typeof GateStage>;
export type RawScheduledReport = Static<typeof ScheduledReport>;
