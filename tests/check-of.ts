import type { CheckKind } from '../exporter/src/checks/kind.ts';
import { CHECK_KINDS } from '../exporter/src/checks/register.ts';
import type { Check } from '../exporter/src/core/check.ts';
import { DEFAULT_THRESHOLDS } from '../exporter/src/core/status.ts';

/** A check as the config would make it, with every default, of a kind and what that kind is configured with. */
export function checkOf(kind: CheckKind, spec: unknown, change: Partial<Check> = {}): Check {
  const [name = ''] = Object.entries(CHECK_KINDS).find(([, candidate]) => candidate === kind) ?? [];
  return {
    name: 'pairs',
    kind: name,
    description: null,
    enabled: true,
    severity: 'critical',
    owner: null,
    runbook: null,
    schedule: '*/5 * * * *',
    timezone: 'UTC',
    timeoutMs: 10_000,
    misfireGraceMs: 60_000,
    settleMs: 0,
    consecutiveFailures: 1,
    maxViolations: 10_000,
    onEmpty: 'unknown',
    thresholds: DEFAULT_THRESHOLDS,
    violationKinds: Object.keys(kind.violationKinds),
    recommendedActions: kind.violationKinds,
    known: [],
    sync: null,
    spec,
    ...kind.derive(spec),
    ...change,
  };
}
