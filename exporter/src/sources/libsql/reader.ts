/** Answers a check's questions from one libSQL database. */
import { SourceError } from '../../core/errors.ts';
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
import { countOf, rowsOf, type Connection } from './connection.ts';
import { decoder, disagreementDecoder, toKeyedRow } from './decoding.ts';
import { lookupSql } from './keyed-statements.ts';
import { orderedBlocks } from './ordered.ts';
import { explainOrdered, explainStatement, workingStatement } from './plan.ts';
import { recencyFacts, recencySql } from './recency.ts';
import { rowsByKey, smaller, tooWide } from './rows-by-key.ts';
import { select, selectCount, selectionColumns, selectionSql } from './selection.ts';
import { sideShape, type SideShape } from './shape.ts';
import * as sql from './statements.ts';
import { explainLookup, lookupTimes, statementTimes } from './times.ts';
import { canonical, convertsToCompare, quote } from './values.ts';

/** Of a lookup at once, fewer where the answer is more than a server sends. */
const KEYS_AT_ONCE = 1_000;

export class LibsqlReader implements Reader {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async compare(coupling: Coupling, onRow: (row: Disagreement) => void): Promise<SideCounts> {
    const [a, b] = await this.#shapes(coupling.left, coupling.right);
    const nullKeys = await this.#nullKeysOfBoth(coupling, a, b, onRow);
    const statement = await workingStatement(this.#connection, [a, b], [a, b], (join) =>
      sql.couplingSql(coupling, a, b, join),
    );
    const toRow = disagreementDecoder(this.#connection.source, coupling, a, b);
    const only = { left: 0, right: 0 };
    for await (const batch of this.#connection.batches(statement)) {
      for (const cells of batch) {
        const { row, leftRows, rightRows } = toRow(cells);
        if (leftRows === 0) only.right += 1;
        if (rightRows === 0) only.left += 1;
        if (row) onRow(row);
      }
    }
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
    if (universe === 'both') {
      const count = await countOf(this.#connection, sql.countSql(left, a));
      const rightCount = count - only.left + only.right;
      const checked = count + only.right + nullKeys;
      return { checked, left: count, right: rightCount, empty: count === 0 || rightCount === 0 };
    }
    const isLeft = universe === 'left';
    const [own, shape, partner] = isLeft ? [left, a, right] : [right, b, left];
    const count = await countOf(this.#connection, sql.countSql(own, shape));
    const alone = count === (isLeft ? only.left : only.right);
    const empty = count === 0 || (alone && (await this.isEmpty(partner)));
    return { checked: count + nullKeys, left: isLeft ? count : null, right: isLeft ? null : count, empty };
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
    const [first] = possible;
    if (!first) return;
    const decode = decoder(this.#connection.source, first.shape.key);
    const key = first.shape.key.map((_, i) => `k${String(i + 1)}`);
    // the columns of the keys have no names of their own
    const named = `SELECT ${key.map((name) => `NULL AS ${name}`).join(', ')} WHERE 0`;
    const from = `(${named} UNION ALL ${sql.nullKeysSql(possible)})`;
    const listing = { from, key, other: [], order: '', what: first.side.table };
    for await (const batch of rowsByKey(this.#connection, listing)) {
      for (const cells of batch) onKey(decode(cells, 0));
    }
  }

  async orphans(reference: Reference, onRow: (row: Disagreement) => void): Promise<SideCounts> {
    const [a, b] = await this.#shapes(reference.from, reference.to);
    const statement = await workingStatement(this.#connection, [b], [a, b], (join) =>
      sql.orphansSql(reference, a, b, join),
    );
    const decode = decoder(this.#connection.source, a.key);
    let orphans = 0;
    for await (const batch of this.#connection.batches(statement)) {
      for (const cells of batch) {
        orphans += 1;
        onRow({ kind: 'orphan', key: decode(cells, 0), left: [Number(cells[a.key.length])], right: null });
      }
    }
    const checked = await countOf(this.#connection, sql.countSql(reference.from, a));
    const empty = checked === 0 || (checked === orphans && (await this.isEmpty(reference.to)));
    return { checked, left: checked, right: null, empty };
  }

  types(side: Side): Promise<SideTypes> {
    return sideShape(this.#connection, side);
  }

  async *ordered(side: Side, forms: SideForms): AsyncGenerator<RowBlock> {
    yield* orderedBlocks(this.#connection, side, await sideShape(this.#connection, side), forms);
  }

  async lookup({ side, forms, keys, rowsPerKey }: Lookup): Promise<readonly KeyedRow[]> {
    if (keys.length === 0) return [];
    const shape = await sideShape(this.#connection, side);
    const found: KeyedRow[] = [];
    for (const withNull of [false, true]) {
      const some = keys.filter((key) => key.includes(null) === withNull);
      for (let i = 0, atOnce = KEYS_AT_ONCE; i < some.length;) {
        const answer = await smaller(atOnce, 1, tooWide(this.#connection, side.table), async (count) => {
          const wanted = some.slice(i, i + count);
          const statement = lookupSql(side, shape, forms, wanted);
          const parameters = [JSON.stringify(wanted), BigInt(rowsPerKey)];
          return { rows: await rowsOf(this.#connection, statement, parameters), count };
        });
        for (const cells of answer.rows) found.push(toKeyedRow(this.#connection.source, cells, side, shape, forms)); // prettier-ignore
        i += answer.count;
        atOnce = answer.count;
      }
    }
    return found;
  }

  keyForms(_: Side, forms: SideForms, keys: readonly (readonly Value[])[]): Promise<(string | null)[][]> {
    const toForm = (value: Value, i: number): string | null => {
      if (value === null) return null;
      return typeof value === 'number' ? canonical(forms.key[i] ?? 'text', String(value)) : String(value);
    };
    return Promise.resolve(keys.map((key) => key.map(toForm)));
  }

  async countDuplicates(side: Side): Promise<number> {
    return countOf(this.#connection, sql.duplicatesSql(side, await sideShape(this.#connection, side)));
  }

  async isEmpty(side: Side): Promise<boolean> {
    return (await countOf(this.#connection, sql.isEmptySql(side))) === 1;
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
      const columns = await selectionColumns(this.#connection, question.sql);
      return [await explainStatement(this.#connection, selectionSql(question.sql, columns.map(quote)), [])];
    }
    if ('recency' in question) {
      return [await explainStatement(this.#connection, recencySql(question.recency), [])];
    }
    if ('lookup' in question) return [await explainLookup(this.#connection, question.lookup)];
    if ('side' in question) {
      const shape = await sideShape(this.#connection, question.side);
      return [await explainOrdered(this.#connection, question.side, shape)];
    }
    const [left, right] = 'from' in question ? [question.from, question.to] : [question.left, question.right];
    const [a, b] = await this.#shapes(left, right);
    const searched = 'from' in question ? [b] : [a, b];
    const statement = await workingStatement(this.#connection, searched, [a, b], (join) =>
      'from' in question ? sql.orphansSql(question, a, b, join) : sql.couplingSql(question, a, b, join),
    );
    return [await explainStatement(this.#connection, statement, [{ side: left, shape: a }, { side: right, shape: b }])]; // prettier-ignore
  }

  async #shapes(left: Side, right: Side): Promise<[SideShape, SideShape]> {
    const a = await sideShape(this.#connection, left);
    const b = await sideShape(this.#connection, right);
    const others = [...b.key, ...b.compare];
    for (const [i, column] of [...a.key, ...a.compare].entries()) {
      const other = others[i];
      if (!other || !convertsToCompare(column.storage, other.storage)) continue;
      throw new SourceError(
        this.#connection.source,
        `${column.label} (${column.type}) and ${other.label} (${other.type}) cannot be compared: SQLite would change one into the other; give one of them as \`expr:\` with a cast`,
      );
    }
    return [a, b];
  }
}
