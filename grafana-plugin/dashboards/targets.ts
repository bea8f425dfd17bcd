/** Queries as panels hold them: to Prometheus for numbers over time, to Lockstep for rows. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { LockstepQuery } from '../src/datasource/query';
import type { Promql } from './promql';

export const PROMETHEUS = { type: 'prometheus', uid: '${prometheus}' } as const satisfies DataSourceRef;
export const LOCKSTEP = {
  type: 'lockstep-consistency-datasource',
  uid: '${exporter}',
} as const satisfies DataSourceRef;

export function overTime(refId: string, { text }: Promql, legend: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).datasource(PROMETHEUS).expr(text).legendFormat(legend).range();
}

export function now(refId: string, { text }: Promql, legend = '__auto'): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).datasource(PROMETHEUS).expr(text).legendFormat(legend).instant();
}

export function nowAsTable(refId: string, expression: Promql): DataqueryBuilder {
  return now(refId, expression).format(PromQueryFormat.Table);
}

type LockstepTarget = Pick<LockstepQuery, 'queryType' | 'check' | 'state'>;

export function lockstep(refId: string, target: LockstepTarget): Builder<Dataquery> {
  // JSON leaves the method out; the SDK's type asks for it
  const query = { refId, datasource: LOCKSTEP, ...target, _implementsDataqueryVariant: () => undefined };
  return { build: () => query };
}
