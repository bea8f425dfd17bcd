/** From the cells of our statements to the rows that checks speak of. */
import { within } from '../../core/decimal.ts';
import type { Value } from '../../core/value.ts';
import type { Disagreement } from '../../core/violation.ts';
import type { Coupling, KeyedRow, Side, SideForms } from '../source.ts';
import { utf8, valueOf, type Cell } from './connection.ts';
import type { SideShape } from './shape.ts';
import { canonical, decimalText } from './values.ts';

export function decoder(source: string, columns: SideShape['key']) {
  return (cells: readonly Cell[], from: number): Value[] =>
    columns.map(({ storage }, i) => valueOf(source, cells[from + i] ?? null, storage === 'boolean'));
}

/** Reads the columns of `couplingSql`: a.k…, b.k…, a.d…, b.d…, a.n, b.n. `row` is null where a tolerance covers it. */
export function disagreementDecoder(
  source: string,
  { left, tolerances }: Coupling,
  a: SideShape,
  b: SideShape,
) {
  const n = left.key.length;
  const v = left.compare.length;
  const [leftKey, rightKey] = [decoder(source, a.key), decoder(source, b.key)];
  const [leftValues, rightValues] = [decoder(source, a.compare), decoder(source, b.compare)];
  return (cells: readonly Cell[]) => {
    const [leftRows, rightRows] = [Number(cells[2 * n + 2 * v] ?? 0), Number(cells[2 * n + 2 * v + 1] ?? 0)];
    const key = leftRows > 0 ? leftKey(cells, 0) : rightKey(cells, n);
    const shown = {
      left: leftRows === 1 ? leftValues(cells, 2 * n) : null,
      right: rightRows === 1 ? rightValues(cells, 2 * n + v) : null,
    };
    const kind = kindOf(leftRows, rightRows);
    const times = cells.slice(2 * n + 2 * v + 2).map((cell) => cell === 1n);
    const covered = kind === 'mismatch' && allWithin(shown.left ?? [], shown.right ?? [], tolerances, times);
    const row: Disagreement | null = covered ? null : { kind, key, ...shown };
    return { row, leftRows, rightRows };
  };
}

/** Whether a mismatch is none after all: every value is the same, or within its tolerance on exact decimals. */
function allWithin(
  left: readonly Value[],
  right: readonly Value[],
  tolerances: Coupling['tolerances'],
  times: readonly boolean[],
): boolean {
  if (!tolerances.some((tolerance) => tolerance !== null && 'by' in tolerance)) return false;
  return left.every((value, i) => {
    const [other, tolerance] = [right[i] ?? null, tolerances[i] ?? null];
    if (value === other || times[i] === true) return true;
    if (typeof value === 'boolean' || typeof other === 'boolean') return false;
    if (value === null || other === null || tolerance === null || 'withinMs' in tolerance) return false;
    return within(decimalText(String(value)), decimalText(String(other)), String(tolerance.by));
  });
}

function kindOf(leftRows: number, rightRows: number): string {
  if (leftRows > 1 || rightRows > 1) return 'duplicate_key';
  if (leftRows === 0) return 'missing_left';
  return rightRows === 0 ? 'missing_right' : 'mismatch';
}

export function toKeyedRow(
  source: string,
  cells: readonly Cell[],
  side: Side,
  shape: SideShape,
  forms: SideForms,
): KeyedRow {
  const n = side.key.length;
  const v = side.compare.length;
  const shown = 2 * (n + v);
  const form = (cell: Cell, name: SideForms['key'][number] | undefined): string | null =>
    cell === null ? null : canonical(name ?? 'text', utf8(source, cell));
  return {
    keyForms: cells.slice(0, n).map((cell, i) => form(cell, forms.key[i])),
    compareForms: cells.slice(n, n + v).map((cell, i) => form(cell, forms.compare[i])),
    key: decoder(source, shape.key)(cells, n + v),
    compare: decoder(source, shape.compare)(cells, 2 * n + v),
    context: side.context.map((_, i) => valueOf(source, cells[shown + i] ?? null, false)),
    rows: Number(cells[shown + side.context.length]),
  };
}
