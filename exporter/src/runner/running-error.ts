import type { Trigger } from '../core/run.ts';

/** The check is running already; `runId` is the run to follow. */
export class RunningError extends Error {
  override name = 'RunningError';
  readonly runId: string;
  readonly trigger: Trigger;
  constructor(check: string, runId: string, trigger: Trigger) {
    super(`check "${check}" is running already as run ${runId}`);
    this.runId = runId;
    this.trigger = trigger;
  }
}
