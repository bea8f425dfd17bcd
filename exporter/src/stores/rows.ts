/** Between what the rest of the exporter knows and what the tables hold. */
import type { Run } from '../core/run.ts';
import type {
  Disagreement,
  KnownMark,
  Observed,
  Remembered,
  Violation,
  ViolationEvent,
} from '../core/violation.ts';
import type { Value } from '../core/value.ts';
import { searchText, sortKey, storable } from './sort-key.ts';
import type { AuditEntry, JobState } from './store.ts';
import type { AuditRow, JobRow, RunRow, ViolationEventRow, ViolationRow } from './tables.ts';

export function runRow(run: Run): RunRow {
  const { result } = run;
  return {
    id: run.id,
    check_name: run.check,
    trigger: run.trigger,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    outcome: run.outcome,
    status: run.status,
    checked: result?.checked ?? null,
    consistent: result?.consistent ?? null,
    inconsistent: result?.inconsistent ?? null,
    left_rows: result?.left ?? null,
    right_rows: result?.right ?? null,
    empty: result ? Number(result.empty) : null,
    counts: result ? JSON.stringify(result.counts) : null,
    capped: result ? Number(result.capped) : null,
    opened: result?.opened ?? null,
    resolved: result?.resolved ?? null,
    error: run.error === null ? null : storable(run.error),
  };
}

export function readRun(row: RunRow): Run {
  return {
    id: row.id,
    check: row.check_name,
    trigger: row.trigger,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcome: row.outcome,
    status: row.status,
    result: row.outcome === 'error' ? null : readResult(row),
    error: row.error,
  };
}

function readResult(row: RunRow): Run['result'] {
  return {
    checked: row.checked ?? 0,
    consistent: row.consistent ?? 0,
    inconsistent: row.inconsistent ?? 0,
    left: row.left_rows,
    right: row.right_rows,
    empty: row.empty === 1,
    counts: JSON.parse(row.counts ?? '{}') as Record<string, number>,
    capped: row.capped === 1,
    opened: row.opened ?? 0,
    resolved: row.resolved ?? 0,
  };
}

/** The columns of a mark; all empty unless the state is `known`. */
export function markColumns(mark: KnownMark) {
  return {
    known_reason: storable(mark.reason),
    known_ticket: mark.ticket === null ? null : storable(mark.ticket),
    known_by: storable(mark.by),
    known_at: mark.at,
    known_expires_at: mark.expiresAt,
    known_from: mark.from,
  };
}

export const NOT_KNOWN = {
  known_reason: null,
  known_ticket: null,
  known_by: null,
  known_at: null,
  known_expires_at: null,
  known_from: null,
} as const;

function readMark(row: ViolationRow): KnownMark | null {
  if (row.state !== 'known') return null;
  return {
    reason: row.known_reason ?? '',
    ticket: row.known_ticket,
    by: row.known_by ?? '',
    at: row.known_at ?? 0,
    expiresAt: row.known_expires_at,
    from: row.known_from ?? 'api',
  };
}

/** The row of a violation that is seen for the first time. */
export function violationRow(check: string, seen: Observed, at: number): ViolationRow {
  const left = valuesJson(seen.left);
  const right = valuesJson(seen.right);
  return {
    id: seen.id,
    check_name: check,
    kind: seen.kind,
    state: 'open',
    key_json: JSON.stringify(seen.key),
    left_json: left,
    right_json: right,
    first_left_json: left,
    first_right_json: right,
    key_text: searchText(seen.key),
    sort_key: sortKey(seen.key),
    sort_left: sortKey(seen.left),
    sort_right: sortKey(seen.right),
    first_seen_at: at,
    last_seen_at: at,
    resolved_at: null,
    reopened_at: null,
    times_seen: 1,
    times_reopened: 0,
    ...NOT_KNOWN,
  };
}

export function readViolation(row: ViolationRow): Violation {
  return {
    ...readRemembered(row),
    check: row.check_name,
    known: readMark(row),
    firstLeft: readValues(row.first_left_json),
    firstRight: readValues(row.first_right_json),
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    resolvedAt: row.resolved_at,
    reopenedAt: row.reopened_at,
    timesSeen: row.times_seen,
    timesReopened: row.times_reopened,
  };
}

export const REMEMBERED_COLUMNS = ['id', 'kind', 'state', 'key_json', 'left_json', 'right_json'] as const;

export function readRemembered(row: Pick<ViolationRow, (typeof REMEMBERED_COLUMNS)[number]>): Remembered {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    key: readValues(row.key_json) ?? [],
    left: readValues(row.left_json),
    right: readValues(row.right_json),
  };
}

export function eventRow(
  event: ViolationEvent['event'],
  violation: Disagreement & { readonly id: string },
  runId: string,
  at: number,
  { by = null, reason = null }: { readonly by?: string | null; readonly reason?: string | null } = {},
): ViolationEventRow {
  return {
    violation_id: violation.id,
    run_id: runId,
    at,
    event,
    kind: violation.kind,
    left_json: valuesJson(violation.left),
    right_json: valuesJson(violation.right),
    actor: by === null ? null : storable(by),
    reason: reason === null ? null : storable(reason),
  };
}

export function readEvent(row: ViolationEventRow): ViolationEvent {
  return {
    at: row.at,
    event: row.event,
    runId: row.run_id === '' ? null : row.run_id,
    kind: row.kind,
    left: readValues(row.left_json),
    right: readValues(row.right_json),
    by: row.actor,
    reason: row.reason,
  };
}

export function jobRow(job: JobState): JobRow {
  return {
    job: job.job,
    last_start_at: job.lastStartAt,
    last_run_at: job.lastRunAt,
    last_success_at: job.lastSuccessAt,
    last_duration_ms: job.lastDurationMs,
    consecutive_failures: job.consecutiveFailures,
  };
}

export function readJob(row: JobRow): JobState {
  return {
    job: row.job,
    lastStartAt: row.last_start_at,
    lastRunAt: row.last_run_at,
    lastSuccessAt: row.last_success_at,
    lastDurationMs: row.last_duration_ms,
    consecutiveFailures: row.consecutive_failures,
  };
}

export function readAudit(row: AuditRow): AuditEntry {
  return {
    at: row.at,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    details: JSON.parse(row.details) as Record<string, unknown>,
  };
}

function valuesJson(values: readonly Value[] | null): string | null {
  return values === null ? null : JSON.stringify(values);
}

function readValues(json: string | null): readonly Value[] | null {
  return json === null ? null : (JSON.parse(json) as readonly Value[]);
}
