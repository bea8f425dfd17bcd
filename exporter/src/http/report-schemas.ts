/** The shape of a report as JSON. */
import { Type } from 'typebox';
import { REPORT_KINDS } from '../core/report.ts';
import { Count, oneOf, orNull, OutcomeName, Ratio, StatusName, strict, Time } from './api-schemas.ts';

const Decision = oneOf(['proceed', 'unknown', 'investigate', 'fix_first']);
const Seconds = Type.Number({ minimum: 0 });
const Points = Type.Number({ description: 'Percentage points above the baseline' });

const Bucket = Type.Object(
  {
    from: Time,
    to: Time,
    runs: Count,
    could_not_look: Count,
    average: orNull(Ratio),
    minimum: orNull(Ratio),
    maximum: orNull(Ratio),
    new: Count,
    resolved: Count,
  },
  strict,
);

const Reason = Type.Object(
  {
    subject: Type.String(),
    decision: Decision,
    value: orNull(Type.Number()),
    limit: orNull(Type.Number()),
    text: Type.String(),
  },
  strict,
);

const CheckReport = Type.Object(
  {
    name: Type.String(),
    description: orNull(Type.String()),
    enabled: Type.Boolean({ description: 'Only enabled checks take part in the decision' }),
    status: StatusName,
    held: Type.Boolean({
      description: 'The newest run could not look: what is told as now is of `last_check`',
    }),
    decision: Decision,
    reasons: Type.Array(Reason),
    last_check: orNull(Time),
    last_attempt: orNull(Time),
    watched_since: orNull(Time, 'From when on runs are remembered'),
    thresholds: Type.Object({ healthy: Ratio, degraded: Ratio }, strict),
    consistency: Type.Object(
      {
        now: orNull(Ratio),
        average: orNull(Ratio),
        minimum: orNull(Ratio),
        maximum: orNull(Ratio),
        standard_deviation: orNull(Ratio),
        runs: Type.Integer({ minimum: 0, description: 'That could look' }),
      },
      strict,
    ),
    result: orNull(
      Type.Object(
        {
          checked: Count,
          consistent: Count,
          inconsistent: Count,
          counts: Type.Record(Type.String(), Count),
          capped: Type.Boolean(),
        },
        strict,
      ),
      'Of the run that ended at `last_check`',
    ),
    baseline: orNull(
      Type.Object(
        {
          id: Type.String(),
          name: Type.String(),
          created_at: Time,
          consistency_ratio: orNull(Ratio),
          points: Type.Object(
            {
              now: orNull(Points),
              average: orNull(Points),
              minimum: orNull(Points),
              maximum: orNull(Points),
            },
            strict,
          ),
        },
        strict,
      ),
    ),
    violations: Type.Object(
      {
        new: Type.Integer({ minimum: 0, description: 'Opened or reopened in the window' }),
        resolved: Count,
        open: Type.Integer({ minimum: 0, description: 'Followed and open now' }),
        known: Count,
        known_by_kind: Type.Record(Type.String(), Count),
        oldest_open: orNull(Time),
      },
      strict,
    ),
    time_to_resolve: orNull(
      Type.Object(
        {
          measured: Count,
          capped: Type.Boolean({ description: 'There were more; the newest are measured' }),
          median_seconds: Seconds,
          p95_seconds: Seconds,
          worst_seconds: Seconds,
        },
        strict,
      ),
    ),
    runs: Type.Object(
      { ended: Count, could_not_look: Count },
      { ...strict, description: 'Whatever started them' },
    ),
    schedule: orNull(
      Type.Object(
        {
          from: Time,
          to: Time,
          expected: Count,
          made: Count,
          could_not_look: Count,
          missed: Count,
          success_ratio: orNull(Ratio),
        },
        strict,
      ),
      'Null when disabled, or when nothing of the schedule can be counted',
    ),
    slowest_runs: Type.Array(
      Type.Object(
        {
          started_at: Time,
          duration_seconds: Seconds,
          trigger: oneOf(['start', 'schedule', 'manual']),
          outcome: OutcomeName,
        },
        strict,
      ),
    ),
    trend: Type.Array(Bucket),
  },
  strict,
);

export const ReportDocument = Type.Object(
  {
    kind: oneOf(REPORT_KINDS),
    from: Time,
    to: Time,
    window_seconds: Seconds,
    decision: Decision,
    checks: Type.Array(CheckReport),
  },
  strict,
);
