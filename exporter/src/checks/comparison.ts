/** What a kind that joins two sides asks of its sources, wherever the two sides live. */
import type { Population } from '../core/run.ts';
import { REDACTED, type Value } from '../core/value.ts';
import { keyText, type Disagreement } from '../core/violation.ts';
import type { KeyedRow, Reader, Side, SideForms, Tolerance, Universe } from '../sources/source.ts';
import { agree, agreeAsDocuments, negotiate } from './forms.ts';
import type { Look, SideRows } from './kind.ts';
import { merge } from './merge.ts';

export interface Place {
  readonly source: string;
  readonly side: Side;
}

/** How one key is judged once both sides' rows are known; null when it is as it should be. */
export type Judge = (left: KeyedRow | undefined, right: KeyedRow | undefined) => Disagreement | null;

export interface Comparison {
  readonly left: Place;
  readonly right: Place;
  readonly universe: Universe;
  readonly tolerances: readonly (Tolerance | null)[];
  /** whether a key that is there twice is wrong */
  readonly unique: boolean;
  /** whether a key with a NULL part is wrong */
  readonly nullIsWrong: boolean;
  readonly judge: Judge;
}

const CANDIDATES_AT_ONCE = 10_000;

export function inOneSource({ left, right }: Comparison): boolean {
  return left.source === right.source;
}

/** Whether one statement of the source can answer for both sides. */
export function joinsInSource(comparison: Pick<Comparison, 'left' | 'right'>, look: Look): boolean {
  return (
    comparison.left.source === comparison.right.source && look.source(comparison.left.source).joins !== false
  );
}

/** Runs `body` with a reader of each side: one snapshot when they share a source. */
export async function withReaders<T>(
  { left, right }: Pick<Comparison, 'left' | 'right'>,
  look: Look,
  body: (left: Reader, right: Reader) => Promise<T>,
): Promise<T> {
  const [a, b] = [look.source(left.source), look.source(right.source)];
  if (a === b) return a.look(look, (reader) => body(reader, reader));
  return a.look(look, (leftReader) => b.look(look, (rightReader) => body(leftReader, rightReader)));
}

export async function formsOf(comparison: Comparison, left: Reader, right: Reader): Promise<SideForms> {
  const leftTypes = await left.types(comparison.left.side);
  return negotiate(leftTypes, await right.types(comparison.right.side), comparison.tolerances);
}

/** Both sides in key order, merged; each candidate is read again on both sides before it counts. */
export async function compareAcross(
  comparison: Comparison,
  look: Look,
  onRow: (row: Disagreement) => void,
): Promise<Population> {
  const { left, right, universe } = comparison;
  return withReaders(comparison, look, async (leftReader, rightReader) => {
    const forms = await formsOf(comparison, leftReader, rightReader);
    const nullKeys = comparison.nullIsWrong
      ? await nullKeysAcross(comparison, leftReader, rightReader, onRow)
      : 0;
    let candidates: string[][] = [];
    const settleCandidates = async (): Promise<void> => {
      const batch = candidates;
      candidates = [];
      for (const row of await judgeKeys(comparison, look, forms, batch)) onRow(row);
    };
    const counts = await merge(
      leftReader.ordered(left.side, forms),
      rightReader.ordered(right.side, forms),
      {
        forms,
        report: { onlyLeft: universe !== 'right', onlyRight: universe !== 'left' },
        reportDuplicates: comparison.unique,
        agrees: (i, a, b) =>
          agree(a, b, comparison.tolerances[i] ?? null) ||
          (forms.compare[i] === 'document' && agreeAsDocuments(a, b)),
      },
      (key) => candidates.push(key),
      () => (candidates.length >= CANDIDATES_AT_ONCE ? settleCandidates() : null),
    );
    await settleCandidates();
    const checked = {
      both: counts.left + counts.right - counts.both,
      left: counts.left,
      right: counts.right,
    };
    return {
      checked: checked[universe] + nullKeys,
      left: counts.left,
      right: comparison.unique ? counts.right : null,
      empty: counts.left === 0 || counts.right === 0,
    };
  });
}

