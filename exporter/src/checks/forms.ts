/** How two columns of different sources, and perhaps of different engines, are compared outside a database. */
import { within } from '../core/decimal.ts';
import { canonicalDocument } from '../core/document.ts';
import type { ColumnType, Form, SideForms, SideTypes, Tolerance } from '../sources/source.ts';

/** Forms for both sides; the tolerances decide which compared pairs become numbers. */
export function negotiate(
  left: SideTypes,
  right: SideTypes,
  tolerances: readonly (Tolerance | null)[],
): SideForms {
  const pair = (a: ColumnType, i: number, others: readonly ColumnType[]): Form => {
    const b = others[i];
    return b ? common(a, b) : a.form;
  };
  return {
    key: left.key.map((column, i) => pair(column, i, right.key)),
    compare: left.compare.map((column, i) => {
      const tolerance = tolerances[i] ?? null;
      if (tolerance === null) return pair(column, i, right.compare);
      return 'by' in tolerance ? 'decimal' : 'epoch';
    }),
  };
}

const NUMBERS: readonly Form[] = ['integer', 'decimal', 'float'];

function common(a: ColumnType, b: ColumnType): Form {
  if (a.form === b.form) return a.form !== 'exact' || a.type === b.type ? a.form : 'text';
  // the wider of two numbers: an integer is a decimal, a decimal compared with a float is a float
  const [wa, wb] = [NUMBERS.indexOf(a.form), NUMBERS.indexOf(b.form)];
  if (wa >= 0 && wb >= 0) return NUMBERS[Math.max(wa, wb)] ?? 'text';
  // text beside caseless text is compared with case, as Postgres does
  return 'text';
}

/** Whether two compared values, as forms, agree; the same rule as the single statement applies in the database. */
export function agree(a: string | null, b: string | null, tolerance: Tolerance | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || tolerance === null) return false;
  return within(a, b, 'by' in tolerance ? String(tolerance.by) : String(tolerance.withinMs / 1_000));
}

export function agreeAsDocuments(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && canonicalDocument(a) === canonicalDocument(b);
}
