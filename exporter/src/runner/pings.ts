/** Which sources answer. One that did not is asked again until it does: the next check that reads it may be due tomorrow. */
import type { Metrics } from '../metrics.ts';
import type { Source } from '../sources/source.ts';

export interface PingsParts {
  readonly sources: ReadonlyMap<string, Source>;
  readonly metrics: Pick<Metrics, 'sourceUp'>;
}

const TIMEOUT_MS = 5_000;
const AGAIN_MS = 60_000;

export class Pings {
  readonly #parts: PingsParts;
  readonly #againMs: number;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #stopping = new AbortController();

  constructor(parts: PingsParts, againMs = AGAIN_MS) {
    this.#parts = parts;
    this.#againMs = againMs;
  }

  /** A run has looked at it: there is nothing to ask. */
  answered(name: string): void {
    this.#cancel(name);
    this.#parts.metrics.sourceUp(name, true);
  }

  /** A run may fail for a missing column while the source is well: only a ping tells. One at a time for each source. */
  async ask(name: string): Promise<void> {
    this.#cancel(name);
    const asking = this.#underWay.get(name) ?? this.#ping(name).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, asking);
    await asking;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const name of [...this.#waiting.keys()]) this.#cancel(name);
    await Promise.all(this.#underWay.values());
  }

  async #ping(name: string): Promise<void> {
    const { sources, metrics } = this.#parts;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const up = await sources
      .get(name)
      ?.ping({ timeoutMs: TIMEOUT_MS, signal })
      .then(
        () => true,
        () => false,
      );
    if (up === undefined || this.#stopping.signal.aborted) return;
    metrics.sourceUp(name, up);
    if (!up)
      this.#waiting.set(
        name,
        setTimeout(() => void this.ask(name), this.#againMs),
      );
  }

  #cancel(name: string): void {
    clearTimeout(this.#waiting.get(name));
    this.#waiting.delete(name);
  }
}
