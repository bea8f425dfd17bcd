/** Every text about repairs, in one place to be translated. */
import type { Plan, PlanRow } from '../datasource/api';

export const REPAIR = {
  open: 'Repairs',
  notAdmin: 'Repairing needs the role Admin in Grafana',
  preview: 'Preview repair',
  title: 'Repairs',
  planTitle: 'Repair',
  undoTitle: 'Taking back a repair',
  help: 'A preview writes nothing. It shows what would be written, row by row, and only that can be applied.',
  previewAll: (most: string) => `Preview every open violation (at most ${most})`,
  recent: 'Recent plans',
  none: 'No repair of this check has been previewed yet.',
  loading: 'Reading the plans …',
  listFailed: 'The plans cannot be read',
  failed: 'The exporter refused',
  backToList: 'All plans',
  openPlan: (when: string) => `Open the plan of ${when}`,
  columns: { made: 'Made', by: 'By', state: 'State', rows: 'Rows', reason: 'Reason', open: 'Open' },
  undoOf: 'undo',
  planned: 'To write',
  skipped: 'Skipped',
  written: 'Written',
  failedRows: 'Failed',
  made: 'Made by',
  applied: 'Applied by',
  reason: 'Reason',
  expires: 'Expires',
  expiresIn: (age: string) => `in ${age}`,
  expired: 'expired',
  expiredHelp: 'This plan has expired: the rows may have changed since. Preview the repair again.',
  noRoom: (count: number) => `${count} more did not fit: preview again once this is applied.`,
  unmendable: (count: number) => `${count} more are of kinds that the configuration leaves alone.`,
  nothingToWrite: 'There is nothing to write.',
  dryRun: 'Dry run',
  dryRunReason: 'dry run',
  apply: 'Apply …',
  undo: 'Undo …',
  confirm: (what: string) =>
    `This writes to the database: ${what}. A row that has changed since the preview is left alone.`,
  applyReason: 'Reason',
  applyReasonHelp: 'Needed; the audit trail keeps it with every row',
  applyNow: (rows: number) => `Write ${rowsText(rows)}`,
  cancel: 'Cancel',
  doing: {
    reading: 'Reading the plan …',
    planning: 'Looking at both sides of every row …',
    trying: 'Writing, and rolling it back …',
    applying: 'Writing …',
  },
  progress: (settled: number, all: number) => `Writing: ${settled} of ${rowsText(all)} settled …`,
  tried: (what: string) => `Dry run: ${what}. Everything was rolled back.`,
  rowTried: 'tried',
  done: (what: string) => `${what}.`,
  agree: 'What was written agrees now.',
  apart: (rows: number) => `${rowsText(rows)} of those written disagree all the same.`,
  notLooked: 'What was written could not be looked at yet; the next run tells.',
  undoPlanned: 'This is what takes the repair back. Nothing is written before you apply it.',
  outcomeCounts: { written: 'written', skipped: 'skipped', failed: 'failed' },
  rows: 'Rows of the plan',
  column: 'Column',
  before: 'Before',
  after: 'After',
  otherSide: 'Other side',
  statements: 'Statements',
  inverse: 'To take it back',
  null: 'NULL',
  more: (count: number) => `Show ${count} more`,
} as const;

export const ACTION_TEXTS: Readonly<Record<NonNullable<PlanRow['action']>, string>> = {
  update: 'update',
  create: 'new row',
  delete: 'deletion',
};

export const OUTCOME_TEXTS: Readonly<Record<PlanRow['outcome'], string>> = {
  planned: 'planned',
  writing: 'writing',
  written: 'written',
  skipped: 'skipped',
  failed: 'failed',
};

export const PLAN_STATE_TEXTS: Readonly<Record<Plan['state'], string>> = {
  planned: 'preview',
  applying: 'being applied',
  applied: 'applied',
  interrupted: 'interrupted',
};

export function rowsText(count: number): string {
  return `${count} ${count === 1 ? 'row' : 'rows'}`;
}
