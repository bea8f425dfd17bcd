/** A report as the API tells it. Pure. */
import type { CheckReport, Report } from '../core/report.ts';
import type { Bucket } from '../core/report-trend.ts';
import { reasonText } from './reasons.ts';

export function reportDocument(report: Report) {
  const { kind, from, to, decision, checks } = report;
  return {
    kind,
    ...{ from: iso(from), to: iso(to), window_seconds: (to - from) / 1_000, decision },
    checks: checks.map((check) => checkDocument(check, report)),
  };
}

function checkDocument(check: CheckReport, window: Report) {
  const { name, description, enabled, status, held, ratio, ratios, result, baseline, decision, schedule } =
    check;
  return {
    ...{ name, description, enabled, status, held, decision },
    reasons: check.reasons.map((reason) => ({ ...reason, text: reasonText(reason, check, window) })),
    last_check: isoOrNull(check.lookedAt),
    last_attempt: isoOrNull(check.attemptedAt),
    watched_since: isoOrNull(check.watchedSince),
    thresholds: { healthy: check.thresholds.healthy, degraded: check.thresholds.degraded },
    consistency: {
      now: ratio,
      average: ratios?.average ?? null,
      minimum: ratios?.minimum ?? null,
      maximum: ratios?.maximum ?? null,
      standard_deviation: ratios?.deviation ?? null,
      runs: ratios?.runs ?? 0,
    },
    result: result && {
      ...{ checked: result.checked, consistent: result.consistent, inconsistent: result.inconsistent },
      counts: { ...result.counts },
      capped: result.capped,
    },
    baseline: baseline && {
      ...{ id: baseline.id, name: baseline.name, created_at: iso(baseline.createdAt) },
      consistency_ratio: check.baselineRatio,
      points: {
        now: pointsFrom(check, ratio),
        average: pointsFrom(check, ratios?.average ?? null),
        minimum: pointsFrom(check, ratios?.minimum ?? null),
        maximum: pointsFrom(check, ratios?.maximum ?? null),
      },
    },
    violations: {
      ...{ new: check.opened, resolved: check.resolved, open: check.open, known: check.known },
      known_by_kind: { ...check.knownByKind },
      oldest_open: isoOrNull(check.oldestOpenAt),
    },
    time_to_resolve: resolutionDocument(check),
    runs: { ended: check.runs, could_not_look: check.errors },
    schedule: schedule && {
      ...{
        from: iso(schedule.since),
        to: iso(schedule.until),
        expected: schedule.expected,
        made: schedule.ran,
      },
      ...{ could_not_look: schedule.failed, missed: schedule.missed, success_ratio: schedule.successRatio },
    },
    slowest_runs: check.slowest.map((run) => ({
      started_at: iso(run.startedAt),
      duration_seconds: Math.max(0, run.finishedAt - run.startedAt) / 1_000,
      ...{ trigger: run.trigger, outcome: run.outcome },
    })),
    trend: check.trend.map(bucketDocument),
  };
}

function resolutionDocument({ resolution }: CheckReport) {
  return (
    resolution && {
      ...{ measured: resolution.measured, capped: resolution.capped },
      median_seconds: resolution.median / 1_000,
      p95_seconds: resolution.p95 / 1_000,
      worst_seconds: resolution.worst / 1_000,
    }
  );
}

function bucketDocument({ from, to, runs, errors, average, minimum, maximum, opened, resolved }: Bucket) {
  return {
    ...{ from: iso(from), to: iso(to), runs, could_not_look: errors, average, minimum, maximum },
    ...{ new: opened, resolved },
  };
}

/** Percentage points above the baseline, two decimals. */
function pointsFrom({ baselineRatio }: CheckReport, ratio: number | null): number | null {
  return ratio === null || baselineRatio === null ? null : Math.round((ratio - baselineRatio) * 10_000) / 100;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
