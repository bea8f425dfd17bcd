/** Runs checks at once, waits for them and tells what these very runs saw. */
import { consistencyRate, worst } from '../core/status.ts';
import { toRow } from '../core/violation-row.ts';
import { RunningError } from '../runner/running-error.ts';
import type { CheckState } from '../runner/board.ts';
import { iso } from './check-documents.ts';
import type { CheckNow } from './health-schemas.ts';
import type { FinishedRun, Lockstep } from './lockstep.ts';
import { Problem } from './problem.ts';
import { start } from './route.ts';

type Entry = CheckNow['checks'][number];

/**
 * Throws a `RunningError` when nothing could be started because everything is running already.
 * @param note is told of each run before its rows are shown
 */
export async function checkNow(
  lockstep: Lockstep,
  states: readonly CheckState[],
  dryRun: boolean,
  note: (finished: FinishedRun) => Promise<void>,
): Promise<CheckNow> {
  if (states.length === 0) throw new Problem(404, 'No check is configured and enabled.');
  const attempts = states.map(({ check }) => attempt(lockstep, check.name, dryRun));
  const refused = attempts.flatMap((started) => (started instanceof RunningError ? [started] : []));
  if (refused[0] && refused.length === attempts.length) throw refused[0];
  const checks = await Promise.all(
    attempts.map(async (started, i): Promise<Entry> => {
      const { check } = states[i] as CheckState;
      if (started instanceof RunningError) return running(check.name, started.runId, dryRun);
      const over = await started.wait();
      await note(over);
      return finished(check, over, dryRun);
    }),
  );
  const status = worst(checks.map((entry) => entry.status));
  const lead = checks.filter((entry) => entry.status === status).sort(byRate)[0] as Entry;
  // The rows of the leading check stand at the top; repeating them would double the answer.
  return {
    ...lead,
    checks: checks.map((entry) =>
      entry === lead && checks.length > 1 ? { ...entry, violations: [] } : entry,
    ),
  };
}

function attempt(lockstep: Lockstep, check: string, dryRun: boolean) {
  try {
    return start(lockstep, check, dryRun);
  } catch (error) {
    if (error instanceof RunningError) return error;
    throw error;
  }
}

function byRate(a: Entry, b: Entry): number {
  return (a.consistency_rate ?? 101) - (b.consistency_rate ?? 101);
}

function finished(check: CheckState['check'], { run, rows }: FinishedRun, dryRun: boolean): Entry {
  const { result } = run;
  return {
    check: check.name,
    run_id: run.id,
    dry_run: dryRun,
    outcome: run.outcome,
    error: run.error,
    timestamp: iso(run.finishedAt),
    status: run.status,
    total_checked: result?.checked ?? null,
    consistent: result?.consistent ?? null,
    inconsistent: result?.inconsistent ?? null,
    consistency_rate: result ? consistencyRate(result.checked, result.consistent) : null,
    capped: result?.capped ?? false,
    violations: rows.map((row) => toRow(row, check)),
  };
}

function running(check: string, runId: string, dryRun: boolean): Entry {
  const nothing = { timestamp: null, total_checked: null, consistent: null, inconsistent: null };
  return {
    ...{ check, run_id: runId, dry_run: dryRun, outcome: 'running', error: null, ...nothing },
    ...{ consistency_rate: null, status: 'unknown', capped: false, violations: [] },
  };
}
