/** The check is running already; `runId` is the run to follow. */
export class RunningError extends Error {
  override name = 'RunningError';
  readonly runId: string;
  constructor(check: string, runId: string) {
    super(`check "${check}" is running already as run ${runId}`);
    this.runId = runId;
  }
}
