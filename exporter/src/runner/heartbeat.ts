/** A sign of life to an address outside: whoever waits for it there needs neither Prometheus nor Alertmanager to miss it. */
import type { Logger } from 'pino';
import type { CheckState } from './board.ts';

export interface HeartbeatParts {
  /** part of it is a secret with most services: it is never logged */
  readonly url: string;
  readonly logger: Logger;
  readonly counted: (outcome: 'sent' | 'failed') => void;
}

const TIMEOUT_MS = 5_000;
/** Services that wait count in minutes and limit how often they are asked. */
const MIN_GAP_MS = 15_000;

export class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #minGapMs: number;
  readonly #stopping = new AbortController();
  #lastAt = -Infinity;
  #failing = false;

  constructor(parts: HeartbeatParts, minGapMs = MIN_GAP_MS) {
    this.#parts = parts;
    this.#minGapMs = minGapMs;
  }

  /** After a run. Pings, in the background, when the last run of every enabled check could look. */
  beat(states: readonly CheckState[]): void {
    const well = states.every(
      ({ check, latest }) => !check.enabled || (latest !== null && latest.outcome !== 'error'),
    );
    const now = performance.now();
    if (!well || now - this.#lastAt < this.#minGapMs) return;
    this.#lastAt = now;
    void this.#ping();
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #ping(): Promise<void> {
    const { url, logger, counted } = this.#parts;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    try {
      const response = await fetch(url, { signal, redirect: 'error' });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`answered with status ${String(response.status)}`);
      counted('sent');
      this.#failing = false;
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      counted('failed');
      // once per outage: the counter tells the rest
      if (!this.#failing) logger.warn({ reason: reasonOf(error) }, 'heartbeat.url could not be pinged');
      this.#failing = true;
    }
  }
}

/** Without the address, which the messages may hold. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as { name?: string; message?: string; cause?: { code?: string } };
  if (name === 'TimeoutError') return 'no answer within 5 s';
  return cause?.code ?? (cause ? 'it cannot be reached' : (message ?? 'unknown'));
}
