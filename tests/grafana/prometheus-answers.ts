/** Asks a Prometheus as Grafana does. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Prometheus } from './compose-parts.ts';
import { substituted, type Query } from './dashboards.ts';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly resultType: string;
    readonly result: readonly (Series & { readonly value: readonly [number, string] })[];
  };
}

/**
 * Over the last minute, or as of now, as the query says.
 * @throws when Prometheus refuses the query, or answers with another type than a panel expects
 */
export async function ask({ url }: Prometheus, asked: Query, check: string): Promise<Series[]> {
  const query = encodeURIComponent(substituted(asked.expr ?? '', check));
  const end = Date.now() / 1_000;
  const now = asked.instant === true;
  const path = now
    ? `query?query=${query}`
    : `query_range?query=${query}&start=${String(end - 60)}&end=${String(end)}&step=1`;
  const { status, error, data } = (await (await fetch(`${url}/api/v1/${path}`)).json()) as Answer;
  if (status !== 'success') throw new Error(`${asked.title}: ${error ?? status}`);
  if (data.resultType !== (now ? 'vector' : 'matrix')) throw new Error(`${asked.title}: ${data.resultType}`);
  return data.result.map((series) => ({ ...series, values: now ? [series.value] : series.values }));
}

export async function instant({ url }: Prometheus, expr: string): Promise<Answer['data']['result']> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
  return ((await answer.json()) as Answer).data.result;
}

/** Asks again for 25 seconds: Prometheus is some scrapes behind. */
export async function eventually(holds: () => Promise<void>): Promise<void> {
  const end = Date.now() + 25_000;
  for (;;) {
    try {
      await holds();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(250);
    }
  }
}
