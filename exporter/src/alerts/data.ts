/** The tables disagree. */
import {
  BUDGET_LEFT,
  DROP,
  ENTITIES,
  FRESH_RATIO,
  inconsistentRate,
  OLDEST,
  RATIO,
  ROWS,
} from './recording.ts';
import { type Alert, bySeverity, type Group, KEEP } from './rule.ts';
import { only, scopes, scopesWithBudget, type Scope, type Site } from './site.ts';
import { BURN, budget, type Severity, THRESHOLDS } from './thresholds.ts';

/** A run every five minutes finds it three, or six, times before anybody is told. */
const LOW_FOR = { critical: '15m', warning: '30m' } as const;
const CHECK = 'Check {{ $labels.check }}';

/** A canary is judged by rules of its own, which roll it back. */
const stable = (series: string, ...matchers: string[]): string =>
  only(series, ...matchers, 'track!="canary"');

/** One branch for each group of checks. */
const ofChecks = (site: Site, severity: Severity, branch: (scope: Scope) => string): string =>
  scopes(site, severity).map(branch).join('\nor\n');

const LOW = { critical: 'degraded', warning: 'healthy' } as const;

const low = (site: Site): Alert[] =>
  (['warning', 'critical'] as const).map((severity) => ({
    alert: 'LockstepConsistencyLow',
    severity,
    layer: 'data',
    expr: ofChecks(
      site,
      severity,
      ({ matchers, thresholds }) => `${stable(RATIO, matchers)} < ${String(thresholds[LOW[severity]])}`,
    ),
    for: LOW_FOR[severity],
    keepFiringFor: KEEP,
    summary: `${CHECK} is less consistent than it must be`,
    description: `Consistency is {{ $value | humanizePercentage }}: ${severity === 'critical' ? 'critical' : 'degraded'}.`,
  }));

const drop = (site: Site): Alert[] =>
  (['warning', 'critical'] as const).map((severity) => ({
    alert: 'LockstepConsistencyDrop',
    severity,
    layer: 'data',
    expr: ofChecks(
      site,
      severity,
      ({ matchers }) => `${stable(DROP, matchers)} > ${String(THRESHOLDS.drop[severity])}`,
    ),
    // as long as LockstepConsistencyLow waits, which then silences it: one fault, one page
    for: '15m',
    keepFiringFor: KEEP,
    summary: `${CHECK} has dropped below its own past`,
    description: `{{ $value | humanizePercentage }} points below the baseline, or without one below the mean of the last seven days.`,
  }));

const burn = (site: Site): Alert[] =>
  BURN.map(({ long, short, factor, severity }) => ({
    alert: 'LockstepErrorBudgetBurn',
    severity,
    layer: 'data',
    expr: scopesWithBudget(site, severity)
      .map(({ matchers, thresholds }) => {
        const errors = String(Number((factor * budget(thresholds)).toFixed(6)));
        return `${stable(inconsistentRate(long), matchers)} > ${errors}\nand\n${inconsistentRate(short)} > ${errors}`;
      })
      .join('\nor\n'),
    for: severity === 'critical' ? '2m' : '15m',
    labels: { long, short },
    summary: `${CHECK} uses its error budget up too fast`,
    description: `{{ $value | humanizePercentage }} of what was checked over ${long} was apart, ${String(factor)} times what the budget allows.`,
  }));

const forecast = (site: Site): Alert => ({
  alert: 'LockstepConsistencyForecast',
  severity: 'warning',
  layer: 'data',
  // only where two hours are known: a line through two points forecasts anything
  expr: ofChecks(site, 'warning', ({ matchers, thresholds }) => {
    const ratio = FRESH_RATIO;
    return `
predict_linear(${stable(ratio, matchers)}[2h], ${String(THRESHOLDS.forecastSeconds)}) < ${String(thresholds.degraded)}
and (${ratio} < ${String(thresholds.healthy)})
and (${ratio} >= ${String(thresholds.degraded)})
and (${ratio} offset 2h)`.trim();
  }),
  for: '30m',
  keepFiringFor: KEEP,
  summary: `${CHECK} will be critical within four hours if it goes on like this`,
  description: 'The line through the last two hours reaches {{ $value | humanizePercentage }} in four hours.',
});

export const data = (site: Site): Group => ({
  name: 'lockstep.data',
  rules: [
    ...low(site),
    ...drop(site),
    ...burn(site),
    forecast(site),
    {
      alert: 'LockstepEntitiesViolatingHigh',
      severity: 'warning',
      layer: 'data',
      expr: `${stable(ENTITIES)} > ${String(THRESHOLDS.entitiesViolating)}`,
      for: '10m',
      keepFiringFor: KEEP,
      summary: `${CHECK} has many entities with a violation`,
      description: 'At least {{ $value }} distinct entities have an open violation.',
    },
    {
      alert: 'LockstepPopulationCollapsed',
      severity: 'warning',
      layer: 'data',
      expr: `${stable(ROWS)} < ${String(THRESHOLDS.population)} * ${ROWS} offset 1d`,
      for: '10m',
      keepFiringFor: KEEP,
      summary: `${CHECK} looks at far fewer rows than yesterday`,
      description: '{{ $value }} rows were checked. What is gone from both sides agrees.',
    },
    ...bySeverity(THRESHOLDS.oldestViolationSeconds, (threshold): Omit<Alert, 'severity'> => ({
      alert: 'LockstepViolationOld',
      layer: 'data',
      expr: `time() - ${stable(OLDEST)} > ${String(threshold)}`,
      for: '10m',
      keepFiringFor: KEEP,
      summary: `${CHECK} has a violation that nobody mends`,
      description: 'The oldest open violation was first seen {{ $value | humanizeDuration }} ago.',
    })),
    {
      alert: 'LockstepErrorBudgetSpent',
      severity: 'info',
      layer: 'data',
      expr: `${stable(BUDGET_LEFT)} < 0`,
      for: '1h',
      summary: `${CHECK} has no error budget left`,
      description:
        'Over 30 days more was apart than the objective allows; {{ $value | humanizePercentage }} of the budget is left.',
    },
  ],
});
