/** The tables disagree. */
import { BUDGET_LEFT, FRESH_RATIO, inconsistentRate, MEAN_RATIO, RATIO } from './recording.ts';
import { type Alert, BY_CHECK, bySeverity, type Group, KEEP, metric, WITHOUT_INSTANCE } from './rule.ts';
import { only, scopes, type Scope, type Site } from './site.ts';
import { BURN, budget, type Severity, THRESHOLDS } from './thresholds.ts';

/** A run every five minutes finds it three, or six, times before anybody is told. */
const LOW_FOR = { critical: '15m', warning: '30m' } as const;
const CHECK = 'Check {{ $labels.check }}';

/** One branch for each group of checks; no alert when there is none of which it may tell. */
function ofChecks(site: Site, severity: Severity, branch: (scope: Scope) => string): string | null {
  return scopes(site, severity).map(branch).join('\nor\n') || null;
}

type Draft = Omit<Alert, 'expr'> & { readonly expr: string | null };

function told(drafts: readonly Draft[]): Alert[] {
  return drafts.flatMap(({ expr, ...rest }) => (expr === null ? [] : [{ ...rest, expr }]));
}

const LOW = { critical: 'degraded', warning: 'healthy' } as const;

const low = (site: Site): Draft[] =>
  (['warning', 'critical'] as const).map((severity) => ({
    alert: 'LockstepConsistencyLow',
    severity,
    layer: 'data',
    expr: ofChecks(
      site,
      severity,
      ({ matchers, thresholds }) =>
        `${only(RATIO, matchers, 'track!="canary"')} < ${String(thresholds[LOW[severity]])}`,
    ),
    for: LOW_FOR[severity],
    keepFiringFor: KEEP,
    summary: `${CHECK} is less consistent than it must be`,
    description: `Consistency is {{ $value | humanizePercentage }}: ${severity === 'critical' ? 'critical' : 'degraded'}.`,
  }));

const drop = (site: Site): Draft[] =>
  (['warning', 'critical'] as const).map((severity) => ({
    alert: 'LockstepConsistencyDrop',
    severity,
    layer: 'data',
    expr: ofChecks(
      site,
      severity,
      ({ matchers }) =>
        `(${only(MEAN_RATIO, matchers)} - ${BY_CHECK} ${FRESH_RATIO}) > ${String(THRESHOLDS.drop[severity])}`,
    ),
    // as long as LockstepConsistencyLow waits, which then silences it: one fault, one page
    for: '15m',
    keepFiringFor: KEEP,
    summary: `${CHECK} has dropped below its own past`,
    description: `{{ $value | humanizePercentage }} points below the mean of the last seven days.`,
  }));

const burn = (site: Site): Draft[] =>
  BURN.map(({ long, short, factor, severity }) => ({
    alert: 'LockstepErrorBudgetBurn',
    severity,
    layer: 'data',
    expr: ofChecks(site, severity, ({ matchers, thresholds }) => {
      const errors = String(Number((factor * budget(thresholds)).toFixed(6)));
      return `${only(inconsistentRate(long), matchers)} > ${errors}\nand\n${only(inconsistentRate(short), matchers)} > ${errors}`;
    }),
    for: severity === 'critical' ? '2m' : '15m',
    labels: { long, short },
    summary: `${CHECK} uses its error budget up too fast`,
    description: `{{ $value | humanizePercentage }} of what was checked over ${long} was apart, ${String(factor)} times what the budget allows.`,
  }));

const forecast = (site: Site): Draft => ({
  alert: 'LockstepConsistencyForecast',
  severity: 'warning',
  layer: 'data',
  // only where two hours are known: a line through two points forecasts anything
  expr: ofChecks(site, 'warning', ({ matchers, thresholds }) => {
    const ratio = only(FRESH_RATIO, matchers);
    return `
predict_linear(${ratio}[2h], ${String(THRESHOLDS.forecastSeconds)}) < ${String(thresholds.degraded)}
and ${BY_CHECK} (${ratio} < ${String(thresholds.healthy)})
and ${BY_CHECK} (${ratio} >= ${String(thresholds.degraded)})
and ${BY_CHECK} (${ratio} offset 2h)`.trim();
  }),
  for: '30m',
  summary: `${CHECK} will be critical within four hours if it goes on like this`,
  description: 'The line through the last two hours reaches {{ $value | humanizePercentage }} in four hours.',
});

export const data = (site: Site): Group => ({
  name: 'lockstep.data',
  rules: [
    ...told([...low(site), ...drop(site), ...burn(site), forecast(site)]),
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
});
