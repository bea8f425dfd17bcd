/** The shape of the five health documents. With several checks the worst one leads, and each is listed under `checks`. */
import { Type, type Static } from 'typebox';
import { Count, Held, oneOf, orNull, Rate, StatusName, strict, Time, ViolationRow } from './api-schemas.ts';

const health = {
  check: orNull(Type.String(), 'The check these fields speak of'),
  status: StatusName,
  held: Held,
  last_check: orNull(Time, 'When the numbers were looked up'),
  consistency_rate: orNull(Rate),
  requires_attention: Type.Boolean({
    description: 'The status is degraded or critical, or a run could not tell it',
  }),
};
const Capped = Type.Boolean({ description: 'More violations were counted than are listed' });
const Violations = Type.Array(ViolationRow);

const StatusEntry = Type.Object({ ...health, total_violations: orNull(Count), capped: Capped }, strict);
export const HealthStatus = Type.Object(
  { ...StatusEntry.properties, checks: Type.Array(StatusEntry), violations: Violations },
  strict,
);
export type HealthStatus = Static<typeof HealthStatus>;

const ReportEntry = Type.Object(
  {
    check: Type.String(),
    timestamp: Time,
    status: StatusName,
    held: Held,
    total_checked: Count,
    consistent: Count,
    inconsistent: Count,
    consistency_rate: orNull(Rate),
    capped: Capped,
  },
  strict,
);
export const HealthReport = Type.Object(
  { ...ReportEntry.properties, checks: Type.Array(ReportEntry), violations: Violations },
  strict,
);
export type HealthReport = Static<typeof HealthReport>;

const ViolationsEntry = Type.Object(
  { check: orNull(Type.String()), timestamp: orNull(Time), total_violations: orNull(Count), capped: Capped },
  strict,
);
export const HealthViolations = Type.Object(
  { ...ViolationsEntry.properties, checks: Type.Array(ViolationsEntry), violations: Violations },
  strict,
);
export type HealthViolations = Static<typeof HealthViolations>;

const MetricsEntry = Type.Object(
  {
    ...health,
    violations_count: orNull(Count),
    consistent: orNull(Count),
    inconsistent: orNull(Count),
    total_users: orNull(Count, 'Checked keys'),
    total_users_monitored: orNull(Count, 'Checked keys'),
  },
  strict,
);
export const HealthMetrics = Type.Object(
  { ...MetricsEntry.properties, checks: Type.Array(MetricsEntry) },
  strict,
);
export type HealthMetrics = Static<typeof HealthMetrics>;

const CheckNowEntry = Type.Object(
  {
    check: Type.String(),
    run_id: Type.String(),
    dry_run: Type.Boolean(),
    outcome: oneOf(
      ['pass', 'fail', 'error', 'running'],
      '`running`: another run is going on; nothing was started',
    ),
    error: orNull(Type.String(), 'What could not be looked at'),
    timestamp: orNull(Time),
    status: StatusName,
    total_checked: orNull(Count),
    consistent: orNull(Count),
    inconsistent: orNull(Count),
    consistency_rate: orNull(Rate),
    capped: Capped,
    violations: Violations,
  },
  strict,
);
export const CheckNow = Type.Object(
  { ...CheckNowEntry.properties, checks: Type.Array(CheckNowEntry) },
  strict,
);
export type CheckNow = Static<typeof CheckNow>;
