/** Documents as the exporter writes them, for the tests beside the code. */
import type {
  About,
  AppliedPlan,
  BaselineDocument,
  Check,
  Comparison,
  Job,
  Plan,
  PlanRow,
  Run,
  Violation,
  ViolationDetail,
} from '../datasource/api';

export const CHECK: Check = {
  name: 'progress_license',
  kind: 'pair',
  description: 'Every finished course has a licence',
  severity: 'critical',
  owner: 'learning',
  runbook: 'https://wiki.example.org/licences',
  enabled: true,
  schedule: '*/5 * * * *',
  timezone: 'UTC',
  thresholds: { healthy: 0.99, degraded: 0.95 },
  fields: { key: ['student_id', 'course_id'], left: ['progress_score'], right: ['license_score'] },
  violation_kinds: ['mismatch', 'missing', 'orphan'],
  max_violations: 10_000,
  sync: null,
  sources: ['progress', 'licenses'],
  status: 'degraded',
  held: false,
  requires_attention: true,
  last_check: '2026-03-01T10:05:00.000Z',
  last_attempt: '2026-03-01T10:05:00.000Z',
  last_outcome: 'fail',
  last_duration_seconds: 0.42,
  error: null,
  next_run: '2026-03-01T10:10:00.000Z',
  running: null,
  oldest_violation: '2026-02-27T08:00:00.000Z',
  entities_violating: 2,
  known: {},
  baseline: null,
  consistency_ratio_excluding_known: 0.9767,
  result: {
    checked: 1_200,
    consistent: 1_172,
    inconsistent: 28,
    consistency_ratio: 0.9767,
    consistency_rate: 97.66,
    left: 1_200,
    right: 1_190,
    empty: false,
    counts: { mismatch: 18, missing: 10, orphan: 0 },
    capped: false,
    opened: 3,
    resolved: 1,
  },
};

export function checkWith(part: Partial<Check>): Check {
  return { ...CHECK, ...part };
}

export function resultWith(part: Partial<NonNullable<Check['result']>>): Check['result'] {
  return CHECK.result && { ...CHECK.result, ...part };
}

/** As it is told before the first run has ended. */
export const PENDING: Check = checkWith({
  ...{ status: 'unknown', requires_attention: false, last_check: null, last_attempt: null, last_outcome: null },
  ...{ last_duration_seconds: null, oldest_violation: null, entities_violating: null, result: null },
});

export const HEALTHY: Check = checkWith({
  ...{ name: 'orders_invoices', status: 'healthy', requires_attention: false, last_outcome: 'pass' },
  ...{ oldest_violation: null, entities_violating: 0 },
  result: resultWith({
    ...{ checked: 800, consistent: 800, inconsistent: 0, consistency_ratio: 1, consistency_rate: 100 },
    ...{ counts: { mismatch: 0, missing: 0, orphan: 0 }, opened: 0, resolved: 0 },
  }),
});

/** The source went away after a check that had found violations. */
export const SOURCE_DOWN: Check = checkWith({
  ...{ held: true, last_attempt: '2026-03-01T10:20:00.000Z', last_outcome: 'error' },
  error: 'licenses: connection refused',
});

export function violationOf(i: number, part: Partial<Violation> = {}): Violation {
  return {
    id: `v${i}`,
    check: CHECK.name,
    kind: 'mismatch',
    state: 'open',
    first_seen: '2026-02-27T08:00:00.000Z',
    last_seen: '2026-03-01T10:05:00.000Z',
    resolved_at: null,
    reopened_at: null,
    times_seen: 12,
    times_reopened: 0,
    known: null,
    row: {
      ...{ student_id: i, course_id: `course-${i}`, progress_score: '90.5', license_score: '80.1' },
      recommended_action: 'reissue',
    },
    ...part,
  };
}

export const DETAIL: ViolationDetail = {
  ...violationOf(1),
  first_row: { student_id: 1, course_id: 'course-1', progress_score: '90.5', license_score: null },
  life: [
    {
      ...{ at: '2026-02-27T08:00:00.000Z', event: 'opened', run_id: 'r1', kind: 'missing', by: null, reason: null },
      row: { student_id: 1, course_id: 'course-1', progress_score: '90.5', license_score: null },
    },
    {
      ...{ at: '2026-02-28T08:00:00.000Z', event: 'changed', run_id: 'r2', kind: 'mismatch', by: null, reason: null },
      row: { student_id: 1, course_id: 'course-1', progress_score: '90.5', license_score: '80.1' },
    },
  ],
  current: [
    {
      ...{ side: 'left', source: 'progress', table: 'user_progress' },
      rows: [{ student_id: 1, course_id: 'course-1', progress_score: '90.5' }],
    },
    { side: 'right', source: 'licenses', table: 'licenses', rows: [] },
  ],
  current_error: null,
};

