/** What the HTTP server may ask of the application; `app.ts` provides it. */
import type { CheckKind, SideRows } from '../checks/kind.ts';
import type { Config } from '../config/config.ts';
import type { Violation } from '../core/violation.ts';
import type { Metrics } from '../metrics.ts';
import type { Board } from '../runner/board.ts';
import type { FinishedRun, StartedRun } from '../runner/runner.ts';
import type { Store } from '../stores/store.ts';
import type { Repairs } from '../sync/repairs.ts';

export type { FinishedRun, StartedRun };

export interface Lockstep {
  readonly board: Board;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly version: string;
  config(): Config;
  kind(name: string): CheckKind;
  /** Starts a run now. Throws `RunningError` (with the run's id) when the check is running already. */
  startRun(check: string, options: { readonly dryRun: boolean }): StartedRun;
  /** Reads the rows behind a violation again. Throws a `SourceError` when the source cannot be looked at. */
  currentRows(violation: Violation): Promise<readonly SideRows[]>;
  /** What mends violations, as the configuration that is in force has it. */
  repairs(): Repairs;
  /** Loads the file again; on any problem the old configuration stays. Throws a `UserError` that lists the problems. */
  reload(): Promise<void>;
  /** Job that is not a check → when it is due next, epoch milliseconds; null when never again. */
  otherJobs(): ReadonlyMap<string, number | null>;
  /** True once shutdown has begun: `/readyz` says so, so that a load balancer looks elsewhere. */
  draining(): boolean;
}
