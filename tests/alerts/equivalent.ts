/** Mutants that no test can kill, because they change nothing that anybody could see, and why. */
export const EQUIVALENT: ReadonlyMap<string, string> = new Map([
  ['LockstepWatchdog none: vector(⟦1⟧ → 2', 'any number fires'],
  ['LockstepWatchdog none: vector(⟦1⟧ → 0', 'any number fires'],
]);
