/** Mutants that no test can kill, because they change nothing that anybody could see, and why. */
const WHOLE = 'runs are whole: their sum is above a half exactly when the largest count is';
const ONE = 'a job bears the name of its check, so there is one series to choose from';

export const EQUIVALENT: ReadonlyMap<string, string> = new Map([
  ['LockstepWatchdog none: vector(⟦1⟧ → 2', 'any number fires'],
  ['LockstepWatchdog none: vector(⟦1⟧ → 0', 'any number fires'],
  ['LockstepWatchdog none: keep_firing_for nothing → 1m', 'it never stops firing'],
  ['LockstepCheckFailing warning: label_replace(⟦sum⟧ → max', WHOLE],
  ['LockstepSyncFailed warning: ⟦sum⟧ → max', WHOLE],
  ['instance_check:lockstep_last_run_timestamp:seconds: ⟦max⟧ → min', ONE],
  ['instance_check:lockstep_last_success_timestamp:seconds: ⟦max⟧ → min', ONE],
]);
