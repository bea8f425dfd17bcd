/** What is on show: the newest facts of every check, kept in memory so that no reader ever waits for a source. */
import type { Baseline } from '../core/baseline.ts';
import type { Check } from '../core/check.ts';
import type { Run } from '../core/run.ts';

export interface CheckState {
  readonly check: Check;
  /** the newest finished run, whatever its outcome */
  readonly latest: Run | null;
  /** the newest run that could look; older than `latest` while a source is down: its numbers are held */
  readonly conclusive: Run | null;
  /** the run under way */
  readonly running: { readonly runId: string; readonly startedAt: number } | null;
  readonly nextRunAt: number | null;
  readonly oldestOpenAt: number | null;
  /** what metrics compare with; null when there is none */
  readonly baseline: Baseline | null;
  /** violation kind → how many of them are known; kinds without any are absent */
  readonly known: Readonly<Record<string, number>>;
  /** distinct values of the first key field among the open violations that are followed; null before the first look */
  readonly entities: number | null;
}

export class Board {
  readonly #states = new Map<string, CheckState>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  /** Counts every change; a document rendered at one version is valid until the next. */
  get version(): number {
    return this.#version;
  }

  /** In the order of the configuration. */
  states(): readonly CheckState[] {
    return [...this.#states.values()];
  }

  state(check: string): CheckState | undefined {
    return this.#states.get(check);
  }

  /** Replaces what is on show, at start and after a reload. */
  show(states: readonly CheckState[]): void {
    this.#states.clear();
    for (const state of states) this.#states.set(state.check.name, state);
    this.#changed();
  }

  /** Ignored when the check has left the configuration meanwhile. */
  update(check: string, change: Partial<Omit<CheckState, 'check'>>): void {
    const state = this.#states.get(check);
    if (!state) return;
    this.#states.set(check, { ...state, ...change });
    this.#changed();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
