/** What becomes of two tables and of plans to mend them, in a few lines. */
import type { SideName } from '../../exporter/src/core/sync-plan.ts';
import type { Directions } from '../chaos/watched-pairs.ts';

export const KEYS = [1, 2];
export const SIDES = ['left', 'right'] as const;

export type Pair = Readonly<Record<SideName, number | null>>;

interface Write {
  readonly side: SideName;
  readonly before: number | null;
  /** what the other side must hold; undefined: anything */
  readonly other: number | null | undefined;
  readonly after: number | null;
}

export interface ModelRow {
  readonly key: number;
  readonly write: Write | null;
  outcome: 'planned' | 'written' | 'skipped';
}

export interface ModelPlan {
  readonly by: string;
  /** what the configuration said when it was made */
  readonly rule: string;
  readonly rows: readonly ModelRow[];
  state: 'planned' | 'applied';
}

/** A violation. */
interface Seen {
  readonly state: 'open' | 'known' | 'resolved';
  /** the values that it was last seen with */
  readonly pair: string;
  readonly expiresAt: number | null;
}

/** The word of a refusal, or what was asked for. */
type Answer<T> = string | T;

const otherOf = (side: SideName): SideName => (side === 'left' ? 'right' : 'left');

export class Model {
  readonly pairs = new Map<number, Pair>(KEYS.map((key) => [key, { left: null, right: null }]));
  readonly seen = new Map<number, Seen>();
  readonly plans: ModelPlan[] = [];

  pair(key: number): Pair {
    return this.pairs.get(key) ?? { left: null, right: null };
  }

  set(key: number, side: SideName, value: number | null): void {
    this.pairs.set(key, { ...this.pair(key), [side]: value });
  }

  run(now: number): void {
    this.expire(now);
    for (const key of KEYS) {
      const { left, right } = this.pair(key);
      const pair = JSON.stringify([left, right]);
      const before = this.seen.get(key);
      if (left === right) {
        if (before) this.seen.set(key, { state: 'resolved', pair, expiresAt: null });
      } else if (before?.state !== 'known' || before.pair !== pair)
        this.seen.set(key, { state: 'open', pair, expiresAt: null });
    }
  }

  /** What a run does before it looks, and all that one does which could not look. */
  expire(now: number): void {
    for (const [key, { expiresAt }] of this.seen)
      if (expiresAt !== null && expiresAt <= now) this.unmark(key);
  }

  mark(key: number, expiresAt: number | null): void {
    const violation = this.seen.get(key);
    if (violation && violation.state !== 'resolved')
      this.seen.set(key, { ...violation, state: 'known', expiresAt });
  }

  unmark(key: number): void {
    const violation = this.seen.get(key);
    if (violation?.state === 'known') this.seen.set(key, { ...violation, state: 'open', expiresAt: null });
  }

  plan(chosen: number | null, by: string, directions: Directions): Answer<ModelPlan> {
    if (chosen !== null && !this.seen.has(chosen)) return 'unknown';
    const keys = KEYS.filter((key) => {
      const { state, pair } = this.seen.get(key) ?? { state: 'resolved', pair: '[null,null]' };
      const [left = null, right = null] = JSON.parse(pair) as (number | null)[];
      return chosen === null
        ? state === 'open' && written({ left, right }, directions) !== null
        : key === chosen;
    });
    if (keys.length === 0) return 'unfit';
    return this.#save(by, directions, keys.map((key) => [key, proposed(this.pair(key), directions)])); // prettier-ignore
  }

  undo(plan: ModelPlan, by: string, directions: Directions): Answer<ModelPlan> {
    if (plan.state === 'planned') return 'unfit';
    const rows = plan.rows.flatMap(({ key, write, outcome }): [number, Write | null][] => {
      if (outcome !== 'written' || !write) return [];
      const inverse = { side: write.side, before: write.after, other: undefined, after: write.before };
      return [[key, this.#fits(key, inverse) ? inverse : null]];
    });
    return this.#save(by, directions, rows);
  }

  apply(plan: ModelPlan, by: string, directions: Directions, dryRun: boolean): Answer<readonly string[]> {
    if (plan.by !== by) return 'foreign';
    if (plan.state !== 'planned') return 'used';
    if (plan.rule !== JSON.stringify(directions)) return 'stale';
    const outcomes = plan.rows.map(({ key, write }) =>
      write && this.#fits(key, write) ? 'written' : 'skipped',
    );
    if (dryRun) return outcomes;
    plan.state = 'applied';
    for (const [i, row] of plan.rows.entries()) {
      row.outcome = outcomes[i] ?? 'skipped';
      if (row.outcome === 'written' && row.write) this.set(row.key, row.write.side, row.write.after);
    }
    return outcomes;
  }

  #fits(key: number, { side, before, other }: Write): boolean {
    const pair = this.pair(key);
    return pair[side] === before && (other === undefined || pair[otherOf(side)] === other);
  }

  #save(by: string, directions: Directions, rows: readonly (readonly [number, Write | null])[]): ModelPlan {
    const plan: ModelPlan = {
      ...{ by, rule: JSON.stringify(directions), state: 'planned' },
      rows: rows.map(([key, write]) => ({ key, write, outcome: write ? 'planned' : 'skipped' })),
    };
    this.plans.push(plan);
    return plan;
  }
}

function proposed(pair: Pair, directions: Directions): Write | null {
  const side = written(pair, directions);
  if (side === null) return null;
  const other = pair[otherOf(side)];
  return { side, before: pair[side], other, after: other };
}

function written({ left, right }: Pair, directions: Directions): SideName | null {
  if (left === right) return null;
  if (left === null) return ['skip', 'left_to_right'].includes(directions.missing_left) ? null : 'left';
  if (right === null) return ['skip', 'right_to_left'].includes(directions.missing_right) ? null : 'right';
  const lower = left < right ? 'left' : 'right';
  const sides = { left_to_right: 'right', right_to_left: 'left', to_higher: lower, to_lower: otherOf(lower), skip: null } as const; // prettier-ignore
  return sides[directions.mismatch];
}
