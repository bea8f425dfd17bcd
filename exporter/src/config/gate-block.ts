/** The block `gate`: what must hold beyond its shape, and what it means. */
import { durationMs, humanDuration } from '../core/duration.ts';
import { GATE_LIMITS, GATE_WINDOW_MS, type GateLevels, type GateLimits } from '../core/gate.ts';
import type { Config } from './config.ts';
import type { Problems } from './problem.ts';
import type { RawGate, RawGateStage } from './schema.ts';
import { checkDuration } from './timing.ts';
import { entriesAt, treeAt, valueOf, type Path, type Tree } from './tree.ts';

const DEFAULT = 'default';
/** Longer than 10 s is not measured. */
const LONGEST_LATENCY_MS = 9_000;
/** Whether more is better. */
const SIGNALS = { consistency: true, drift: false, schedule: true, errors: false, latency: false } as const;
type Signal = keyof typeof SIGNALS;

export function checkGate(root: Tree, problems: Problems): void {
  for (const [stage] of entriesAt(root, ['gate', 'stages'])) {
    const path = ['gate', 'stages', stage];
    const { most } = GATE_WINDOW_MS;
    checkDuration(root, [...path, 'maxAge'], 1, 31 * most, problems);
    for (const level of ['investigate', 'rollback'])
      checkDuration(root, [...path, 'latency', level], 1, LONGEST_LATENCY_MS, problems);
    for (const signal of Object.keys(SIGNALS) as Signal[]) checkLevels(root, path, signal, problems);
  }
}

/** With both levels as they are in force, whichever stage says them. */
function checkLevels(root: Tree, path: Path, signal: Signal, problems: Problems): void {
  const place = [...path, signal];
  const places = [['gate', 'stages', DEFAULT, signal], place];
  if (treeAt(root, place) === undefined || places.some((one) => problems.touch(one))) return;
  const [fallback = {}, own = {}] = places.map((one) => partOf(root, one));
  const { investigate, rollback } = withStage(withStage(GATE_LIMITS, fallback), own)[signal];
  if (investigate === null || rollback === null) return;
  const moreIsBetter = SIGNALS[signal];
  if (moreIsBetter ? investigate >= rollback : investigate <= rollback) return;
  const written = (level: number): string =>
    signal === 'latency' ? humanDuration(level * 1_000) : String(level);
  const [wrong, right] = moreIsBetter ? ['below', 'higher'] : ['above', 'lower'];
  problems.add({
    path: place,
    part: 'key',
    message: `investigate (${written(investigate)}) is ${wrong} rollback (${written(rollback)})`,
    fix: `give both, investigate the ${right} one`,
  });
}

/** One signal of a stage, which has no problem; nothing when it is not there. */
function partOf(root: Tree, path: Path): RawGateStage {
  const tree = treeAt(root, path);
  return tree === undefined ? {} : { [String(path.at(-1))]: valueOf(tree) };
}

export function gateConfig(raw: RawGate | undefined): Config['gate'] {
  const stages = Object.entries(raw?.stages ?? {});
  const fallback = withStage(GATE_LIMITS, raw?.stages[DEFAULT] ?? {});
  const others = stages.filter(([name]) => name !== DEFAULT);
  return {
    stages: new Map([
      [DEFAULT, fallback],
      ...others.map(([name, stage]) => [name, withStage(fallback, stage)] as const),
    ]),
  };
}

function withStage(limits: GateLimits, stage: RawGateStage): GateLimits {
  const { consistency, drift, schedule, errors, latency, maxAge } = stage;
  return {
    consistency: { ...limits.consistency, ...consistency },
    drift: { ...limits.drift, ...drift },
    schedule: { ...limits.schedule, ...schedule },
    errors: { ...limits.errors, ...errors },
    latency: { ...limits.latency, ...latencyLevels(latency ?? {}) },
    maxAgeMs: maxAge === undefined ? limits.maxAgeMs : durationMs(maxAge),
  };
}

/** `200ms` → 0.2 */
function latencyLevels(raw: NonNullable<RawGateStage['latency']>): Partial<GateLevels> {
  return Object.fromEntries(Object.entries(raw).map(([level, text]) => [level, durationMs(text) / 1_000]));
}
