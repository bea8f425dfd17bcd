/**
 * The shape of every document the API answers with: validation of our own tests, OpenAPI and static types at once.
 * Times are ISO 8601 in UTC; ratios go from 0 to 1, rates are percent with two decimals, rounded down.
 */
import { Type, type Static, type TSchema } from 'typebox';
import { VIOLATION_SORTS } from '../stores/store.ts';

export const strict = { additionalProperties: false } as const;

export function orNull<T extends TSchema>(schema: T, description?: string) {
  return Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
}
export function oneOf<const T extends readonly string[]>(values: T, description?: string) {
  const options = description === undefined ? {} : { description };
  return Type.Unsafe<T[number]>({ ...options, enum: values });
}

export const Time = Type.String({ format: 'date-time' });
export const Count = Type.Integer({ minimum: 0 });
export const Ratio = Type.Number({ minimum: 0, maximum: 1 });
export const Rate = Type.Number({ minimum: 0, maximum: 100 });

export const Value = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
export const StatusName = oneOf(['healthy', 'degraded', 'critical', 'unknown']);
export const OutcomeName = oneOf(['pass', 'fail', 'error']);
export const Severity = oneOf(['critical', 'warning', 'info']);
export const SyncDirection = oneOf(['left_to_right', 'right_to_left', 'to_higher', 'to_lower', 'skip']);
export const ViolationState = oneOf(['open', 'known', 'resolved']);

/** One violation by the field names of its check, and `recommended_action`. */
export const ViolationRow = Type.Record(Type.String(), Value, {
  description: 'The fields that the check names, and `recommended_action`',
});

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    field: Type.Optional(Type.String({ description: 'The parameter that is wrong' })),
    suggestion: Type.Optional(Type.String({ description: 'The nearest valid name' })),
    run_id: Type.Optional(Type.String({ description: 'The run that is going on already' })),
  },
  strict,
);
export type Problem = Static<typeof Problem>;

export const Held = Type.Boolean({
  description: 'True while the source cannot be looked at: the numbers are those of `last_check`, not of now',
});

export const DriftPoints = Type.Number({
  minimum: -100,
  maximum: 100,
  description: 'Consistency now minus that of the baseline, in percentage points',
});

const RunResult = Type.Object(
  {
    checked: Count,
    consistent: Count,
    inconsistent: Count,
    consistency_ratio: orNull(Ratio),
    consistency_rate: orNull(Rate),
    left: orNull(Count, 'Distinct keys of the left side'),
    right: orNull(Count),
    empty: Type.Boolean({ description: 'A side that should hold rows is empty' }),
    counts: Type.Record(Type.String(), Count, { description: 'Violation kind → exact count' }),
    capped: Type.Boolean({ description: 'More violations were counted than are followed row by row' }),
    opened: Count,
    resolved: Count,
  },
  strict,
);

export const Run = Type.Object(
  {
    id: Type.String(),
    check: Type.String(),
    state: oneOf(['running', 'finished']),
    trigger: orNull(oneOf(['start', 'schedule', 'manual']), 'Null while the run is going on'),
    started_at: Time,
    finished_at: orNull(Time),
    duration_seconds: orNull(Type.Number({ minimum: 0 })),
    outcome: orNull(OutcomeName),
    status: orNull(StatusName),
    error: orNull(Type.String(), 'What could not be looked at; shown to admins only'),
    result: orNull(RunResult, 'Null while running and when the outcome is `error`'),
  },
  strict,
);
export type Run = Static<typeof Run>;

export const FinishedRun = Type.Object(
  { ...Run.properties, dry_run: Type.Boolean(), violations: Type.Array(ViolationRow) },
  strict,
);
export type FinishedRun = Static<typeof FinishedRun>;

export const StartedRun = Type.Object(
  { run_id: Type.String(), check: Type.String(), location: Type.String() },
  strict,
);
export type StartedRun = Static<typeof StartedRun>;

export const RunPage = Type.Object({ rows: Type.Array(Run), next_cursor: orNull(Type.String()) }, strict);
export type RunPage = Static<typeof RunPage>;

export const Check = Type.Object(
  {
    name: Type.String(),
    kind: Type.String(),
    description: orNull(Type.String()),
    severity: Severity,
    owner: orNull(Type.String()),
    runbook: orNull(Type.String()),
    enabled: Type.Boolean(),
    schedule: Type.String({ description: 'Cron expression' }),
    timezone: Type.String(),
    thresholds: Type.Object({ healthy: Ratio, degraded: Ratio }, strict),
    fields: Type.Object(
      { key: Type.Array(Type.String()), left: Type.Array(Type.String()), right: Type.Array(Type.String()) },
      strict,
    ),
    violation_kinds: Type.Array(Type.String()),
    max_violations: Type.Integer({
      minimum: 0,
      description: 'As many are followed row by row; all are counted',
    }),
    sources: Type.Array(Type.String()),
    sync: orNull(
      Type.Object(
        {
          directions: Type.Record(Type.String(), SyncDirection, {
            description: 'Violation kind → which side is right',
          }),
          max_rows: Type.Integer({ minimum: 1, description: 'Rows of one plan at most' }),
          schedule: orNull(Type.String(), 'null: only when somebody asks'),
          dry_run: Type.Boolean({ description: 'Whether a scheduled sync is rolled back' }),
        },
        strict,
      ),
      'What may be written to mend violations; null: nothing',
    ),
    status: StatusName,
    held: Held,
    requires_attention: Type.Boolean(),
    last_check: orNull(Time, 'When the numbers were looked up'),
    last_attempt: orNull(Time, 'When the newest run ended, whatever its outcome'),
    last_outcome: orNull(OutcomeName),
    last_duration_seconds: orNull(Type.Number({ minimum: 0 }), 'Of the newest run'),
    error: orNull(Type.String(), 'What the newest run could not look at; shown to admins only'),
    next_run: orNull(Time),
    running: orNull(Type.Object({ run_id: Type.String(), started_at: Time }, strict)),
    oldest_violation: orNull(Time),
    known: Type.Record(Type.String(), Count, { description: 'Violation kind → how many of them are known' }),
    baseline: orNull(
      Type.Object(
        {
          id: Type.String(),
          name: Type.String(),
          created_at: Time,
          consistency_ratio: orNull(Ratio),
          drift_points: orNull(DriftPoints),
        },
        strict,
      ),
      'The current one; null without any',
    ),
    consistency_ratio_excluding_known: orNull(Ratio, 'Of the keys that are not known violations'),
    entities_violating: orNull(Count, 'Distinct values of the first key field among the violations followed'),
    result: orNull(RunResult, 'Of the run that ended at `last_check`'),
  },
  strict,
);
export type Check = Static<typeof Check>;

