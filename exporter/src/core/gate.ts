/** Whether a deployment may go on: from what is known of a window, and the limits of a stage. Pure. */
import { DRIFT_LIMITS } from './baseline.ts';
import type { ScheduleReport } from './report.ts';
import { atLeast } from './status.ts';

/** Best first: the last one that any reason gives is the decision. What is proven to be bad outweighs what cannot be told. */
export const GATE_DECISIONS = ['proceed', 'investigate', 'unknown', 'rollback'] as const;
export type GateDecision = (typeof GATE_DECISIONS)[number];

export const GATE_SIGNALS = [
  'data',
  'consistency',
  'drift',
  'freshness',
  'schedule',
  'errors',
  'latency',
] as const;
export type GateSignal = (typeof GATE_SIGNALS)[number];

/** Milliseconds. */
export const GATE_WINDOW_MS = { least: 1_000, most: 86_400_000 } as const;

/** A check that has not looked for as many intervals is stale, to the alerts as well. */
export const STALE_INTERVALS = 3;

/** Beyond which value to look into it, and beyond which to roll back; null: never. */
export interface GateLevels {
  readonly investigate: number | null;
  readonly rollback: number | null;
}

export interface GateLimits {
  /** consistent keys / checked keys that are not known violations, at least; `investigate` null: what the check calls healthy */
  readonly consistency: GateLevels;
  /** by how much the consistency ratio may lie below that of the baseline */
  readonly drift: GateLevels;
  /** scheduled runs that could look / expected ones, at least */
  readonly schedule: GateLevels;
  /** answers with an error of the server / answers, at most */
  readonly errors: GateLevels;
  /** seconds that 95 of 100 answers take at most */
  readonly latency: GateLevels;
  /** milliseconds since a check could look; null: the window, and no more than {@link STALE_INTERVALS} of its intervals */
  readonly maxAgeMs: number | null;
}

/** What the alerts of a canary fire at, too. */
export const GATE_LIMITS = {
  consistency: { investigate: null, rollback: 0.98 },
  drift: { investigate: DRIFT_LIMITS.investigate, rollback: DRIFT_LIMITS.escalate },
  schedule: { investigate: null, rollback: 0.99 },
  errors: { investigate: null, rollback: 0.01 },
  latency: { investigate: 0.2, rollback: null },
  maxAgeMs: null,
} as const satisfies GateLimits;

/** Of one check that is enabled. Times are epoch milliseconds. */
export interface GateCheck {
  readonly name: string;
  /** the ratio that it calls healthy */
  readonly healthy: number;
  /** consistent keys / checked keys that are not known violations, when it last could look; null when there was nothing to divide by */
  readonly ratio: number | null;
  /** false when it never could look, or saw nothing to judge by: zero rows are not consistent */
  readonly told: boolean;
  /** the newest run could not look: what is known is older */
  readonly held: boolean;
  readonly lookedAt: number | null;
  readonly attemptedAt: number | null;
  readonly intervalMs: number | null;
  /** consistency ratio now minus that of the current baseline, known violations included on both sides */
  readonly drift: number | null;
  readonly baseline: string | null;
  readonly schedule: ScheduleReport | null;
}

/** What the API of the exporter answered. */
export interface RequestFacts {
  /** from when on they were counted */
  readonly since: number;
  readonly total: number;
  /** answered with an error of the server */
  readonly errors: number;
  /** seconds; null without requests */
  readonly p95: number | null;
}

export interface GateFacts {
  readonly from: number;
  readonly to: number;
  readonly checks: readonly GateCheck[];
  readonly requests: RequestFacts;
}

/** `value` and `threshold`: ratios (consistency, drift, schedule, errors) or seconds (freshness, latency); null where there is none. */
export interface GateReason {
  readonly signal: GateSignal;
  /** null: not of one check */
  readonly check: string | null;
  readonly decision: GateDecision;
  readonly value: number | null;
  readonly threshold: number | null;
}

export interface Verdict {
  readonly decision: GateDecision;
  /** the worst first */
  readonly reasons: readonly GateReason[];
}

export function judge(facts: GateFacts, limits: GateLimits): Verdict {
  const reasons = [
    ...dataReasons(facts, limits),
    ...facts.checks.flatMap((check) => checkReasons(check, facts, limits)),
    ...requestReasons(facts, limits),
  ].sort((a, b) => rank(b) - rank(a));
  return { decision: reasons[0]?.decision ?? 'unknown', reasons };
}

