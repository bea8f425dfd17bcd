/** What the API answered lately. The metric only ever rises; a window needs to know when. */
import { GATE_WINDOW_MS, type RequestFacts } from '../core/gate.ts';
import { METRICS } from '../metric-definitions.ts';

/** Those of the metric: the gate tells the same quantile as Prometheus. */
const BOUNDS = METRICS.lockstep_http_request_duration_seconds.buckets;
const SLOT_MS = 15_000;
const QUANTILE = 0.95;

interface Slot {
  /** when it began, epoch milliseconds */
  readonly at: number;
  errors: number;
  /** how many took up to each bound, and longer than all; not cumulative */
  readonly counts: number[];
}

/** Two megabytes at most: 5,760 slots are a day, the longest window of a gate. */
export class RecentRequests {
  readonly #since: number;
  readonly #slots: Slot[] = [];

  /** @param since epoch milliseconds: from when on every request is added */
  constructor(since: number) {
    this.#since = since;
  }

  add(status: number, seconds: number, at: number): void {
    const slot = this.#slotAt(Math.floor(at / SLOT_MS) * SLOT_MS);
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    const place = bucket === -1 ? BOUNDS.length : bucket;
    slot.counts[place] = (slot.counts[place] ?? 0) + 1;
    if (status >= 500) slot.errors += 1;
  }

  /** Of the slots that began in the window: at its beginning up to 15 s are left out. */
  facts(from: number): RequestFacts {
    const slots = this.#slots.filter(({ at }) => at >= from);
    const counts = [...BOUNDS, Infinity].map((_, i) => sum(slots, (slot) => slot.counts[i] ?? 0));
    return {
      since: Math.max(this.#since, from),
      total: sum(counts, (count) => count),
      errors: sum(slots, ({ errors }) => errors),
      p95: quantile(counts),
    };
  }

  /** The last one when the clock was set back: slots stay in order. */
  #slotAt(at: number): Slot {
    const last = this.#slots.at(-1);
    if (last && last.at >= at) return last;
    const slot = { at, errors: 0, counts: new Array<number>(BOUNDS.length + 1).fill(0) };
    this.#slots.push(slot);
    while ((this.#slots[0]?.at ?? at) < at - GATE_WINDOW_MS.most) this.#slots.shift();
    return slot;
  }
}

/** As Prometheus estimates it: evenly spread between two bounds, and the last bound for what is beyond; null of nothing. */
function quantile(counts: readonly number[]): number | null {
  const rank = QUANTILE * sum(counts, (count) => count);
  if (rank === 0) return null;
  let before = 0;
  for (const [i, upper] of BOUNDS.entries()) {
    const count = counts[i] ?? 0;
    const lower = BOUNDS[i - 1] ?? 0;
    if (before + count >= rank) return lower + ((upper - lower) * (rank - before)) / count;
    before += count;
  }
  return BOUNDS.at(-1) ?? null;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
