/** Every number that Prometheus sees. Nothing here waits for a source: check results come from the board, in memory. */
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
  type RegistryContentType,
} from 'prom-client';
import type { Check } from './core/check.ts';
import type { Outcome, Run } from './core/run.ts';
import type { PlanCounts } from './core/sync-plan.ts';
import { METRICS, type MetricName } from './metric-definitions.ts';
import { checkFamilies, jobFamilies, type Family, type LookFacts, type Sample } from './metric-samples.ts';
import type { Board } from './runner/board.ts';
import type { JobState } from './stores/store.ts';

export type MetricsFormat = 'prometheus' | 'openmetrics';
export type SkipReason = 'overlap' | 'misfire';

/** What exists now; children of anything else vanish. */
export interface MetricsScope {
  readonly checks: readonly Check[];
  /** names of those that a check reads on its schedule */
  readonly sources: readonly string[];
  /** names of the jobs that are not checks */
  readonly otherJobs: readonly string[];
  /** check → most milliseconds between two scheduled runs, where it has a schedule */
  readonly intervalsMs: ReadonlyMap<string, number>;
}

const OUTCOMES: readonly Outcome[] = ['pass', 'fail', 'error'];
const SKIP_REASONS: readonly SkipReason[] = ['overlap', 'misfire'];
const SYNC_OUTCOMES = ['written', 'skipped', 'failed'] as const;
const ROW_COUNTERS = [
  'lockstep_check_rows_evaluated_total',
  'lockstep_check_rows_inconsistent_total',
] as const;

function jobCounters(job: string): readonly (readonly [MetricName, Record<string, string>])[] {
  return [
    ...OUTCOMES.map((outcome) => ['lockstep_job_runs_total', { job_name: job, outcome }] as const),
    ...SKIP_REASONS.map((reason) => ['lockstep_job_skipped_total', { job_name: job, reason }] as const),
  ];
}

export class Metrics {
  readonly #registry = new Registry<RegistryContentType>();
  readonly #board: Board;
  readonly #counters = new Map<MetricName, Counter>();
  readonly #histograms = new Map<MetricName, Histogram>();
  readonly #jobs = new Map<string, JobState>();
  readonly #due = new Map<string, number>();
  /** null: not asked yet */
  readonly #sources = new Map<string, boolean | null>();
  /** what is kept of the last run that could look, beside what is on show */
  readonly #looks = new Map<string, LookFacts>();
  #checkNames: ReadonlySet<string> = new Set();
  #mendable: readonly string[] = [];
  #jobNames: ReadonlySet<string> = new Set();
  #intervalsMs: ReadonlyMap<string, number> = new Map();
  #reloaded = true;
  #changes = 0;
  #rendering: Promise<unknown> = Promise.resolve();