export const CheckList = Type.Object({ status: StatusName, checks: Type.Array(Check) }, strict);
export type CheckList = Static<typeof CheckList>;

export const HistoryPoint = Type.Object(
  {
    at: Time,
    span: oneOf(['run', 'day'], 'One run, or a UTC day whose runs are gone'),
    runs: Count,
    errors: Count,
    checked: orNull(Count),
    inconsistent: orNull(Count),
    min_ratio: orNull(Ratio),
    max_ratio: orNull(Ratio),
    opened: Count,
    resolved: Count,
  },
  strict,
);
export const History = Type.Object(
  { check: Type.String(), from: Time, to: Time, points: Type.Array(HistoryPoint) },
  strict,
);
export type History = Static<typeof History>;

const KnownMark = Type.Object(
  {
    reason: Type.String(),
    ticket: orNull(Type.String()),
    by: Type.String(),
    at: Time,
    expires_at: orNull(Time),
    from: oneOf(['api', 'config']),
  },
  strict,
);

export const Violation = Type.Object(
  {
    id: Type.String(),
    check: Type.String(),
    kind: Type.String(),
    state: ViolationState,
    first_seen: Time,
    last_seen: Time,
    resolved_at: orNull(Time),
    reopened_at: orNull(Time),
    times_seen: Count,
    times_reopened: Count,
    known: orNull(KnownMark, 'Why it is accepted; null unless the state is `known`'),
    row: ViolationRow,
  },
  strict,
);
export type Violation = Static<typeof Violation>;

export const ViolationPage = Type.Object(
  {
    rows: Type.Array(Violation),
    next_cursor: orNull(Type.String()),
    total: Type.Integer({ minimum: 0, description: 'Violations that match, on all pages' }),
    capped: Type.Boolean({ description: 'A check counted more violations than are followed and listed' }),
  },
  strict,
);
export type ViolationPage = Static<typeof ViolationPage>;

export const ViolationSort = oneOf(VIOLATION_SORTS);

export const ViolationDetail = Type.Object(
  {
    ...Violation.properties,
    first_row: ViolationRow,
    life: Type.Array(
      Type.Object(
        {
          at: Time,
          event: oneOf(['opened', 'changed', 'resolved', 'reopened', 'marked', 'unmarked', 'expired']),
          run_id: orNull(Type.String()),
          by: orNull(Type.String(), 'Who marked or unmarked it'),
          reason: orNull(Type.String(), 'Why it was marked'),
          kind: Type.String(),
          row: ViolationRow,
        },
        strict,
      ),
    ),
    current: orNull(
      Type.Array(
        Type.Object(
          {
            side: orNull(oneOf(['left', 'right']), 'Which side; null where the kind has no sides'),
            source: Type.String(),
            table: Type.String(),
            rows: Type.Array(Type.Record(Type.String(), Value)),
          },
          strict,
        ),
      ),
      'The rows of both sides as they are now; null when they cannot be read',
    ),
    current_error: orNull(Type.String(), 'Why `current` is null'),
  },
  strict,
);
export type ViolationDetail = Static<typeof ViolationDetail>;

export const Job = Type.Object(
  {
    job: Type.String(),
    check: Type.Boolean({ description: 'Whether the job is the run of a check' }),
    running: Type.Boolean(),
    last_start: orNull(Time),
    last_run: orNull(Time),
    last_success: orNull(Time),
    last_duration_seconds: orNull(Type.Number({ minimum: 0 })),
    consecutive_failures: Count,
    next_run: orNull(Time),
  },
  strict,
);
export const JobList = Type.Object({ jobs: Type.Array(Job) }, strict);
export type JobList = Static<typeof JobList>;

export const AuditEntry = Type.Object(
  {
    at: Time,
    actor: Type.String(),
    action: Type.String(),
    subject: Type.String(),
    details: Type.Record(Type.String(), Type.Unknown()),
  },
  strict,
);
export const AuditPage = Type.Object(
  { rows: Type.Array(AuditEntry), next_cursor: orNull(Type.String()) },
  strict,
);
export type AuditPage = Static<typeof AuditPage>;

export const Reloaded = Type.Object({ checks: Count, sources: Count }, strict);
export type Reloaded = Static<typeof Reloaded>;

export const About = Type.Object(
  {
    version: Type.String(),
    now: Type.String({ format: 'date-time', description: "The exporter's clock" }),
    checks: Count,
    actor: Type.String({ description: 'Who the token says is asking' }),
    role: oneOf(['viewer', 'admin']),
  },
  strict,
);
export type About = Static<typeof About>;

export const Readiness = Type.Object({ ready: Type.Boolean() }, strict);
