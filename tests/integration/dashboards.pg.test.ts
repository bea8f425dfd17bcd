/**
 * Every query of every dashboard against what the stack runs: two real exporters on a real Postgres, scraped by a real
 * Prometheus with the stack's own files; and on a role system in a libSQL file.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { parse, stringify } from 'yaml';
import type { App } from '../../exporter/src/app.ts';
import {
  fillAcademy,
  startExporter,
  startPrometheus,
  TOKEN,
  type Prometheus,
} from '../grafana/compose-parts.ts';
import {
  LOCKSTEP_QUERIES,
  metricNames,
  PROMETHEUS_QUERIES,
  ROOT,
  substituted,
  type Query,
} from '../grafana/dashboards.ts';
import { ask, eventually, instant, type Series } from '../grafana/prometheus-answers.ts';
import { startRoleSystem, type RoleSystemBeside } from '../grafana/role-system.ts';
import { testWith } from '../needs.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';

const HOW = 'On Debian: apt-get install prometheus. Elsewhere: https://prometheus.io/download/';
const CHECK = 'progress_license';
const NEVER = '0 0 29 2 *';

/** Only while a source cannot be looked at; a test below sees them then. */
const WHILE_HELD = [
  'Lockstep overview / Consistency / B',
  'Lockstep overview / Open violations by check / B',
  'Lockstep check / Consistency / B',
];
/** And these only while it can. */
const WHILE_FRESH = [
  'Lockstep overview / Consistency / A',
  'Lockstep overview / Open violations by check / A',
  'Lockstep check / Consistency / A',
  'Lockstep check / Violations, and where they go / B',
];

let folder: string;
let database: TestDatabase;
let roles: RoleSystemBeside;
let active: App;
/** Looks once, at its start; the other one is made to look again. */
let idle: App;
let prometheus: Prometheus;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-dashboards-'));
  database = await createDatabase();
  await fillAcademy(database.url);
  roles = await startRoleSystem();
  idle = await started('idle');
  active = await started('active');
  await sql(
    `UPDATE user_licenses SET current_level = 99 WHERE user_id = 1 AND specialization_type = 'COACH'`,
  );
  prometheus = await startPrometheus(folder, [active, idle], rulesThatFireAtOnce());
}, 60_000);

afterAll(async () => {
  await prometheus.stop();
  await Promise.all([active.stop(), idle.stop()]);
  await roles.stop();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function rememberBaseline(): Promise<void> {
  const answer = await fetch(`${active.url}/api/v1/baselines`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ check: CHECK, name: 'at the start' }),
  });
  expect(answer.status).toBe(200);
}

testWith(
  'prometheus',
  HOW,
  'every Prometheus query of the dashboards returns data, with the labels that its legend names',
  async () => {
    await scrapedRuns();
    await rememberBaseline();
    const wanted = PROMETHEUS_QUERIES.filter(({ title }) => !WHILE_HELD.includes(title));
    expect(wanted.length).toBeGreaterThan(40);
    await eventually(async () => {
      expect(await without(wanted)).toEqual([]);
    });
    for (const query of wanted) {
      for (const { metric } of await ask(prometheus, query, CHECK))
        expect([query.title, metric]).toEqual([query.title, withLegend(query, metric)]);
    }
    // what is empty is so on purpose: it is asked correctly, and there is nothing to tell
    const emptyOnes = PROMETHEUS_QUERIES.filter(({ title }) => WHILE_HELD.includes(title));
    expect(emptyOnes.map(({ title }) => title).sort()).toEqual([...WHILE_HELD].sort());
    expect(await without(emptyOnes)).toHaveLength(WHILE_HELD.length);
    expect(await value('Lockstep overview / Lowest consistency / A')).toBeLessThan(1);
  },
  120_000,
);