  constructor(board: Board, build: { readonly version: string }) {
    this.#board = board;
    const families = new Map<MetricName, () => readonly Sample[]>(this.#families(build.version));
    for (const name of Object.keys(METRICS) as MetricName[]) this.#define(name, families.get(name));
    this.#counter('lockstep_violation_log_write_failures_total').inc(0);
    for (const outcome of ['sent', 'failed'] as const)
      this.#counter('lockstep_heartbeats_total').inc({ outcome }, 0);
    collectDefaultMetrics({ register: this.#registry });
    // Gauges whose names end in `_total`, which promtool refuses; and each of them lists every open handle per scrape.
    for (const kind of ['handles', 'requests', 'resources']) {
      this.#registry.removeSingleMetric(`nodejs_active_${kind}`);
      this.#registry.removeSingleMetric(`nodejs_active_${kind}_total`);
    }
  }

  /** Changes whenever a rendering would tell other facts, but for the metrics of the process and of HTTP requests. */
  get version(): string {
    return `${String(this.#board.version)}.${String(this.#changes)}`;
  }

  /** Called at start and after every reload. What stays keeps counting. */
  configure(scope: MetricsScope): void {
    const checks = new Set(scope.checks.map((check) => check.name));
    const jobs = new Set([...checks, ...scope.otherJobs]);
    for (const counter of ROW_COUNTERS) {
      for (const check of this.#checkNames) if (!checks.has(check)) this.#counter(counter).remove({ check });
      for (const check of checks) this.#counter(counter).inc({ check }, 0);
    }
    this.#scopeSyncs(scope.checks.filter(({ sync }) => sync !== null).map(({ name }) => name));
    for (const name of this.#jobNames) if (!jobs.has(name)) this.#buryJob(name);
    for (const name of jobs) if (!this.#jobNames.has(name)) this.#birthJob(name);
    for (const name of this.#sources.keys()) if (!scope.sources.includes(name)) this.#sources.delete(name);
    for (const name of scope.sources) this.#sources.set(name, this.#sources.get(name) ?? null);
    this.#checkNames = checks;
    this.#jobNames = jobs;
    this.#intervalsMs = scope.intervalsMs;
    this.#changes += 1;
  }

  /** What the store remembers of the jobs, at start. */
  restoreJobs(jobs: readonly JobState[]): void {
    for (const job of jobs) this.#jobs.set(job.job, job);
    this.#changes += 1;
  }

  /** @param at epoch milliseconds */
  jobStarted(job: string, at: number): void {
    this.#jobs.set(job, { ...this.#job(job), lastStartAt: at });
    this.#changes += 1;
  }

  /** A run of a check is over and saved. Not for dry runs. `latencyMs` is null when it could not look. */
  runFinished(
    run: Run,
    {
      durationSeconds,
      known,
      latencyMs,
      measuredMs,
      waiting,
    }: Omit<LookFacts, 'latencyMs'> & { durationSeconds: number; latencyMs: number | null; known: number },
  ): void {
    this.jobFinished(run.check, run.outcome, run.finishedAt, durationSeconds);
    if (run.result === null || !this.#checkNames.has(run.check)) return;
    if (latencyMs !== null) this.#looks.set(run.check, { latencyMs, measuredMs, waiting });
    const labels = { check: run.check };
    this.#counter('lockstep_check_rows_evaluated_total').inc(labels, run.result.checked);
    this.#counter('lockstep_check_rows_inconsistent_total').inc(
      labels,
      Math.max(0, run.result.inconsistent - known) + waiting,
    );
  }

  /** A run of any job is over; jobs that are not checks end in `pass` or `error`. */
  jobFinished(job: string, outcome: Outcome, finishedAt: number, durationSeconds: number): void {
    // A run may outlive its check's place in the configuration; its numbers must not come back.
    if (!this.#jobNames.has(job)) return;
    const failed = outcome === 'error';
    const before = this.#job(job);
    this.#jobs.set(job, {
      ...before,
      lastRunAt: finishedAt,
      lastSuccessAt: failed ? before.lastSuccessAt : finishedAt,
      lastDurationMs: durationSeconds * 1_000,
      consecutiveFailures: failed ? before.consecutiveFailures + 1 : 0,
    });
    this.#counter('lockstep_job_runs_total').inc({ job_name: job, outcome });
    this.#histogram('lockstep_job_duration_seconds').observe({ job_name: job }, durationSeconds);
    this.#changes += 1;
  }

  jobSkipped(job: string, reason: SkipReason): void {
    if (!this.#jobNames.has(job)) return;
    this.#counter('lockstep_job_skipped_total').inc({ job_name: job, reason });
    this.#changes += 1;
  }

  /** For jobs that are not checks; when a check is due is on the board. Null when the job is not scheduled. */
  jobDue(job: string, at: number | null): void {
    if (at === null) this.#due.delete(job);
    else this.#due.set(job, at);
    this.#changes += 1;
  }

  sourceUp(name: string, up: boolean): void {
    if (!this.#sources.has(name)) return;
    this.#sources.set(name, up);
    this.#changes += 1;
  }

  configReloaded(ok: boolean): void {
    this.#reloaded = ok;
    this.#changes += 1;
  }

  /** A plan was applied. Not for dry runs. */
  syncFinished(check: string, counts: PlanCounts): void {
    if (!this.#mendable.includes(check)) return;
    for (const outcome of SYNC_OUTCOMES)
      this.#counter('lockstep_sync_rows_total').inc({ check, outcome }, counts[outcome]);
    this.#changes += 1;
  }

  heartbeat(outcome: 'sent' | 'failed'): void {
    this.#counter('lockstep_heartbeats_total').inc({ outcome });
    this.#changes += 1;
  }

  violationLogFailed(): void {
    this.#counter('lockstep_violation_log_write_failures_total').inc();
    this.#changes += 1;
  }

  /** @param route the pattern, never the path: paths hold ids */
  httpRequest(route: string, method: string, status: number, durationSeconds: number): void {
    const labels = { route, method, status: String(status) };
    this.#histogram('lockstep_http_request_duration_seconds').observe(labels, durationSeconds);
  }

  /** One rendering at a time: the registry's content type decides the format of whatever is being rendered. */
  async render(format: MetricsFormat): Promise<{ readonly body: string; readonly contentType: string }> {
    const turn = this.#rendering.then(() => this.#renderNow(format));
    this.#rendering = turn.catch(() => undefined);
    return turn;
  }

  async #renderNow(format: MetricsFormat): Promise<{ body: string; contentType: string }> {
    const contentType =
      format === 'openmetrics' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
    this.#registry.setContentType(contentType);
    // prom-client 15 cuts `_total` off its own counters' names for OpenMetrics and never puts it back.
    const names = this.#registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
    try {
      return { body: await this.#registry.metrics(), contentType };
    } finally {
      for (const { metric, name } of names) metric.name = name;
    }
  }

  #define(name: MetricName, samples: (() => readonly Sample[]) | undefined): void {
    const { type, labels, help, ...rest } = METRICS[name];
    const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (type === 'counter') {
      this.#counters.set(name, new Counter(common));
    } else if (type === 'histogram') {
      const buckets = 'buckets' in rest ? [...rest.buckets] : [];
      this.#histograms.set(name, new Histogram({ ...common, buckets }));
    } else {
      if (!samples) throw new Error(`no samples for ${name}`);
      // A fresh family each time: what has gone, or is not known any more, must not linger.
      const collect = function (this: Gauge): void {
        this.reset();
        for (const { labels: own, value } of samples()) if (typeof value === 'number') this.set(own, value);
      };
      new Gauge({ ...common, collect });
    }
  }

  #families(version: string): readonly Family[] {
    const build = { version, node_version: process.version };
    const interval = (check: string): number | undefined => this.#intervalsMs.get(check);
    const due = (job: string) => this.#board.state(job)?.nextRunAt ?? this.#due.get(job);
    return [
      ...checkFamilies(
        () => this.#board.states(),
        interval,
        (check) => this.#looks.get(check),
      ),
      ...jobFamilies(() => [...this.#jobNames].map((job) => this.#job(job)), due),
      [
        'lockstep_source_up',
        () =>
          [...this.#sources].map(([source, up]) => ({
            labels: { source },
            value: up === null ? null : Number(up),
          })),
      ],
      ['lockstep_config_last_reload_successful', () => [{ labels: {}, value: Number(this.#reloaded) }]],
      ['lockstep_build_info', () => [{ labels: build, value: 1 }]],
    ];
  }

  #job(job: string): JobState {
    const fresh = { lastStartAt: null, lastRunAt: null, lastSuccessAt: null, lastDurationMs: null };
    return this.#jobs.get(job) ?? { job, ...fresh, consecutiveFailures: 0 };
  }

  #scopeSyncs(checks: readonly string[]): void {
    const counter = this.#counter('lockstep_sync_rows_total');
    for (const outcome of SYNC_OUTCOMES) {
      for (const check of this.#mendable) if (!checks.includes(check)) counter.remove({ check, outcome });
      for (const check of checks) counter.inc({ check, outcome }, 0);
    }
    this.#mendable = checks;
  }

  #birthJob(job: string): void {
    for (const [name, labels] of jobCounters(job)) this.#counter(name).inc(labels, 0);
    this.#histogram('lockstep_job_duration_seconds').zero({ job_name: job });
  }

  #buryJob(job: string): void {
    for (const [name, labels] of jobCounters(job)) this.#counter(name).remove(labels);
    this.#histogram('lockstep_job_duration_seconds').remove({ job_name: job });
    this.#jobs.delete(job);
    this.#looks.delete(job);
    this.#due.delete(job);
  }

  #counter(name: MetricName): Counter {
    const counter = this.#counters.get(name);
    if (!counter) throw new Error(`${name} is not a counter`);
    return counter;
  }

  #histogram(name: MetricName): Histogram {
    const histogram = this.#histograms.get(name);
    if (!histogram) throw new Error(`${name} is not a histogram`);
    return histogram;
  }
}