/** Distinct NULL-keyed tuples of both sides together; the only thing here that is remembered per row, and it is rare. */
async function nullKeysAcross(
  { left, right, universe }: Comparison,
  leftReader: Reader,
  rightReader: Reader,
  onRow: (row: Disagreement) => void,
): Promise<number> {
  const seen = new Set<string>();
  const add = (key: readonly Value[]): void => {
    const text = keyText(key);
    if (seen.has(text)) return;
    seen.add(text);
    onRow({ kind: 'null_key', key, left: null, right: null });
  };
  if (universe !== 'right') await leftReader.nullKeys(left.side, add);
  if (universe !== 'left') await rightReader.nullKeys(right.side, add);
  return seen.size;
}

/** Reads some keys again, in fresh snapshots, and judges them as they are now. */
async function judgeKeys(
  comparison: Comparison,
  look: Look,
  forms: SideForms,
  keys: readonly (readonly (string | null)[])[],
): Promise<Disagreement[]> {
  const distinct = [...new Map(keys.map((key) => [JSON.stringify(key), key])).entries()];
  if (distinct.length === 0) return [];
  const wanted = distinct.map(([, key]) => key);
  return withReaders(comparison, look, async (leftReader, rightReader) => {
    const read = async (reader: Reader, { side }: Place) => {
      const rows = await reader.lookup({
        side: { ...side, context: [] },
        forms,
        keys: wanted,
        rowsPerKey: 1,
      });
      return new Map(rows.map((row) => [JSON.stringify(row.keyForms), row]));
    };
    const left = await read(leftReader, comparison.left);
    const right = await read(rightReader, comparison.right);
    return distinct.flatMap(([text]) => comparison.judge(left.get(text), right.get(text)) ?? []);
  });
}

/** Looks again at violations by the key they are remembered under. */
export async function recheckKeys(
  comparison: Comparison,
  look: Look,
  rows: readonly Disagreement[],
): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  const forms = await withReaders(comparison, look, (left, right) => formsOf(comparison, left, right));
  const { source, side } = comparison.left;
  for (let i = 0; i < rows.length; i += CANDIDATES_AT_ONCE) {
    const batch = rows.slice(i, i + CANDIDATES_AT_ONCE).map((row) => row.key);
    const keys = await look.source(source).look(look, (reader) => reader.keyForms(side, forms, batch));
    found.push(...(await judgeKeys(comparison, look, forms, keys)));
  }
  return found;
}

const ROWS_SHOWN_PER_KEY = 10;

/** The rows behind one key as they are now, with context columns, by column name. */
export async function currentRows(
  comparison: Comparison,
  look: Look,
  key: readonly Value[],
  redact: ReadonlySet<string>,
): Promise<SideRows[]> {
  return withReaders(comparison, look, async (leftReader, rightReader) => {
    const forms = await formsOf(comparison, leftReader, rightReader);
    const [keyForms] = await leftReader.keyForms(comparison.left.side, forms, [key]);
    const read = async (
      name: 'left' | 'right',
      reader: Reader,
      { source, side }: Place,
    ): Promise<SideRows> => {
      const keys = keyForms ? [keyForms] : [];
      const rows = await reader.lookup({ side, forms, keys, rowsPerKey: ROWS_SHOWN_PER_KEY });
      return { side: name, source, table: side.table, rows: rows.map((row) => namedRow(side, row, redact)) };
    };
    const left = await read('left', leftReader, comparison.left);
    return [left, await read('right', rightReader, comparison.right)];
  });
}

function namedRow(side: Side, row: KeyedRow, redact: ReadonlySet<string>): Record<string, Value> {
  const named = (names: readonly string[], values: readonly Value[]): [string, Value][] =>
    names.map((name, i) => [name, hide(values[i] ?? null, redact.has(name))]);
  return Object.fromEntries([
    ...named(side.key.map((column) => column.label), row.key),
    ...named(side.compare.map((column) => column.label), row.compare),
    ...named(side.context, row.context),
  ]); // prettier-ignore
}

export function hide(value: Value, hidden: boolean): Value {
  return hidden && value !== null ? REDACTED : value;
}