testWith(
  'prometheus',
  HOW,
  'every metric of the dashboards is one that the exporter shows',
  async () => {
    const text = await (await fetch(`${active.url}/metrics`)).text();
    const shown = new Set([...text.matchAll(/^([a-zA-Z_:][\w:]*)[{ ]/gm)].map(([, name]) => name));
    const read = new Set(PROMETHEUS_QUERIES.flatMap(({ expr = '' }) => metricNames(expr)));
    const missing = [...read].filter((name) => !shown.has(name));
    expect(missing.sort()).toEqual(['ALERTS']);
  },
  30_000,
);

testWith(
  'prometheus',
  HOW,
  'of two exporters the one that looked last is believed, and nothing is counted twice',
  async () => {
    await eventually(async () => {
      // 18 wrong pairs and the one broken since, which only one of them has seen; and 2 licences without a user
      expect(await value('Lockstep overview / Open violations / A')).toBe(19 + 2);
      expect(await value('Lockstep check / Open / A')).toBe(19);
    });
    const each = await instant(prometheus, `sum by (instance) (lockstep_check_violations{check="${CHECK}"})`);
    expect(each.map(({ value: [, number] }) => number).sort()).toEqual(['18', '19']);
  },
  30_000,
);

testWith(
  'prometheus',
  HOW,
  'every Lockstep query of the dashboards is one that the API answers with rows',
  async () => {
    const paths: Readonly<Record<string, (check: string) => string>> = {
      status: (check) => `checks/${check}`,
      checks: () => 'checks',
      jobs: () => 'jobs',
      runs: (check) => `checks/${check}/runs`,
      history: (check) =>
        `checks/${check}/history?from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date().toISOString()}`,
    };
    expect([...new Set(LOCKSTEP_QUERIES.map(({ queryType }) => queryType))].sort()).toEqual(
      Object.keys(paths).sort(),
    );
    for (const { queryType = '', check = '' } of LOCKSTEP_QUERIES) {
      const path = paths[queryType]?.(substituted(check, CHECK)) ?? '';
      const answer = await fetch(`${active.url}/api/v1/${path}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      const body = (await answer.json()) as Record<string, unknown>;
      expect([queryType, answer.status]).toEqual([queryType, 200]);
      const list = body['checks'] ?? body['jobs'] ?? body['rows'] ?? body['points'] ?? [body['result']];
      expect([queryType, (list as unknown[]).length]).not.toEqual([queryType, 0]);
    }
  },
  30_000,
);

testWith(
  'prometheus',
  HOW,
  'while the source cannot be looked at the dashboards draw held values, and only those',
  async () => {
    await sql('ALTER TABLE user_licenses RENAME TO away');
    await runAll(active);
    const held = PROMETHEUS_QUERIES.filter(({ title }) => WHILE_HELD.includes(title)).map(asOfNow);
    const fresh = PROMETHEUS_QUERIES.filter(({ title }) => WHILE_FRESH.includes(title)).map(asOfNow);
    await eventually(async () => {
      expect(await without(held)).toEqual([]);
      expect(await without(fresh, OF_FIRST_SYSTEM)).toHaveLength(WHILE_FRESH.length);
      // that of the role system, which can still be looked at and is healthy
      expect(await value('Lockstep overview / Lowest consistency / A')).toBe(1);
      expect(await value('Lockstep overview / Checks that cannot look / A')).toBe(2);
      expect(await value('Lockstep check / Looked / A')).toBe(0);
      // the number is the last one that was seen
      expect(await value('Lockstep check / Open / A')).toBe(19);
    });
  },
  60_000,
);

const OF_FIRST_SYSTEM = ({ metric }: Series): boolean => metric['check']?.startsWith('roles_') !== true;

/** The titles of those that have no number to draw. */
async function without(
  queries: readonly Query[],
  counts: (series: Series) => boolean = () => true,
): Promise<string[]> {
  const answers = await Promise.all(queries.map((query) => ask(prometheus, query, CHECK)));
  const drawn = answers.map((all) =>
    all.filter(counts).some(({ values }) => values.some(([, number]) => number !== 'NaN')),
  );
  return queries.flatMap(({ title }, index) => (drawn[index] === true ? [] : [title]));
}

function asOfNow(query: Query): Query {
  return { ...query, instant: true };
}

function withLegend({ legendFormat = '' }: Query, metric: Series['metric']): Record<string, unknown> {
  const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
  const missing = labels.filter((label) => !metric[label]);
  return { ...metric, ...Object.fromEntries(missing.map((label) => [label, expect.any(String)])) };
}

async function value(title: string): Promise<number | undefined> {
  const query = PROMETHEUS_QUERIES.find((one) => one.title === title);
  if (!query) throw new Error(`there is no query ${title}`);
  const [first] = await ask(prometheus, query, CHECK);
  const number = first?.values.at(-1)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** The example's rules without the time they wait, so that an alert fires while the test runs. */
function rulesThatFireAtOnce(): string {
  const file = readFileSync(join(ROOT, 'examples/kubernetes/prometheusrule.yaml'), 'utf8');
  const { spec } = parse(file) as { spec: { groups: { rules: { for?: string }[] }[] } };
  for (const group of spec.groups) {
    for (const rule of group.rules) delete rule.for;
  }
  return stringify(spec);
}

/** A rate needs a run between two scrapes. */
async function scrapedRuns(): Promise<void> {
  await eventually(async () => {
    expect(await instant(prometheus, 'count_over_time(lockstep_build_info[1m]) > 2')).toHaveLength(2);
  });
  for (let round = 0; round < 3; round += 1) {
    await runAll(active);
    await sleep(1_500);
  }
}

async function runAll({ lockstep }: App): Promise<void> {
  const checks = lockstep.board.states().map(({ check }) => check.name);
  await Promise.all(checks.map((check) => lockstep.startRun(check, { dryRun: false }).finished));
}

/** On a schedule that lets the test alone decide when to look. */
async function started(name: string): Promise<App> {
  mkdirSync(join(folder, name));
  const app = await startExporter(join(folder, name), database.url, (yaml) =>
    roles.addTo(yaml.replace('* * * * *', NEVER), NEVER),
  );
  await looked(app);
  return app;
}

async function looked({ lockstep }: App): Promise<void> {
  await eventually(async () => {
    expect(lockstep.board.states().every(({ conclusive }) => Boolean(conclusive))).toBe(true);
    return Promise.resolve();
  });
}

async function sql(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
