/** The committed dashboards, and the queries in them as Grafana would send them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'provisioning/dashboards/lockstep');

interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr?: string;
  readonly instant?: boolean;
  readonly legendFormat?: string;
  readonly queryType?: string;
  readonly check?: string;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly y: number; readonly h: number };
  readonly targets?: readonly Target[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly refresh: string;
  readonly links: readonly {
    readonly keepTime: boolean;
    readonly includeVars: boolean;
    readonly tags: string[];
  }[];
  readonly tags: readonly string[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
  readonly panels: readonly Panel[];
}

export const DASHBOARDS: readonly Dashboard[] = readdirSync(FOLDER)
  .sort()
  .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Dashboard);

export interface Query extends Target {
  /** dashboard / panel / query */
  readonly title: string;
}

function queriesOf(type: string): Query[] {
  return DASHBOARDS.flatMap((dashboard) =>
    dashboard.panels.flatMap((panel) =>
      (panel.targets ?? [])
        .filter(({ datasource }) => datasource.type === type)
        .map((target) => ({ ...target, title: `${dashboard.title} / ${panel.title} / ${target.refId}` })),
    ),
  );
}

export const PROMETHEUS_QUERIES = queriesOf('prometheus');
export const LOCKSTEP_QUERIES = queriesOf('lockstep-consistency-datasource');

/** With every variable replaced; the windows are those of a young Prometheus. */
export function substituted(text: string, check: string): string {
  const values: Readonly<Record<string, string>> = {
    check,
    objective: '0.99',
    instance: '.+',
    __range: '5m',
    __rate_interval: '1m',
  };
  // `$1` belongs to label_replace
  return text.replaceAll(/\$([a-z_]\w*)/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the variable $${name} has no value: ${text}`);
    return value;
  });
}

const KEYWORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/** The names of the series that an expression reads. */
export function metricNames(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\$\w+/g, '');
  const names = [...bare.matchAll(/(?<![\w.])[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()/g)].map(([name]) => name);
  return [...new Set(names.filter((name) => !KEYWORDS.has(name) && !AGGREGATIONS.has(name)))];
}

/** Their parenthesis may stand behind `by (…)`, which is gone by then. */
const AGGREGATIONS = new Set(['sum', 'max', 'min', 'count', 'topk', 'avg']);
