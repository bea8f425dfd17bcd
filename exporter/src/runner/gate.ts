/** Lets a bounded number in at once; the others wait in the order they came. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves to the function that gives the place back; rejects when the signal aborts first. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}

/** Enters every gate, always in the order given, so that two checks over the same sources never wait for each other. */
export async function enterAll(gates: readonly Gate[], signal: AbortSignal): Promise<() => void> {
  const leave: (() => void)[] = [];
  const leaveAll = (): void => {
    for (const step of leave.reverse()) step();
  };
  try {
    for (const gate of gates) leave.push(await gate.enter(signal));
    return leaveAll;
  } catch (error) {
    leaveAll();
    throw error;
  }
}
