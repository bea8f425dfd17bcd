/** Saves runs the way the runner does: ask what is remembered, reconcile, save. */
import { randomUUID } from 'node:crypto';
import { reconcile, violationId, type Disagreement } from '../../exporter/src/core/violation.ts';
import type { Run } from '../../exporter/src/core/run.ts';
import type { JobState, RunToSave, Store } from '../../exporter/src/stores/store.ts';

export const CHECKED = 1_000_000;

export function job(check: string, at: number): JobState {
  return {
    job: check,
    lastStartAt: at - 10,
    lastRunAt: at,
    lastSuccessAt: at,
    lastDurationMs: 10.5,
    consecutiveFailures: 0,
  };
}

export async function prepareLook(
  store: Store,
  check: string,
  rows: readonly Disagreement[],
  at: number,
  configMarks: RunToSave['configMarks'] = [],
): Promise<RunToSave> {
  const observed = rows.map((row) => ({ ...row, id: violationId(check, row.key) }));
  const ids = observed.map(({ id }) => id);
  const configured = new Map(configMarks.map((mark) => [mark.id, mark]));
  const changes = reconcile(await store.remembered(check, ids), observed, false, configured);
  const run: Run = {
    id: randomUUID(),
    check,
    trigger: 'schedule',
    startedAt: at - 10,
    finishedAt: at,
    outcome: rows.length === 0 ? 'pass' : 'fail',
    status: 'healthy',
    result: {
      checked: CHECKED,
      consistent: CHECKED - rows.length,
      inconsistent: rows.length,
      left: CHECKED,
      right: null,
      empty: false,
      counts: { mismatch: rows.length, missing_left: 0 },
      capped: false,
      opened: changes.opened.length + changes.reopened.length,
      resolved: changes.resolved.length,
    },
    error: null,
  };
  return { run, changes, configMarks, job: job(check, at) };
}

export async function look(
  store: Store,
  check: string,
  rows: readonly Disagreement[],
  at: number,
  configMarks: RunToSave['configMarks'] = [],
): Promise<Run> {
  const save = await prepareLook(store, check, rows, at, configMarks);
  await store.saveRun(save);
  return save.run;
}

/** A run that could not look. */
export async function stumble(store: Store, check: string, at: number): Promise<Run> {
  const run: Run = {
    id: randomUUID(),
    check,
    trigger: 'manual',
    startedAt: at - 10,
    finishedAt: at,
    outcome: 'error',
    status: 'unknown',
    result: null,
    error: 'source "app": connection refused; is the server up?',
  };
  const failed = { ...job(check, at), lastSuccessAt: null, consecutiveFailures: 1 };
  await store.saveRun({ run, changes: null, configMarks: [], job: failed });
  return run;
}

export function mismatch(key: Disagreement['key'], left = 3, right = 4): Disagreement {
  return { kind: 'mismatch', key, left: [left], right: [right] };
}

export async function everyRow<T>(
  page: (cursor?: string) => Promise<{ readonly rows: readonly T[]; readonly nextCursor: string | null }>,
): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 10_000; pages += 1) {
    const { rows: more, nextCursor } = await page(cursor);
    rows.push(...more);
    if (nextCursor === null) return rows;
    cursor = nextCursor;
  }
  throw new Error('the list has no end');
}