export function runOf(id: string, startedAt: string, part: Partial<Run> = {}): Run {
  return {
    id,
    check: CHECK.name,
    state: 'finished',
    trigger: 'schedule',
    started_at: startedAt,
    finished_at: new Date(Date.parse(startedAt) + 1_000).toISOString(),
    duration_seconds: 1,
    outcome: 'fail',
    status: 'degraded',
    error: null,
    result: CHECK.result,
    ...part,
  };
}

export const JOB: Job = {
  job: 'retention',
  check: false,
  running: false,
  last_start: '2026-03-01T03:00:00.000Z',
  last_run: '2026-03-01T03:00:02.000Z',
  last_success: null,
  last_duration_seconds: 2,
  consecutive_failures: 4,
  next_run: '2026-03-02T03:00:00.000Z',
};

export const ABOUT: About = {
  version: '0.1.0',
  now: '2026-03-01T10:06:00.000Z',
  checks: 3,
  actor: 'grafana',
  role: 'admin',
};

export const BASELINE: BaselineDocument = {
  ...{ id: 'b1', check: CHECK.name, name: 'before the release', note: null, current: true },
  ...{ created_at: '2026-02-28T09:00:00.000Z', created_by: 'ada via grafana' },
  ...{ run_id: 'r1', run_at: '2026-02-28T08:55:00.000Z' },
  ...{ checked: 1_200, consistent: 1_180, inconsistent: 20, consistency_ratio: 0.9833, capped: false },
  counts: { mismatch: 20, missing: 0, orphan: 0 },
};

const NOTHING: Comparison['new'] = { total: 0, by_kind: {}, by_difference: {}, rows: [] };

export const COMPARISON: Comparison = {
  baseline: BASELINE,
  now: {
    ...{ run_id: 'r9', at: '2026-03-01T10:05:00.000Z', held: false },
    ...{ checked: 1_200, consistent: 1_172, inconsistent: 28, consistency_ratio: 0.9767 },
  },
  drift_points: -0.67,
  new: {
    ...{ total: 120, by_kind: { mismatch: 110, missing: 10 }, by_difference: { '-10.4': 110, missing: 10 } },
    rows: [violationOf(1).row, violationOf(2).row],
  },
  resolved: NOTHING,
  still: { ...NOTHING, total: 1, by_kind: { mismatch: 1 }, rows: [violationOf(3).row] },
  capped: false,
};

/** A check that may be mended. */
export const MENDED: Check = checkWith({
  sync: { directions: { mismatch: 'left_to_right', missing: 'skip' }, max_rows: 500, schedule: null, dry_run: true },
});

export function planRowOf(i: number, part: Partial<PlanRow> = {}): PlanRow {
  return {
    ...{ violation_id: `v${i}`, key: { student_id: i, course_id: `course-${i}` }, kind: 'mismatch' },
    ...{ action: 'update', side: 'right', table: 'licenses', inverse: null, outcome: 'planned', reason: null },
    before: { score: '80.1', updated_by: null },
    other: { score: '90.5' },
    after: { score: '90.5', updated_by: 'lockstep' },
    statements: [{ text: 'UPDATE licenses SET score = $1 WHERE id = $2', values: ['90.5', null] }],
    ...part,
  };
}

export function planOf(rows: readonly PlanRow[], part: Partial<Plan> = {}): Plan {
  const count = (outcome: PlanRow['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  return {
    ...{ id: 'a'.repeat(64), check: CHECK.name, state: 'planned', undo_of: null },
    ...{ created_at: '2026-03-01T10:06:00.000Z', created_by: 'ada via grafana' },
    expires_at: new Date(Date.now() + 10 * 60_000).toISOString(),
    ...{ applied_at: null, applied_by: null, reason: null },
    counts: {
      ...{ planned: count('planned'), writing: count('writing'), written: count('written') },
      ...{ skipped: count('skipped'), failed: count('failed') },
    },
    rows: [...rows],
    ...part,
  };
}

export function appliedOf(rows: readonly PlanRow[], part: Partial<AppliedPlan> = {}): AppliedPlan {
  const applied = { applied_at: '2026-03-01T10:08:00.000Z', applied_by: 'ada via grafana', reason: 'late import' };
  return { ...planOf(rows, { state: 'applied', ...applied }), dry_run: false, still_apart: 0, ...part };
}
