/** The configuration as the rest of the exporter sees it: defaults applied, durations in milliseconds. */
import type { Check } from '../core/check.ts';
import type { GateLimits } from '../core/gate.ts';
import type { ReportFormat, ReportKind } from '../core/report.ts';
import type { Retention } from '../stores/store.ts';

export type Role = 'viewer' | 'admin';

export interface TokenConfig {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, hex; the token itself is forgotten once the file is read */
  readonly sha256: string;
  /** whether `X-Grafana-User` tells who acted */
  readonly trustUserHeader: boolean;
}

export interface JwtConfig {
  /** exactly one of the two */
  readonly secret: string | null;
  readonly jwksUrl: string | null;
  readonly issuer: string;
  readonly audience: string;
  readonly roleClaim: string;
}

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** PEM text */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly tokens: readonly TokenConfig[];
  readonly jwt: JwtConfig | null;
  readonly rateLimit: { readonly max: number; readonly windowMs: number };
  readonly metricsBasicAuth: { readonly username: string; readonly passwordSha256: string } | null;
  readonly trustProxy: boolean;
}

export type StoreConfig =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'postgres'; readonly url: string; readonly schema: string };

export interface ViolationLogConfig {
  readonly directory: string;
  readonly maxFiles: number;
  readonly maxAgeMs: number;
}

/** A report on a schedule; goes to a folder, a webhook or both. */
export interface ReportConfig {
  readonly kind: ReportKind;
  readonly schedule: string;
  readonly timezone: string;
  readonly windowMs: number;
  readonly formats: readonly ReportFormat[];
  /** null: every check */
  readonly checks: readonly string[] | null;
  readonly folder: string | null;
  /** part of it may be a secret: it is never logged */
  readonly webhook: string | null;
}

export interface SourceConfig {
  readonly name: string;
  readonly engine: string;
  /** what the engine itself was configured with; only `sources/` looks inside */
  readonly spec: unknown;
}

export interface Config {
  readonly file: string;
  readonly sources: readonly SourceConfig[];
  readonly checks: readonly Check[];
  readonly http: HttpConfig;
  readonly store: StoreConfig;
  readonly retention: Retention & { readonly schedule: string };
  readonly violationLog: ViolationLogConfig | null;
  /** pinged after each good cycle */
  readonly heartbeat: { readonly url: string } | null;
  /** what `lockstep alerts render` writes into the rules */
  readonly alerts: {
    readonly scrapeJob: string;
    readonly links: { readonly runbooks: string; readonly dashboards: string };
  };
  readonly reports: readonly ReportConfig[];
  /** stage → its limits; there is always one called `default` */
  readonly gate: { readonly stages: ReadonlyMap<string, GateLimits> };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}
