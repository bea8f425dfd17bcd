/** What a query asks of the exporter, and what the data source is told when it is set up. */
import type { DataSourceJsonData } from '@grafana/data';
import type { DataQuery } from '@grafana/schema';

export const QUERY_TYPES = ['status', 'checks', 'violations', 'violation', 'history', 'runs', 'jobs'] as const;
export type LockstepQueryType = (typeof QUERY_TYPES)[number];

/** What an annotation query marks on a graph. */
export const EVENT_TYPES = ['status_changes', 'failed_runs', 'deployments'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export type ViolationSort =
  'last_seen' | 'first_seen' | 'resolved' | 'times_seen' | 'check' | 'kind' | 'key' | 'left' | 'right';

export const VIOLATION_STATES = ['open', 'known', 'resolved', 'all'] as const;
export type ViolationStates = (typeof VIOLATION_STATES)[number];

export interface ViolationFilter {
  /** Name of one check; every check unless given. May hold template variables. */
  readonly check?: string;
  /** Violation kinds; all unless given. May hold multi-value template variables. */
  readonly kinds?: readonly string[];
  readonly state?: ViolationStates;
  /** Text within the key, in any case. */
  readonly search?: string;
}

export interface ViolationRange {
  readonly sort?: ViolationSort;
  readonly order?: 'asc' | 'desc';
  /** Rows of one page, at most 1,000. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface LockstepQuery extends DataQuery, ViolationFilter, ViolationRange {
  queryType: LockstepQueryType;
  /** The violation whose life is shown (`violation`). */
  readonly violation?: string;
  /** For annotations. */
  readonly events?: readonly EventType[];
}

export const DEFAULT_QUERY = { queryType: 'status' } as const satisfies Partial<LockstepQuery>;

export interface LockstepVariableQuery {
  readonly refId: string;
  /** `field`: the values that the key field `field` of `check` has among the open violations. */
  readonly values: 'checks' | 'kinds' | 'field';
  readonly check?: string;
  readonly field?: string;
}

export interface LockstepJsonData extends DataSourceJsonData {
  /** Where Grafana's server reaches the exporter, without a path: `http://lockstep:9464`. */
  readonly exporterUrl?: string;
}

export interface LockstepSecureJsonData {
  readonly token?: string;
}
