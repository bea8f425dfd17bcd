/** Answers a check's questions from one Postgres snapshot. */
import { canonicalDocument } from '../../core/document.ts';
import type { Value } from '../../core/value.ts';
import type { Disagreement } from '../../core/violation.ts';
import type {
  Coupling,
  Explanation,
  KeyedRow,
  Lookup,
  Question,
  Reader,
  Recency,
  RecencyFacts,
  Reference,
  RowBlock,
  Selection,
  Side,
  SideCounts,
  SideForms,
  SideTypes,
} from '../source.ts';
import type { Cell, Connection } from './connection.ts';
import { rowBlocks } from './copy-binary.ts';
import { explainStatement, pickPlan } from './plan.ts';
import { recencyFacts, recencySql } from './recency.ts';
import { select, selectCount, selectionFields, selectionSql } from './selection.ts';
import { reconcileCollations, sideShape, type SideShape } from './shape.ts';
import * as sql from './statements.ts';
import { keyFormsSql, lookupSql, orderedSql } from './keyed-statements.ts';
import { explainLookup, lookupTimes, statementTimes } from './times.ts';
import { decoder, keyDecoder, wider } from './values.ts';

export class PostgresReader implements Reader {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async compare(coupling: Coupling, onRow: (row: Disagreement) => void): Promise<SideCounts> {
    const [a, b] = await this.#shapes(coupling.left, coupling.right);
    const nullKeys = await this.#nullKeysOfBoth(coupling, a, b, onRow);
    const statement = sql.couplingSql(coupling, a, b);
    await pickPlan(this.#connection, statement, [a, b]);
    const toRow = disagreementDecoder(coupling, a, b);
    const only = { left: 0, right: 0 };
    await this.#connection.stream(statement, (cells) => {
      const { row, leftRows, rightRows } = toRow(cells);
      if (leftRows === 0) only.right += 1;
      if (rightRows === 0) only.left += 1;
      onRow(row);
    });
    return this.#sideCounts(coupling, a, b, only, nullKeys);
  }

  /** One side is counted; the other follows from how many keys only one of them has. */
  async #sideCounts(
    { left, right, universe }: Coupling,
    a: SideShape,
    b: SideShape,
    only: { left: number; right: number },
    nullKeys: number,
  ): Promise<SideCounts> {
    if (universe === 'right') {
      const count = await this.#connection.count(sql.countSql(right, b));
      const partnerEmpty = count === only.right && (await this.isEmpty(left));
      return { checked: count + nullKeys, left: null, right: count, empty: count === 0 || partnerEmpty };
    }
    const count = await this.#connection.count(sql.countSql(left, a));
    if (universe === 'left') {
      const partnerEmpty = count === only.left && (await this.isEmpty(right));
      return { checked: count + nullKeys, left: count, right: null, empty: count === 0 || partnerEmpty };
    }
    const rightCount = count - only.left + only.right;
    const checked = count + only.right + nullKeys;
    return { checked, left: count, right: rightCount, empty: count === 0 || rightCount === 0 };
  }

  async #nullKeysOfBoth(
    { left, right, universe }: Coupling,
    a: SideShape,
    b: SideShape,
    onRow: (row: Disagreement) => void,
  ): Promise<number> {
    const sides = [
      ...(universe !== 'right' ? [{ side: left, shape: a }] : []),
      ...(universe !== 'left' ? [{ side: right, shape: b }] : []),
    ];
    let count = 0;
    await this.#streamNullKeys(sides, (key) => {
      count += 1;
      onRow({ kind: 'null_key', key, left: null, right: null });
    });
    return count;
  }

  async nullKeys(side: Side, onKey: (key: readonly Value[]) => void): Promise<void> {
    await this.#streamNullKeys([{ side, shape: await sideShape(this.#connection, side) }], onKey);
  }

  async #streamNullKeys(
    sides: readonly { side: Side; shape: SideShape }[],
    onKey: (key: readonly Value[]) => void,
  ): Promise<void> {
    const possible = sides.filter(({ shape }) => shape.key.some((column) => column.nullable));
    const [first, second] = possible;
    if (!first) return;
    const decoders = first.shape.key.map(({ oid }, i) =>
      keyDecoder(wider(oid, second?.shape.key[i]?.oid ?? oid)),
    );
    await this.#connection.stream(sql.nullKeysSql(possible), (cells) => {
      onKey(decodeAll(cells, 0, decoders));
    });
  }

  async orphans(reference: Reference, onRow: (row: Disagreement) => void): Promise<SideCounts> {
    const [a, b] = await this.#shapes(reference.from, reference.to);
    const decoders = a.key.map((column) => keyDecoder(column.oid));
    let orphans = 0;
    await this.#connection.stream(sql.orphansSql(reference, a, b), (cells) => {
      orphans += 1;
      const key = decodeAll(cells, 0, decoders);
      onRow({ kind: 'orphan', key, left: [Number(cells[decoders.length])], right: null });
    });
    const checked = await this.#connection.count(sql.countSql(reference.from, a));
    const empty = checked === 0 || (checked === orphans && (await this.isEmpty(reference.to)));
    return { checked, left: checked, right: null, empty };
  }

  types(side: Side): Promise<SideTypes> {
    return sideShape(this.#connection, side);
  }

  async *ordered(side: Side, forms: SideForms): AsyncGenerator<RowBlock> {
    const shape = await sideShape(this.#connection, side);
    const copy = this.#connection.copyBinary(orderedSql(side, shape, forms));
    yield* rowBlocks(copy, side.key.length + side.compare.length);
  }

  async lookup({ side, forms, keys, rowsPerKey }: Lookup): Promise<readonly KeyedRow[]> {
    if (keys.length === 0) return [];
    const shape = await sideShape(this.#connection, side);
    const complete = keys.filter((key) => !key.includes(null));
    const partial = keys.filter((key) => key.includes(null));
    const found: KeyedRow[] = [];
    for (const [some, withNull] of [
      [complete, false],
      [partial, true],
    ] as const) {
      if (some.length === 0) continue;
      const columns = side.key.map((_, i) => some.map((key) => key[i] ?? null));
      const statement = lookupSql(side, shape, forms, withNull);
      const rows = await this.#connection.values(statement, [...columns, rowsPerKey]);
      found.push(...rows.map((cells) => toKeyedRow(cells, side, forms)));
    }
    return found;
  }

  async keyForms(side: Side, forms: SideForms, keys: readonly (readonly Value[])[]): Promise<Cell[][]> {
    if (keys.length === 0) return [];
    const shape = await sideShape(this.#connection, side);
    const columns = side.key.map((_, i) => keys.map((key) => textOf(key[i] ?? null)));
    return this.#connection.rows<Cell[]>(keyFormsSql(shape, forms), columns);
  }

  async countDuplicates(side: Side): Promise<number> {
    return this.#connection.count(sql.duplicatesSql(side, await sideShape(this.#connection, side)));
  }

  async isEmpty(side: Side): Promise<boolean> {
    const [row] = await this.#connection.values(sql.isEmptySql(side), []);
    return row?.[0] === true;
  }

  select(
    selection: Selection,
    onRow: (key: readonly Value[], shown: readonly Value[]) => void,
  ): Promise<void> {
    return select(this.#connection, selection, onRow);
  }

  selectCount(statement: string): Promise<number> {
    return selectCount(this.#connection, statement);
  }

  recency(recency: Recency): Promise<RecencyFacts> {
    return recencyFacts(this.#connection, recency);
  }

  lookupTimes(side: Side, samples: number): Promise<readonly number[]> {
    return lookupTimes(this.#connection, side, samples);
  }

  statementTimes(statement: string, samples: number): Promise<readonly number[]> {
    return statementTimes(this.#connection, statement, samples);
  }

  async explain(question: Question): Promise<readonly Explanation[]> {
    if ('sql' in question) {
      await selectionFields(this.#connection, question.sql);
      return [await explainStatement(this.#connection, selectionSql(question.sql, null), null)];
    }
    if ('recency' in question) {
      return [await explainStatement(this.#connection, recencySql(question.recency), null)];
    }
    if ('lookup' in question) {
      await sideShape(this.#connection, question.lookup);
      return [await explainLookup(this.#connection, question.lookup)];
    }
    if ('side' in question) {
      const { side } = question;
      const shape = await sideShape(this.#connection, side);
      const forms = {
        key: shape.key.map((column) => column.form),
        compare: shape.compare.map((column) => column.form),
      };
      return [await explainStatement(this.#connection, orderedSql(side, shape, forms), null)];
    }
    if ('from' in question) {
      const [a, b] = await this.#shapes(question.from, question.to);
      return [await explainStatement(this.#connection, sql.orphansSql(question, a, b), null)];
    }
    const [a, b] = await this.#shapes(question.left, question.right);
    const statement = sql.couplingSql(question, a, b);
    await pickPlan(this.#connection, statement, [a, b]);
    return [await explainStatement(this.#connection, statement, [question.left, question.right])];
  }

  async #shapes(left: Side, right: Side): Promise<[SideShape, SideShape]> {
    const a = await sideShape(this.#connection, left);
    return reconcileCollations(a, await sideShape(this.#connection, right));
  }
}

type Decoder = (text: string) => Value;

function decodeAll(cells: readonly Cell[], from: number, decoders: readonly Decoder[]): Value[] {
  return decoders.map((decode, i) => {
    const cell = cells[from + i] ?? null;
    return cell === null ? null : decode(cell);
  });
}

/** Reads the columns of `couplingSql`: a.k…, b.k…, a.d…, b.d…, a.n, b.n. */
function disagreementDecoder({ left }: Coupling, a: SideShape, b: SideShape) {
  const n = left.key.length;
  const v = left.compare.length;
  const keys = [a, b].map((shape) => shape.key.map((column) => keyDecoder(column.oid)));
  const values = [a, b].map((shape) => shape.compare.map((column) => decoder(column.oid)));
  const side = (cells: readonly Cell[], which: 0 | 1): Value[] =>
    decodeAll(cells, 2 * n + which * v, values[which] ?? []);
  return (cells: readonly Cell[]) => {
    const leftRows = cells[0] === null ? 0 : Number(cells[2 * n + 2 * v]);
    const rightRows = cells[n] === null ? 0 : Number(cells[2 * n + 2 * v + 1]);
    const key = leftRows > 0 ? decodeAll(cells, 0, keys[0] ?? []) : decodeAll(cells, n, keys[1] ?? []);
    const row: Disagreement = {
      kind: kindOf(leftRows, rightRows),
      key,
      left: leftRows === 1 ? side(cells, 0) : null,
      right: rightRows === 1 ? side(cells, 1) : null,
    };
    return { row, leftRows, rightRows };
  };
}

function kindOf(leftRows: number, rightRows: number): string {
  if (leftRows > 1 || rightRows > 1) return 'duplicate_key';
  if (leftRows === 0) return 'missing_left';
  return rightRows === 0 ? 'missing_right' : 'mismatch';
}

/** Reads the columns of `lookupSql`: key forms, compare forms, keys, values, context, rows. */
function toKeyedRow(cells: readonly Value[], side: Side, forms: SideForms): KeyedRow {
  const n = side.key.length;
  const v = side.compare.length;
  const shown = 2 * (n + v);
  return {
    keyForms: cells.slice(0, n).map(textOf),
    compareForms: cells.slice(n, n + v).map((cell, i) => {
      const text = textOf(cell);
      return text !== null && forms.compare[i] === 'document' ? canonicalDocument(text) : text;
    }),
    key: cells.slice(n + v, 2 * n + v),
    compare: cells.slice(2 * n + v, shown),
    context: cells.slice(shown, shown + side.context.length),
    rows: Number(cells[shown + side.context.length]),
  };
}

function textOf(value: Value): string | null {
  return value === null ? null : String(value);
}
