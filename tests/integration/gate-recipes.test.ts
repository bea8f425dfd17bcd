/** What docs/gate.md shows can be pasted: scripts and YAML parse, metrics exist, queries answer, limits are those of the gate. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { parseConfig } from '../../exporter/src/config/load.ts';
import { formatProblem } from '../../exporter/src/config/problem.ts';
import { GATE_LIMITS, STALE_INTERVALS } from '../../exporter/src/core/gate.ts';
import { METRICS } from '../../exporter/src/metric-definitions.ts';
import { REGISTERS } from '../config/registers.ts';
import { metricNames, ROOT } from '../grafana/dashboards.ts';
import { testWith } from '../needs.ts';

const GUIDE = readFileSync(join(ROOT, 'docs/gate.md'), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, block = '']) => block);

interface Template {
  readonly kind: string;
  readonly spec: {
    readonly metrics: readonly {
      readonly name: string;
      readonly successCondition: string;
      readonly failureCondition: string;
      readonly provider: {
        readonly prometheus?: { readonly query: string };
        readonly web?: { readonly url: string };
      };
    }[];
  };
}

const documents = blocks(GUIDE, 'yaml').map((block) => parse(block) as Template & { jobs?: object });
const templates = documents.filter(({ kind }) => kind === 'AnalysisTemplate');
const metrics = templates.flatMap(({ spec }) => spec.metrics);
const QUERIES = metrics.flatMap(({ name, provider }) =>
  provider.prometheus ? [{ name, query: provider.prometheus.query }] : [],
);

function refusedBy(shell: string, script: string): string {
  return spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' }).stderr;
}

test('every script is one to the shell', () => {
  const scripts = blocks(GUIDE, 'sh');
  expect(scripts).toHaveLength(3);
  for (const script of scripts) expect(refusedBy('sh', script)).toBe('');
  expect(refusedBy('sh', 'case x in')).not.toBe('');
});

test('the workflow has steps that a shell takes, and the roll back follows the exit code of the gate', () => {
  const [workflow] = documents.filter(({ jobs }) => jobs !== undefined);
  const { steps } = (workflow?.jobs as { canary: { steps: { run?: string; if?: string; id?: string }[] } })
    .canary;
  const scripts = steps.flatMap(({ run }) => run ?? []);
  expect(scripts).toHaveLength(5);
  for (const script of scripts) expect(refusedBy('sh', script)).toBe('');
  expect(
    steps.find(({ run }) => run?.includes('lockstep') === false && run.includes('rollback.sh'))?.if,
  ).toBe("failure() && steps.gate.outputs.code == '2'");
});

test('there is an analysis on the metrics for each signal, and one on the gate', () => {
  expect(metrics.map(({ name }) => name)).toEqual([
    ...['consistency', 'drift', 'freshness', 'schedule', 'errors', 'latency'],
    'gate',
  ]);
  expect(metrics.at(-1)?.provider.web?.url).toContain('/api/v1/gate?for=10m&stage=canary');
});

test.each(QUERIES)('the analysis of $name reads metrics that the exporter defines', ({ query }) => {
  const names = metricNames(query).map((name) => name.replace(/(?<=_duration_seconds)_(bucket|count)$/, ''));
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !(name in METRICS))).toEqual([]);
});

test('its conditions are the limits of the gate', () => {
  const { consistency, drift, schedule, errors, latency } = GATE_LIMITS;
  const value = 'len(result) > 0 && result[0]';
  expect(metrics.map(({ successCondition: good, failureCondition: bad }) => [good, bad])).toEqual([
    [`${value} >= 0.99`, `${value} < ${String(consistency.rollback)}`],
    [`${value} >= -${String(drift.investigate)}`, `${value} < -${String(drift.rollback)}`],
    [`${value} <= ${String(STALE_INTERVALS)}`, 'false'],
    [`${value} >= ${String(schedule.rollback)}`, `${value} < ${String(schedule.rollback)}`],
    [`${value} <= ${String(errors.rollback)}`, `${value} > ${String(errors.rollback)}`],
    [`${value} <= ${String(latency.investigate)}`, 'false'],
    ['result == "proceed"', 'result == "rollback"'],
  ]);
});

const TRACK = 'job="lockstep",instance="a",track="canary"';
/** A canary for half an hour: 99 %, 1 point below its baseline, one run of ten failed and one left out, no error, quick. */
const SERIES: Readonly<Record<string, string>> = {
  [`lockstep_check_consistency_ratio_excluding_known{${TRACK},check="pairs"}`]: '0.99x30',
  [`lockstep_check_up{${TRACK},check="pairs"}`]: '1x30',
  [`lockstep_check_baseline_drift_ratio{${TRACK},check="pairs"}`]: '-0.01x30',
  [`lockstep_job_last_success_timestamp_seconds{${TRACK},job_name="pairs"}`]: '1500x30',
  [`lockstep_job_last_success_timestamp_seconds{${TRACK},job_name="report:daily"}`]: '1x30',
  [`lockstep_check_interval_seconds{${TRACK},check="pairs"}`]: '300x30',
  [`lockstep_job_last_run_timestamp_seconds{${TRACK},job_name="pairs"}`]: '1500x30',
  [`lockstep_job_runs_total{${TRACK},job_name="pairs",outcome="pass"}`]: '0+8x30',
  [`lockstep_job_runs_total{${TRACK},job_name="pairs",outcome="error"}`]: '0+1x30',
  [`lockstep_job_skipped_total{${TRACK},job_name="pairs",reason="overlap"}`]: '0+1x30',
  // what is no check is not judged, as by the gate
  [`lockstep_job_last_run_timestamp_seconds{${TRACK},job_name="report:daily"}`]: '1x30',
  [`lockstep_job_runs_total{${TRACK},job_name="report:daily",outcome="error"}`]: '0+9x30',
  [`lockstep_job_runs_total{${TRACK},job_name="sync:pairs",outcome="error"}`]: '0+9x30',
  [`lockstep_job_runs_total{${TRACK},job_name="retention",outcome="error"}`]: '0+9x30',
  [`lockstep_job_skipped_total{${TRACK},job_name="retention",reason="misfire"}`]: '0+9x30',
  [`lockstep_http_request_duration_seconds_count{${TRACK},status="200"}`]: '0+60x30',
  [`lockstep_http_request_duration_seconds_bucket{${TRACK},status="200",le="0.2"}`]: '0+60x30',
  [`lockstep_http_request_duration_seconds_bucket{${TRACK},status="200",le="+Inf"}`]: '0+60x30',
};
const ANSWERS = { consistency: 0.99, drift: -0.01, freshness: 1, schedule: 0.8, errors: 0, latency: 0.19 };