function rank({ decision }: GateReason): number {
  return GATE_DECISIONS.indexOf(decision);
}

/** Without a single check that can be judged there is nothing to go on by, however well the API answers. */
function dataReasons(facts: GateFacts, limits: GateLimits): GateReason[] {
  const judged = facts.checks.filter((check) => check.told && !check.held && isFresh(check, facts, limits));
  if (judged.length > 0) return [];
  return [{ signal: 'data', check: null, decision: 'unknown', value: 0, threshold: 1 }];
}

function checkReasons(check: GateCheck, facts: GateFacts, limits: GateLimits): GateReason[] {
  const of = reasonsOf(check.name);
  const fresh = isFresh(check, facts, limits);
  return [
    // numbers from before the window say nothing of what was deployed since
    ...(fresh ? consistencyReasons(check, limits) : []),
    {
      ...{
        signal: 'freshness',
        check: check.name,
        decision: fresh && !check.held ? 'proceed' : 'investigate',
      },
      value: check.lookedAt === null ? null : seconds(facts.to - check.lookedAt),
      threshold: seconds(maxAgeMs(check, facts, limits)),
    },
    ...of('schedule', check.schedule?.successRatio ?? null, atLeastLevels(limits.schedule)),
  ];
}

function consistencyReasons(check: GateCheck, limits: GateLimits): GateReason[] {
  const { name, ratio, told, healthy, drift } = check;
  const of = reasonsOf(name);
  if (ratio === null && !told)
    return [{ signal: 'consistency', check: name, decision: 'investigate', value: null, threshold: null }];
  const { investigate, rollback } = limits.consistency;
  return [
    ...of('consistency', ratio, atLeastLevels({ investigate: investigate ?? healthy, rollback })),
    ...of('drift', drift === null ? null : -drift, atMostLevels(limits.drift)).map(asDrift),
  ];
}

/** Told with the sign of the metric: below zero is below the baseline. */
function asDrift(reason: GateReason): GateReason {
  const negated = (number: number | null): number | null =>
    number === null || number === 0 ? number : -number;
  return { ...reason, value: negated(reason.value), threshold: negated(reason.threshold) };
}

function requestReasons({ requests }: GateFacts, limits: GateLimits): GateReason[] {
  const of = reasonsOf(null);
  const { total, errors, p95 } = requests;
  return [
    ...of('errors', total === 0 ? null : errors / total, atMostLevels(limits.errors)),
    ...of('latency', p95, atMostLevels(limits.latency)),
  ];
}

function isFresh(check: GateCheck, facts: GateFacts, limits: GateLimits): boolean {
  return check.lookedAt !== null && facts.to - check.lookedAt <= maxAgeMs(check, facts, limits);
}

function maxAgeMs({ intervalMs }: GateCheck, { from, to }: GateFacts, limits: GateLimits): number {
  return limits.maxAgeMs ?? Math.min(to - from, STALE_INTERVALS * (intervalMs ?? Infinity));
}

type Judge = (value: number) => Pick<GateReason, 'decision' | 'threshold'>;

const atLeastLevels = (levels: GateLevels): Judge => judging(levels, (value, limit) => atLeast(value, limit));
const atMostLevels = (levels: GateLevels): Judge => judging(levels, (value, limit) => atLeast(limit, value));

function judging(
  { investigate, rollback }: GateLevels,
  keeps: (value: number, limit: number) => boolean,
): Judge {
  return (value) => {
    if (rollback !== null && !keeps(value, rollback)) return { decision: 'rollback', threshold: rollback };
    if (investigate !== null && !keeps(value, investigate))
      return { decision: 'investigate', threshold: investigate };
    return { decision: 'proceed', threshold: investigate ?? rollback };
  };
}

/** A signal without a value gives no reason: it says nothing for or against. */
function reasonsOf(check: string | null) {
  return (signal: GateSignal, value: number | null, judged: Judge): GateReason[] =>
    value === null ? [] : [{ signal, check, value, ...judged(value) }];
}

function seconds(ms: number): number {
  return Math.max(0, ms) / 1_000;
}
