import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testWith } from '../../tests/needs.ts';
import { checkNamed, mismatch, serve, stateOf, type Served } from '../../tests/served-lockstep.ts';
import type { Run } from './core/run.ts';
import { METRICS } from './metric-definitions.ts';
import { withTable } from './generated-table.ts';
import { metricsTable } from './metric-table.ts';
import { Metrics } from './metrics.ts';
import { Board } from './runner/board.ts';

const CHECK = checkNamed('pairs');
const SCOPE = {
  checks: [CHECK],
  sources: ['app'],
  otherJobs: ['retention'],
  intervalsMs: new Map([['pairs', 300_000]]),
};

function fresh() {
  const board = new Board();
  const metrics = new Metrics(board, { version: '1.2.3' });
  metrics.configure(SCOPE);
  board.show([stateOf(CHECK)]);
  return { board, metrics };
}

async function text(metrics: Metrics): Promise<string> {
  return (await metrics.render('prometheus')).body;
}

function samples(body: string, name: string): string[] {
  return body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

function runOf(change: Partial<Run> = {}): Run {
  const counts = { missing_left: 0, missing_right: 0, mismatch: 2 };
  const shared = { left: 100, right: 100, empty: false, capped: false, opened: 2, resolved: 0 };
  return {
    ...{ id: 'r1', check: 'pairs', trigger: 'schedule', startedAt: 1_000, finishedAt: 2_000, error: null },
    ...{ outcome: 'fail', status: 'degraded' },
    result: { checked: 100, consistent: 98, inconsistent: 2, counts, ...shared },
    ...change,
  };
}

const TOOK = { durationSeconds: 1, latencyMs: 250, measuredMs: {}, waiting: 0, known: 0 };
const FAILED = { outcome: 'error', status: 'unknown', result: null, error: 'gone' } as const;

test('before the first run a check is not up and has no result, and every counter stands at 0', async () => {
  const { metrics } = fresh();
  const body = await text(metrics);
  expect(samples(body, 'lockstep_check_up')).toEqual(['lockstep_check_up{check="pairs"} 0']);
  for (const name of [
    'rows',
    'consistent_rows',
    'consistency_ratio',
    'violations',
    'truncated',
    'entities_violating',
  ]) {
    expect(samples(body, `lockstep_check_${name}`)).toEqual([]);
  }
  expect(samples(body, 'lockstep_check_rows_evaluated_total')).toEqual([
    'lockstep_check_rows_evaluated_total{check="pairs"} 0',
  ]);
  expect(samples(body, 'lockstep_job_runs_total').sort()).toEqual(
    ['pairs', 'retention'].flatMap((job) =>
      ['error', 'fail', 'pass'].map(
        (outcome) => `lockstep_job_runs_total{job_name="${job}",outcome="${outcome}"} 0`,
      ),
    ),
  );
  expect(samples(body, 'lockstep_job_skipped_total')).toContain(
    'lockstep_job_skipped_total{job_name="pairs",reason="misfire"} 0',
  );
  expect(body).toContain('lockstep_job_duration_seconds_bucket{le="15",job_name="pairs"} 0');
  expect(samples(body, 'lockstep_source_up')).toEqual([]);
  expect(body).toContain('lockstep_violation_log_write_failures_total 0');
});

test('after a run that could look every violation kind exists in both states, at 0 if need be', async () => {
  const { board, metrics } = fresh();
  board.update('pairs', { latest: runOf(), conclusive: runOf(), entities: 2, oldestOpenAt: 2_000 });
  const body = await text(metrics);
  expect(samples(body, 'lockstep_check_violations').sort()).toEqual(
    ['mismatch', 'missing_left', 'missing_right'].flatMap((kind) =>
      ['known', 'open'].map((state) => {
        const count = kind === 'mismatch' && state === 'open' ? 2 : 0;
        return `lockstep_check_violations{check="pairs",kind="${kind}",state="${state}"} ${String(count)}`;
      }),
    ),
  );
  expect(samples(body, 'lockstep_check_consistency_ratio')).toEqual([
    'lockstep_check_consistency_ratio{check="pairs"} 0.98',
  ]);
  expect(samples(body, 'lockstep_check_oldest_violation_timestamp_seconds')).toEqual([
    'lockstep_check_oldest_violation_timestamp_seconds{check="pairs"} 2',
  ]);
  expect(samples(body, 'lockstep_check_up')).toEqual(['lockstep_check_up{check="pairs"} 1']);
});

test('while a source is down the values are held, the check is not up and the last success stands still', async () => {
  const { board, metrics } = fresh();
  metrics.runFinished(runOf(), TOOK);
  board.update('pairs', { latest: runOf(), conclusive: runOf() });
  const failed = runOf({ ...FAILED, finishedAt: 9_000 });
  metrics.runFinished(failed, { ...TOOK, latencyMs: null });
  board.update('pairs', { latest: failed });
  const body = await text(metrics);
  expect(samples(body, 'lockstep_check_up')).toEqual(['lockstep_check_up{check="pairs"} 0']);
  expect(samples(body, 'lockstep_check_consistency_ratio')).toEqual([
    'lockstep_check_consistency_ratio{check="pairs"} 0.98',
  ]);
  expect(body).toContain('lockstep_job_last_success_timestamp_seconds{job_name="pairs"} 2\n');
  expect(body).toContain('lockstep_job_last_run_timestamp_seconds{job_name="pairs"} 9\n');
  expect(body).toContain('lockstep_job_consecutive_failures{job_name="pairs"} 1\n');
  expect(body).toContain('lockstep_check_rows_evaluated_total{check="pairs"} 100\n');
});

test('a ratio over nothing checked is absent, not 0', async () => {
  const { board, metrics } = fresh();
  const empty = runOf({
    result: { ...runOf().result!, checked: 0, consistent: 0, inconsistent: 0, counts: {} },
  });
  board.update('pairs', { latest: empty, conclusive: empty });
  const body = await text(metrics);
  expect(samples(body, 'lockstep_check_consistency_ratio')).toEqual([]);
  expect(samples(body, 'lockstep_check_rows')).toEqual(['lockstep_check_rows{check="pairs"} 0']);
});

test('a check that leaves the configuration takes all its series with it, and a late run does not bring them back', async () => {
  const { board, metrics } = fresh();
  metrics.runFinished(runOf(), TOOK);
  metrics.configure({ checks: [], sources: [], otherJobs: ['retention'], intervalsMs: new Map() });
  board.show([]);
  metrics.runFinished(runOf(), TOOK);
  metrics.jobSkipped('pairs', 'overlap');
  metrics.sourceUp('app', true);
  const body = await text(metrics);
  expect(body).not.toContain('"pairs"');
  expect(body).not.toContain('"app"');
});

test('a reload keeps the counters and histograms of what stays', async () => {
  const { metrics } = fresh();
  metrics.runFinished(runOf(), TOOK);
  metrics.configure(SCOPE);
  const body = await text(metrics);
  expect(body).toContain('lockstep_job_runs_total{job_name="pairs",outcome="fail"} 1\n');
  expect(body).toContain('lockstep_job_duration_seconds_count{job_name="pairs"} 1\n');
});

test('what the store remembers of jobs is shown from the start', async () => {
  const { metrics } = fresh();
  const times = { lastStartAt: 1_000, lastRunAt: 2_500, lastSuccessAt: 2_500, lastDurationMs: 1_500 };
  metrics.restoreJobs([{ job: 'pairs', ...times, consecutiveFailures: 0 }]);
  const body = await text(metrics);
  expect(body).toContain('lockstep_job_last_run_duration_seconds{job_name="pairs"} 1.5\n');
  expect(body).toContain('lockstep_job_last_start_timestamp_seconds{job_name="pairs"} 1\n');
});

test('a failed reload shows as 0 and the next good one as 1', async () => {
  const { metrics } = fresh();
  metrics.configReloaded(false);
  expect(await text(metrics)).toContain('lockstep_config_last_reload_successful 0\n');
  metrics.configReloaded(true);
  expect(await text(metrics)).toContain('lockstep_config_last_reload_successful 1\n');
});

test('OpenMetrics and Prometheus text do not change each other, even when asked for at once', async () => {
  const { metrics } = fresh();
  const kinds = ['prometheus', 'openmetrics', 'prometheus', 'openmetrics'] as const;
  const [first, open, second] = await Promise.all(kinds.map((format) => metrics.render(format)));
  expect(second?.body).toContain('# TYPE lockstep_job_runs_total counter');
  expect(first?.body).toContain('# TYPE lockstep_job_runs_total counter');
  expect(open?.body).toContain('# TYPE lockstep_job_runs counter');
  expect(open?.body).toContain('lockstep_job_runs_total{job_name="pairs",outcome="fail"} 0');
  expect(open?.body.endsWith('# EOF\n')).toBe(true);
  expect(open?.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
});

test('docs/metrics.md lists exactly the metrics that there are', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
  expect(docs).toBe(withTable(docs, metricsTable()));
});

describe('on a server', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
    served.scene('progress_license').rows.push(mismatch('user-4711'));
    await served.run('progress_license');
    await served.app.inject('/nowhere');
  });
  afterAll(() => served.close());

  test('no value of a row reaches a metric', async () => {
    expect(await text(served.metrics)).not.toContain('4711');
  });

  test('every metric of the list is exported with its type, and no other of ours', async () => {
    const body = await text(served.metrics);
    const exported = [...body.matchAll(/^# TYPE (lockstep_\S+) (\S+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    expect(exported).toEqual(Object.entries(METRICS).map(([name, { type }]) => [name, type]));
  });

  const finding = async (): Promise<void> => {
    const input = await text(served.metrics);
    expect(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8', stdio: 'pipe' })).toBe(
      '',
    );
  };
  testWith(
    'promtool',
    'It comes with Prometheus.',
    'promtool finds nothing to complain about',
    finding,
    30_000,
  );
});

test('how long the sources took is known after a run that could look, held after one that could not, and gone with its check', async () => {
  const { metrics } = fresh();
  const latency = async () => samples(await text(metrics), 'lockstep_check_latency_seconds');
  expect(await latency()).toEqual([]);
  metrics.runFinished(runOf(), TOOK);
  metrics.runFinished(runOf({ outcome: 'error', result: null }), { ...TOOK, latencyMs: null });
  expect(await latency()).toEqual(['lockstep_check_latency_seconds{check="pairs"} 0.25']);
  metrics.configure({ ...SCOPE, checks: [], intervalsMs: new Map() });
  metrics.configure(SCOPE);
  expect(await latency()).toEqual([]);
});
