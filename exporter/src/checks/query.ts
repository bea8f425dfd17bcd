/** A statement of the configuration whose rows are violations. */
import { Type, type Static } from 'typebox';
import type { Check } from '../core/check.ts';
import type { Value } from '../core/value.ts';
import { keyText, type Disagreement } from '../core/violation.ts';
import type { Reader } from '../sources/source.ts';
import { hide } from './comparison.ts';
import { planFindings } from './inspect.ts';
import type { CheckKind, Look, SideRows, SpecProblem } from './kind.ts';

const Names = (description: string, more: object = {}) =>
  Type.Array(Type.String({ minLength: 1 }), { uniqueItems: true, ...more, description });

const QuerySpec = Type.Object({
  source: Type.String({ minLength: 1, description: 'Name of a source' }),
  sql: Type.String({ minLength: 1, description: 'One SELECT; each of its rows is a violation' }),
  key: Names('Columns of the SELECT that tell one violation from another', { minItems: 1 }),
  show: Type.Optional(Names('Columns of the SELECT that are kept and shown; no other leaves the source')),
  population: Type.String({
    minLength: 1,
    description: 'One SELECT of one number: how many keys are checked, so that there is a ratio',
  }),
  redact: Type.Optional(
    Names('Shown columns whose values are never kept or shown; that they are there is still told'),
  ),
});
type QueryEntry = Static<typeof QuerySpec>;

const ROWS_SHOWN = 10;

export const query: CheckKind = {
  asks: 'database',
  schema: QuerySpec,
  violationKinds: { row: 'correct_row' },

  problems: (spec) => problems(spec as QueryEntry),

  derive(spec) {
    const { source, key, show = [] } = spec as QueryEntry;
    return { fields: { key, left: show, right: [] }, sources: [source] };
  },

  async evaluate(check, look, onRow) {
    return withReader(check, look, async (reader) => {
      const rows = await violations(check, reader, onRow);
      const population = await reader.selectCount(entryOf(check).population);
      // a population that leaves out what is wrong must not make the ratio negative
      const checked = Math.max(population, rows);
      return { checked, left: null, right: null, empty: checked === 0 };
    });
  },

  async recheck(check, look, rows) {
    const wanted = new Set(rows.map((row) => keyText(row.key)));
    const still: Disagreement[] = [];
    await withReader(check, look, (reader) =>
      violations(check, reader, (row) => {
        if (wanted.has(keyText(row.key))) still.push(row);
      }),
    );
    return still;
  },

  rows: (check, look, key) => withReader(check, look, (reader) => currentRows(check, reader, key)),

  explain: (check, look) =>
    withReader(check, look, async (reader) => {
      const { sql, population } = entryOf(check);
      return [...(await reader.explain({ sql })), ...(await reader.explain({ sql: population }))];
    }),

  async inspect(check, look) {
    const { checked, found } = await withReader(check, look, async (reader) => ({
      found: await violations(check, reader, () => undefined),
      checked: await reader.selectCount(entryOf(check).population),
    }));
    const counted = `the statement finds ${String(found)} among ${String(checked)}`;
    const plans = (await query.explain(check, look)).flatMap(planFindings);
    if (found <= checked) return [{ level: 'ok', message: counted }, ...plans];
    const message = `${counted}: population must count every key that the statement can find`;
    return [{ level: 'warning', message }, ...plans];
  },
};

function entryOf({ spec }: Check): QueryEntry {
  return spec as QueryEntry;
}

function withReader<T>(check: Check, look: Look, body: (reader: Reader) => Promise<T>): Promise<T> {
  return look.source(entryOf(check).source).look(look, body);
}

/** Calls back once for each key; rows that share one are one violation, and none of them stands for the others. */
async function violations(check: Check, reader: Reader, onRow: (row: Disagreement) => void): Promise<number> {
  const { sql, key, show = [], redact = [] } = entryOf(check);
  const hidden = show.map((name) => redact.includes(name));
  let pending: Disagreement | null = null;
  let count = 0;
  const flush = (): void => {
    if (pending === null) return;
    count += 1;
    onRow(pending);
  };
  await reader.select({ sql, key, show }, (values, shown) => {
    const again = pending !== null && keyText(pending.key) === keyText(values);
    if (!again) flush();
    const left = again ? null : shown.map((value, i) => hide(value, hidden[i] === true));
    pending = { kind: 'row', key: values, left, right: null };
  });
  flush();
  return count;
}

async function currentRows(check: Check, reader: Reader, wanted: readonly Value[]): Promise<SideRows[]> {
  const { source, sql, key, show = [], redact = [] } = entryOf(check);
  const text = keyText(wanted);
  const rows: Record<string, Value>[] = [];
  await reader.select({ sql, key, show }, (values, shown) => {
    if (rows.length >= ROWS_SHOWN || keyText(values) !== text) return;
    const cells = [...values, ...shown.map((value, i) => hide(value, redact.includes(show[i] ?? '')))];
    rows.push(Object.fromEntries([...key, ...show].map((name, i) => [name, cells[i] ?? null])));
  });
  return [{ side: null, source, table: 'rows of the statement', rows }];
}

function problems({ key, show = [], redact = [] }: QueryEntry): SpecProblem[] {
  return redact.flatMap((name, i): SpecProblem[] => {
    const path = ['redact', i];
    if (show.includes(name)) return [];
    if (key.includes(name)) {
      const message = `"${name}" is a key column: a violation is known by its key, which cannot be hidden`;
      return [{ path, message, fix: 'Redact columns of show, or key the check by something harmless' }];
    }
    const fix = `Use one of: ${show.join(', ') || '(no column is shown)'}`;
    return [{ path, message: `show has no column "${name}"`, fix }];
  });
}
