/** The tables disagree. */
import { BUDGET_LEFT, FRESH_RATIO, inconsistentRate, MEAN_RATIO, RATIO } from './recording.ts';
import { type Alert, BY_CHECK, bySeverity, type Group, metric, WITHOUT_INSTANCE } from './rule.ts';
import { BURN, OBJECTIVE, type Severity, THRESHOLDS } from './thresholds.ts';

const percent = (ratio: number): string => `${String(Number((ratio * 100).toFixed(2)))} %`;

/** Longer than `for` of LockstepExporterDown, so that a page is open at every minute when an exporter dies while a check is critical. */
const KEEP = '10m';
/** A run every five minutes finds it three, or six, times before anybody is told. */
const LOW_FOR: Readonly<Partial<Record<Severity, string>>> = { critical: '15m', warning: '30m' };
const CHECK = 'Check {{ $labels.check }}';

const low = bySeverity(THRESHOLDS.consistency, (threshold, severity): Omit<Alert, 'severity'> => ({
  alert: 'LockstepConsistencyLow',
  layer: 'data',
  expr: `${RATIO}{track!="canary"} < ${String(threshold)}`,
  for: LOW_FOR[severity] ?? '15m',
  keepFiringFor: KEEP,
  summary: `${CHECK} is less consistent than it must be`,
  description: `Consistency is {{ $value | humanizePercentage }}; below ${percent(threshold)} it is ${severity === 'critical' ? 'critical' : 'degraded'}.`,
}));

const drop = bySeverity(THRESHOLDS.drop, (threshold): Omit<Alert, 'severity'> => ({
  alert: 'LockstepConsistencyDrop',
  layer: 'data',
  expr: `(${MEAN_RATIO} - ${BY_CHECK} ${FRESH_RATIO}) > ${String(threshold)}`,
  for: '10m',
  keepFiringFor: KEEP,
  summary: `${CHECK} has dropped below its own past`,
  description: `{{ $value | humanizePercentage }} points below the mean of the last seven days.`,
}));

const burn = BURN.map(({ long, short, factor, severity }): Alert => {
  const errors = String(Number((factor * (1 - OBJECTIVE)).toFixed(6)));
  return {
    alert: 'LockstepErrorBudgetBurn',
    severity,
    layer: 'data',
    expr: `${inconsistentRate(long)} > ${errors}\nand\n${inconsistentRate(short)} > ${errors}`,
    for: severity === 'critical' ? '2m' : '15m',
    labels: { long, short },
    summary: `${CHECK} uses its error budget up too fast`,
    description: `{{ $value | humanizePercentage }} of what was checked over ${long} was apart, ${String(factor)} times what the budget allows.`,
  };
});

export const DATA: Group = {
  name: 'lockstep.data',
  rules: [
    ...low,
    ...drop,
    ...burn,
    {
      alert: 'LockstepEntitiesViolatingHigh',
      severity: 'warning',
      layer: 'data',
      expr: `max ${WITHOUT_INSTANCE} (${metric('lockstep_check_entities_violating')}) > ${String(THRESHOLDS.entitiesViolating)}`,
      for: '10m',
      keepFiringFor: KEEP,
      summary: `${CHECK} has many entities with a violation`,
      description: 'At least {{ $value }} distinct entities have an open violation.',
    },
    {
      alert: 'LockstepConsistencyForecast',
      severity: 'warning',
      layer: 'data',
      // only where two hours are known: a line through two points forecasts anything
      expr: `
predict_linear(${FRESH_RATIO}[2h], ${String(THRESHOLDS.forecastSeconds)}) < ${String(THRESHOLDS.consistency.critical)}
and ${BY_CHECK} (${FRESH_RATIO} < ${String(THRESHOLDS.consistency.warning)})
and ${BY_CHECK} (${FRESH_RATIO} >= ${String(THRESHOLDS.consistency.critical)})
and ${BY_CHECK} (${FRESH_RATIO} offset 2h)`,
      for: '30m',
      summary: `${CHECK} will be critical within four hours if it goes on like this`,
      description:
        'The line through the last two hours reaches {{ $value | humanizePercentage }} in four hours.',
    },
    {
      alert: 'LockstepPopulationCollapsed',
      severity: 'warning',
      layer: 'data',
      // the freshest is not asked for: a follower's count is as old as yesterday's, and the smaller one counts
      expr: `min ${WITHOUT_INSTANCE} (${metric('lockstep_check_rows')}) < ${String(THRESHOLDS.population)} * max ${WITHOUT_INSTANCE} (${metric('lockstep_check_rows')} offset 1d)`,
      for: '10m',
      summary: `${CHECK} looks at far fewer rows than yesterday`,
      description: '{{ $value }} rows were checked. What is gone from both sides agrees.',
    },
    ...bySeverity(THRESHOLDS.oldestViolationSeconds, (threshold): Omit<Alert, 'severity'> => ({
      alert: 'LockstepViolationOld',
      layer: 'data',
      expr: `time() - min ${WITHOUT_INSTANCE} (${metric('lockstep_check_oldest_violation_timestamp_seconds')}) > ${String(threshold)}`,
      for: '10m',
      keepFiringFor: KEEP,
      summary: `${CHECK} has a violation that nobody mends`,
      description: 'The oldest open violation was first seen {{ $value | humanizeDuration }} ago.',
    })),
    {
      alert: 'LockstepErrorBudgetSpent',
      severity: 'info',
      layer: 'data',
      expr: `${BUDGET_LEFT} < 0`,
      for: '1h',
      summary: `${CHECK} has no error budget left`,
      description:
        'Over 30 days more was apart than the objective allows; {{ $value | humanizePercentage }} of the budget is left.',
    },
  ],
};