/** Half an hour later; throws with what promtool has to say. */
function expectAnswers(
  series: Readonly<Record<string, string>>,
  answers: Readonly<Record<string, number>>,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-recipes-'));
  try {
    const tested = {
      rule_files: [],
      tests: [
        {
          interval: '1m',
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          promql_expr_test: QUERIES.filter(({ name }) => name in answers).map(({ name, query }) => ({
            ...{ expr: query, eval_time: '30m' },
            exp_samples: [{ labels: '{}', value: answers[name] }],
          })),
        },
      ],
    };
    writeFileSync(join(folder, 'tests.yml'), stringify(tested));
    const { stdout, stderr } = spawnSync('promtool', ['test', 'rules', join(folder, 'tests.yml')], { encoding: 'utf8' }); // prettier-ignore
    expect(stdout + stderr).toMatch(/SUCCESS\s*$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

testWith(
  'promtool',
  'it comes with Prometheus',
  'Prometheus answers every query of the analysis with one number',
  () => {
    expectAnswers(SERIES, ANSWERS);
    return Promise.resolve();
  },
  30_000,
);

testWith(
  'promtool',
  'it comes with Prometheus',
  'a schedule that stands still is 0, not a division of nothing by nothing',
  () => {
    const still = {
      [`lockstep_check_interval_seconds{${TRACK},check="pairs"}`]: '300x30',
      [`lockstep_job_last_run_timestamp_seconds{${TRACK},job_name="pairs"}`]: '600x30',
      [`lockstep_job_runs_total{${TRACK},job_name="pairs",outcome="pass"}`]: '2x30',
      [`lockstep_job_skipped_total{${TRACK},job_name="pairs",reason="overlap"}`]: '0x30',
    };
    expectAnswers(still, { schedule: 0 });
    return Promise.resolve();
  },
  30_000,
);

test('the limits in docs/configuration.md are a configuration', () => {
  const shown = blocks(readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8'), 'yaml');
  const [gate = ''] = shown.filter((block) => block.startsWith('gate:'));
  const rest = readFileSync(join(ROOT, 'tests/fixtures/config/valid/minimal.yaml'), 'utf8');
  const result = parseConfig('lockstep.yaml', `${rest}\n${gate}`, REGISTERS, {
    DATABASE_URL: 'postgres://reader@db/app',
  });
  expect('problems' in result ? result.problems.map(formatProblem) : []).toEqual([]);
  expect('config' in result && [...result.config.gate.stages.keys()]).toEqual([
    'default',
    'canary',
    'production',
  ]);
});
