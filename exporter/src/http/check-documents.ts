/** Checks, runs, violations and jobs as the API tells them. Pure. */
import { driftPoints, type Baseline } from '../core/baseline.ts';
import { consistencyRate, consistencyRatio, ratioExcludingKnown, type Status } from '../core/status.ts';
import { totalOf } from '../core/tally.ts';
import type { Check, SyncTerms } from '../core/check.ts';
import type { Run, RunResult } from '../core/run.ts';
import { toRow } from '../core/violation-row.ts';
import type { KnownMark, Violation } from '../core/violation.ts';
import type { Role } from '../config/config.ts';
import type { CheckState } from '../runner/board.ts';
import type { HistoryPoint, JobState } from '../stores/store.ts';
import type * as api from './api-schemas.ts';

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : iso(ms);
}

/** `unknown` before the first run and while the source cannot be looked at. */
export function statusNow({ latest }: CheckState): Status {
  return latest?.status ?? 'unknown';
}

/** The numbers are older than the newest run. */
export function isHeld({ latest, conclusive }: CheckState): boolean {
  return latest?.outcome === 'error' && conclusive !== null;
}

/** Degraded or critical, or a run could not tell; never before the first run. */
export function requiresAttention(state: CheckState): boolean {
  return state.latest !== null && statusNow(state) !== 'healthy';
}

export function checkJson(state: CheckState, role: Role): api.Check {
  const { check, latest, conclusive, running } = state;
  return {
    ...configured(check),
    status: statusNow(state),
    held: isHeld(state),
    requires_attention: requiresAttention(state),
    last_check: isoOrNull(conclusive?.finishedAt),
    last_attempt: isoOrNull(latest?.finishedAt),
    last_outcome: latest?.outcome ?? null,
    last_duration_seconds: latest && durationSeconds(latest),
    error: errorFor(role, latest),
    next_run: isoOrNull(state.nextRunAt),
    running: running && { run_id: running.runId, started_at: iso(running.startedAt) },
    oldest_violation: isoOrNull(state.oldestOpenAt),
    known: { ...state.known },
    baseline: state.baseline && currentJson(state.baseline, conclusive?.result ?? null),
    consistency_ratio_excluding_known: conclusive?.result
      ? ratioExcludingKnown(conclusive.result, totalOf(state.known))
      : null,
    entities_violating: state.entities,
    result: conclusive?.result ? resultJson(conclusive.result) : null,
  };
}

function currentJson(
  { id, name, createdAt, checked, consistent }: Baseline,
  result: RunResult | null,
): NonNullable<api.Check['baseline']> {
  return {
    ...{ id, name, created_at: iso(createdAt) },
    consistency_ratio: consistencyRatio(checked, consistent),
    drift_points: result && driftPoints({ checked, consistent }, result),
  };
}

function configured(check: Check) {
  const { name, kind, description, severity, owner, runbook, enabled, schedule, timezone, thresholds } =
    check;
  const { key, left, right } = check.fields;
  return {
    ...{ name, kind, description, severity, owner, runbook, enabled, schedule, timezone },
    thresholds: { healthy: thresholds.healthy, degraded: thresholds.degraded },
    fields: { key: [...key], left: [...left], right: [...right] },
    violation_kinds: [...check.violationKinds],
    max_violations: check.maxViolations,
    sources: [...check.sources],
    sync: check.sync && syncJson(check.sync),
  };
}

function syncJson({ directions, maxRows, schedule, dryRun }: SyncTerms): NonNullable<api.Check['sync']> {
  return { directions: { ...directions }, max_rows: maxRows, schedule, dry_run: dryRun };
}

/** A database's message may quote a value of a row; viewers see numbers only. */
function errorFor(role: Role, run: Run | null): string | null {
  return role === 'admin' ? (run?.error ?? null) : null;
}

function resultJson(result: RunResult): NonNullable<api.Run['result']> {
  const { checked, consistent, inconsistent, left, right, empty, counts, capped, opened, resolved } = result;
  return {
    ...{ checked, consistent, inconsistent, left, right, empty, capped, opened, resolved },
    consistency_ratio: consistencyRatio(checked, consistent),
    consistency_rate: consistencyRate(checked, consistent),
    counts: { ...counts },
  };
}

function durationSeconds({ startedAt, finishedAt }: Run): number {
  return Math.max(0, finishedAt - startedAt) / 1_000;
}

export function runJson(run: Run, role: Role): api.Run {
  return {
    id: run.id,
    check: run.check,
    state: 'finished',
    trigger: run.trigger,
    started_at: iso(run.startedAt),
    finished_at: iso(run.finishedAt),
    duration_seconds: durationSeconds(run),
    outcome: run.outcome,
    status: run.status,
    error: errorFor(role, run),
    result: run.result && resultJson(run.result),
  };
}

export function runningJson(check: string, running: NonNullable<CheckState['running']>): api.Run {
  return {
    id: running.runId,
    check,
    state: 'running',
    started_at: iso(running.startedAt),
    ...{ trigger: null, finished_at: null, duration_seconds: null, outcome: null, status: null, error: null },
    result: null,
  };
}

export function historyJson(point: HistoryPoint): api.History['points'][number] {
  const { at, span, runs, errors, checked, inconsistent, minRatio, maxRatio, opened, resolved } = point;
  return {
    at: iso(at),
    ...{ span, runs, errors, checked, inconsistent, opened, resolved },
    min_ratio: minRatio,
    max_ratio: maxRatio,
  };
}

/** What a violation needs of its check; generic names stand in once the check has left the configuration. */
export function naming(
  violation: Violation,
  check: Check | undefined,
): Pick<Check, 'fields' | 'recommendedActions'> {
  if (check) return check;
  const named = (prefix: string, values: readonly unknown[] | null) =>
    (values ?? []).map((_, i) => `${prefix}_${String(i + 1)}`);
  const { key, left, right } = violation;
  const fields = { key: named('key', key), left: named('left', left), right: named('right', right) };
  return { fields, recommendedActions: {} };
}

export function violationJson(violation: Violation, check: Check | undefined): api.Violation {
  return {
    id: violation.id,
    check: violation.check,
    kind: violation.kind,
    state: violation.state,
    first_seen: iso(violation.firstSeenAt),
    last_seen: iso(violation.lastSeenAt),
    resolved_at: isoOrNull(violation.resolvedAt),
    reopened_at: isoOrNull(violation.reopenedAt),
    times_seen: violation.timesSeen,
    times_reopened: violation.timesReopened,
    known: violation.known && markJson(violation.known),
    row: toRow(violation, naming(violation, check)),
  };
}

function markJson({
  reason,
  ticket,
  by,
  at,
  expiresAt,
  from,
}: KnownMark): NonNullable<api.Violation['known']> {
  return { reason, ticket, by, at: iso(at), expires_at: isoOrNull(expiresAt), from };
}

/** @param state of the job's check; absent for other jobs */
export function jobJson(
  job: JobState,
  state: CheckState | undefined,
  nextRunAt: number | null,
): api.JobList['jobs'][number] {
  const running = state?.running ?? null;
  return {
    job: job.job,
    check: state !== undefined,
    running: running !== null,
    last_start: isoOrNull(running?.startedAt ?? job.lastStartAt),
    last_run: isoOrNull(job.lastRunAt),
    last_success: isoOrNull(job.lastSuccessAt),
    last_duration_seconds: job.lastDurationMs === null ? null : job.lastDurationMs / 1_000,
    consecutive_failures: job.consecutiveFailures,
    next_run: isoOrNull(nextRunAt),
  };
}
