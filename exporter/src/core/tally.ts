import { keyText, type Disagreement } from './violation.ts';

/**
 * Counts every disagreement exactly and keeps a bounded number of rows: those that are followed already come first,
 * so that a violation beyond the cap is never taken for resolved. Holds at most 2 × `maxRows` rows.
 */
export class Tally {
  readonly counts = new Map<string, number>();
  #again: Disagreement[] = [];
  #fresh: Disagreement[] = [];
  readonly #followed: ReadonlySet<string>;
  readonly #maxRows: number;

  /** @param followed `keyText` of every violation that is open now */
  constructor(maxRows: number, followed: ReadonlySet<string>) {
    this.#maxRows = maxRows;
    this.#followed = followed;
  }

  add(row: Disagreement): void {
    this.#count(row.kind, 1);
    if (this.#followed.has(keyText(row.key))) this.#again.push(row);
    else if (this.#fresh.length < this.#maxRows) this.#fresh.push(row);
  }

  /** The rows seen for the first time: candidates until the settle window has passed. */
  get candidates(): readonly Disagreement[] {
    return this.#fresh;
  }

  /** Replaces the candidates by those that lasted. */
  settle(lasting: readonly Disagreement[]): void {
    for (const row of this.#fresh) this.#count(row.kind, -1);
    for (const row of lasting) this.#count(row.kind, 1);
    this.#fresh = [...lasting];
  }

  get total(): number {
    return totalOf(Object.fromEntries(this.counts));
  }

  /** The rows to follow, at most `maxRows` unless more were followed already. */
  get rows(): readonly Disagreement[] {
    return [...this.#again, ...this.#fresh.slice(0, Math.max(0, this.#maxRows - this.#again.length))];
  }

  #count(kind: string, by: number): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + by);
  }
}

/** @param counts violation kind → how many */
export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
