/** A document without problems → the configuration the rest of the exporter sees. Defaults are those of the schema. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { TSchema } from 'typebox';
import { Default } from 'typebox/value';
import type { CheckKind } from '../checks/kind.ts';
import type { Check, KnownEntry } from '../core/check.ts';
import { durationMs } from '../core/duration.ts';
import type {
  Config,
  HttpConfig,
  JwtConfig,
  SourceConfig,
  StoreConfig,
  TokenConfig,
  ViolationLogConfig,
} from './config.ts';
import { ownPart } from './entry.ts';
import { gateConfig } from './gate-block.ts';
import { parseListen } from './listen.ts';
import type { Registers } from './registers.ts';
import { reportConfig } from './reports-block.ts';
import {
  Alerts,
  Http,
  Log,
  Retention,
  Scheduling,
  Store,
  ViolationLog,
  type RawAlerts,
  type RawCheck,
  type RawEnvelope,
  type RawHttp,
  type RawKnown,
  type RawRetention,
  type RawScheduling,
  type RawStore,
  type RawToken,
  type RawViolationLog,
} from './schema.ts';
import { sha256 } from './token.ts';

/** @param file as it is named in messages; relative paths inside start at its folder */
export function normalise(file: string, raw: RawEnvelope, registers: Registers): Config {
  const folder = dirname(resolve(file));
  const defaults = filled<RawScheduling>(Scheduling, raw.defaults);
  const log = filled<{ level: Config['logLevel'] }>(Log, raw.log);
  return {
    file,
    sources: Object.entries(raw.sources).map(([name, entry]) => source(name, entry, registers, folder)),
    checks: Object.entries(raw.checks).map(([name, entry]) =>
      check(name, entry as RawCheck & Record<string, unknown>, defaults, registers),
    ),
    http: http(filled<RawHttp>(Http, raw.http), folder),
    store: store(filled<RawStore>(Store, raw.store), folder),
    retention: retention(filled<RawRetention>(Retention, raw.retention)),
    violationLog: raw.violationLog
      ? violationLog(filled<RawViolationLog>(ViolationLog, raw.violationLog), folder)
      : null,
    heartbeat: raw.heartbeat ?? null,
    alerts: alerts(filled<RawAlerts>(Alerts, raw.alerts)),
    reports: (raw.reports ?? []).map((entry) => reportConfig(entry, folder)),
    gate: gateConfig(raw.gate),
    logLevel: log.level,
  };
}

/** A block in which every setting with a default is there; `T`'s other settings stay optional by their own types. */
type Filled<T> = Required<T>;

function filled<T>(schema: TSchema, block: unknown): Filled<T> {
  return Default(schema, structuredClone(block ?? {})) as Filled<T>;
}

function source(name: string, entry: object, registers: Registers, folder: string): SourceConfig {
  const raw = entry as Record<string, unknown>;
  const engine = String(raw['engine']);
  const known = registered(registers.engines, engine);
  const spec = ownPart(known.schema, raw);
  return { name, engine, spec: known.fromFolder?.(spec, folder) ?? spec };
}

function check(
  name: string,
  entry: RawCheck & Record<string, unknown>,
  defaults: Filled<RawScheduling>,
  registers: Registers,
): Check {
  const kind: CheckKind = registered(registers.kinds, entry.kind);
  const spec = ownPart(kind.schema, entry);
  const derived = kind.derive(spec);
  const set = { ...defaults, ...entry };
  return {
    name,
    kind: entry.kind,
    description: entry.description ?? null,
    enabled: entry.enabled ?? true,
    severity: set.severity,
    owner: entry.owner ?? null,
    runbook: entry.runbook ?? null,
    schedule: set.schedule,
    timezone: set.timezone,
    timeoutMs: durationMs(set.timeout),
    misfireGraceMs: durationMs(set.misfireGrace),
    settleMs: durationMs(set.settle),
    consecutiveFailures: set.consecutiveFailures,
    maxViolations: set.maxViolations,
    onEmpty: set.onEmpty,
    thresholds: { ...(defaults.thresholds as Check['thresholds']), ...entry.thresholds },
    fields: { ...derived.fields, ...entry.fields },
    known: (entry.known ?? []).map(known),
    violationKinds: Object.keys(kind.violationKinds),
    recommendedActions: { ...kind.violationKinds, ...entry.recommendedActions },
    sources: [...new Set(derived.sources)].sort(),
    sync: derived.sync ?? null,
    spec,
  };
}

function known({ key, left, right, reason, ticket, expires }: RawKnown): KnownEntry {
  const expiresAt = expires === undefined ? null : Date.parse(expires);
  return { key, left: left ?? null, right: right ?? null, reason, ticket: ticket ?? null, expiresAt };
}

function alerts({ scrapeJob, runbooks, dashboards }: Filled<RawAlerts>): Config['alerts'] {
  return { scrapeJob, links: { runbooks, dashboards } };
}

function registered<T>(register: Readonly<Record<string, T>>, name: string): T {
  const found = register[name];
  if (found === undefined) throw new Error(`not registered: ${name}`);
  return found;
}

function http(raw: Filled<RawHttp>, folder: string): HttpConfig {
  const listen = parseListen(raw.listen);
  if (!listen) throw new Error('http.listen was not validated');
  const pem = (file: string): string => readFileSync(resolve(folder, file), 'utf8');
  const { tls, tokens, jwt, metricsBasicAuth: basic } = raw as RawHttp;
  return {
    ...listen,
    tls: tls ? { cert: pem(tls.cert), key: pem(tls.key) } : null,
    tokens: (tokens ?? []).map(token),
    jwt: jwt ? jwtConfig(jwt) : null,
    rateLimit: { max: raw.rateLimit.max ?? 0, windowMs: durationMs(raw.rateLimit.window ?? '') },
    metricsBasicAuth: basic ? { username: basic.username, passwordSha256: sha256(basic.password) } : null,
    trustProxy: raw.trustProxy,
  };
}

function token(raw: RawToken): TokenConfig {
  return {
    name: raw.name,
    role: raw.role,
    sha256: raw.token === undefined ? (raw.sha256 ?? '') : sha256(raw.token),
    trustUserHeader: raw.trustUserHeader ?? false,
  };
}

function jwtConfig(raw: NonNullable<RawHttp['jwt']>): JwtConfig {
  return {
    secret: raw.secret ?? null,
    jwksUrl: raw.jwksUrl ?? null,
    issuer: raw.issuer,
    audience: raw.audience,
    roleClaim: raw.roleClaim ?? 'role',
  };
}

function store(raw: Filled<RawStore>, folder: string): StoreConfig {
  if (raw.engine === 'postgres') return { engine: 'postgres', url: raw.url, schema: raw.schema };
  return { engine: 'sqlite', path: resolve(folder, raw.path) };
}

function retention(raw: Filled<RawRetention>): Config['retention'] {
  return {
    schedule: raw.schedule,
    runsMs: durationMs(raw.runs),
    maxRuns: raw.maxRuns,
    rollupsMs: durationMs(raw.rollups),
    violationsMs: durationMs(raw.violations),
  };
}

function violationLog(raw: Filled<RawViolationLog>, folder: string): ViolationLogConfig {
  return {
    directory: resolve(folder, raw.directory),
    maxFiles: raw.maxFiles,
    maxAgeMs: durationMs(raw.maxAge),
  };
}
