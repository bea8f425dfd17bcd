/** What a sync plan says, in words. Pure. */
import type { AppliedPlan, MadePlan, Plan, PlanRow } from '../../datasource/api';
import { ACTION_TEXTS, REPAIR } from '../repair-texts';

export interface ValueChange {
  readonly column: string;
  /** undefined: there is no row */
  readonly before: string | null | undefined;
  readonly after: string | null | undefined;
  readonly changes: boolean;
}

export function changesOf({ before, after }: Pick<PlanRow, 'before' | 'after'>): ValueChange[] {
  const columns = [...new Set([...Object.keys(after ?? {}), ...Object.keys(before ?? {})])];
  return columns.map((column) => {
    const [was, will] = [valueIn(before, column), valueIn(after, column)];
    // a column that only one of the two names is written, or is what must still be there
    return { column, before: was, after: will, changes: was !== will };
  });
}

function valueIn(row: PlanRow['before'], column: string): string | null | undefined {
  return row === null ? undefined : row[column];
}

/** Rows that applying the plan writes, unless they have changed. */
export function writesOf({ rows }: Pick<Plan, 'rows'>): readonly PlanRow[] {
  return rows.filter(({ action }) => action !== null);
}

/** `2 updates of user_licenses, 1 new row of progress`: how many of what in which table. */
export function writesText(plan: Pick<Plan, 'rows'>): string {
  const counts = new Map<string, { one: string; table: string; count: number }>();
  for (const { action, table } of writesOf(plan)) {
    const one = action === null ? '' : ACTION_TEXTS[action];
    const same = counts.get(`${one} ${table}`) ?? { one, table: table ?? '', count: 0 };
    counts.set(`${one} ${table}`, { ...same, count: same.count + 1 });
  }
  const parts = [...counts.values()].map(
    ({ one, table, count }) => `${count} ${one}${count === 1 ? '' : 's'} in ${table}`
  );
  return parts.join(', ');
}

/** Rows whose fate is known. */
export function settled({ counts }: Pick<Plan, 'counts'>): number {
  return counts.written + counts.skipped + counts.failed;
}

/** `3 written, 1 skipped`; what did not happen is not told. */
export function outcomesText({ counts }: Pick<Plan, 'counts'>): string {
  const { written, skipped, failed } = REPAIR.outcomeCounts;
  const parts = [
    `${counts.written} ${written}`,
    ...(counts.skipped === 0 ? [] : [`${counts.skipped} ${skipped}`]),
    ...(counts.failed === 0 ? [] : [`${counts.failed} ${failed}`]),
  ];
  return parts.join(', ');
}

/** What is open and not in the plan; empty when nothing is. */
export function leftOutText({ left_out: { no_room: noRoom, unmendable } }: Pick<MadePlan, 'left_out'>): string {
  return [noRoom === 0 ? '' : REPAIR.noRoom(noRoom), unmendable === 0 ? '' : REPAIR.unmendable(unmendable)]
    .filter((text) => text !== '')
    .join(' ');
}

/** What came of applying it. */
export function appliedText(applied: AppliedPlan): string {
  const outcomes = outcomesText(applied);
  if (applied.dry_run) {
    return REPAIR.tried(outcomes);
  }
  const apart = applied.still_apart;
  const looked = apart === null ? REPAIR.notLooked : apart === 0 ? REPAIR.agree : REPAIR.apart(apart);
  return applied.counts.written === 0 ? REPAIR.done(outcomes) : `${REPAIR.done(outcomes)} ${looked}`;
}
