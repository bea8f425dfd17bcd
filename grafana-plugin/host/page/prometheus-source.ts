/** Prometheus over its own HTTP API: Grafana's data source for it talks to Grafana's server. */
import * as grafanaData from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';

interface PrometheusQuery extends grafanaData.DataQuery {
  readonly expr: string;
  readonly instant?: boolean;
  readonly legendFormat?: string;
}

interface Series {
  readonly metric: Record<string, string>;
  readonly values?: Array<[number, string]>;
  readonly value?: [number, string];
}

const POINTS = 200;

export class PrometheusSource extends grafanaData.DataSourceApi<PrometheusQuery> {
  private readonly address: string;

  constructor(settings: grafanaData.DataSourceInstanceSettings, address: string) {
    super(settings);
    this.address = address;
  }

  async query({
    range,
    targets,
    scopedVars,
  }: grafanaData.DataQueryRequest<PrometheusQuery>): Promise<grafanaData.DataQueryResponse> {
    const [from, to] = [range.from.valueOf() / 1_000, range.to.valueOf() / 1_000];
    const frames = targets.map(async (target) => {
      const macros = target.expr
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$__range', `${Math.ceil(to - from)}s`);
      const query = encodeURIComponent(getTemplateSrv().replace(macros, scopedVars, asRegex));
      const step = Math.max(1, Math.ceil((to - from) / POINTS));
      const path = target.instant
        ? `query?query=${query}&time=${to}`
        : `query_range?query=${query}&start=${from}&end=${to}&step=${step}`;
      const { result } = await this.get<{ result: Series[] }>(path);
      return result.map((series) => frameOf(target, series));
    });
    return { data: (await Promise.all(frames)).flat() };
  }

  /** `label_values(metric, label)` is all that the dashboards ask. */
  async metricFindQuery(asked: string | { query: string }): Promise<grafanaData.MetricFindValue[]> {
    const text = typeof asked === 'string' ? asked : asked.query;
    const [, metric, label] = /^label_values\((\w+), *(\w+)\)$/.exec(text) ?? [];
    if (!metric || !label) {
      throw new Error(`not a variable query that this page knows: ${text}`);
    }
    return (await this.get<string[]>(`label/${label}/values?match[]=${metric}`)).map((value) => ({ text: value }));
  }

  async testDatasource(): Promise<grafanaData.TestDataSourceResponse> {
    return { status: 'success', message: '' };
  }

  private async get<T>(path: string): Promise<T> {
    const answer = await (await fetch(`${this.address}/api/v1/${path}`)).json();
    if (answer.status !== 'success') {
      throw new Error(answer.error);
    }
    return answer.data;
  }
}

function asRegex(value: string | string[]): string {
  return Array.isArray(value) ? `(${value.join('|')})` : String(value);
}

function frameOf({ refId, legendFormat = '' }: PrometheusQuery, { metric, values, value }: Series) {
  const points = values ?? (value ? [value] : []);
  const legend = legendFormat === '__auto' ? '' : legendFormat;
  const displayNameFromDS = legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? '');
  return grafanaData.createDataFrame({
    refId,
    fields: [
      { name: 'Time', type: grafanaData.FieldType.time, values: points.map(([seconds]) => seconds * 1_000) },
      {
        name: 'Value',
        type: grafanaData.FieldType.number,
        labels: metric,
        // a quantile of nothing is no number, and Grafana draws a gap
        values: points.map(([, number]) => (number === 'NaN' ? null : Number(number))),
        config: displayNameFromDS === '' ? {} : { displayNameFromDS },
      },
    ],
  });
}
