/**
 * Random small databases against an oracle that looks at one key at a time: counts and rows must be exactly equal, on
 * the single statement and on the ordered merge. LOCKSTEP_PROPERTY_STATES sets how many (1,000 by default).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { reference } from '../../exporter/src/checks/reference.ts';
import type { CheckKind } from '../../exporter/src/checks/kind.ts';
import { keyText, type Disagreement } from '../../exporter/src/core/violation.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import {
  EVERY_ENGINE,
  openSources,
  type AnyDatabase,
  type AnyEngine,
} from '../conformance/source-engines.ts';
import { expectedCoupling, expectedReference, type Expected, type Row } from './oracle.ts';

const STATES = Number(process.env['LOCKSTEP_PROPERTY_STATES'] ?? 1_000);

/** One Postgres speaks for all. A server answers what its file would, only later: it is asked a tenth. */
const ENGINES = EVERY_ENGINE.filter(({ title }) => title !== 'Postgres 13').map((engine) => ({
  ...engine,
  states: engine.title.endsWith('server') ? Math.ceil(STATES / 10) : STATES,
}));

const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 6 });
const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  a: nullable(fc.integer({ min: -2, max: 3 })),
  b: nullable(fc.constantFrom('x', 'X', 'é', '～', '😀', 'a\tb', '')),
  v: nullable(fc.constantFrom('1', '1.0', '1.004', '2', '-3.50')),
  w: nullable(fc.constantFrom('p', ' P ', 'q')),
  active: fc.boolean(),
});
const stateArbitrary = fc.record({
  left: fc.array(rowArbitrary, { maxLength: 9 }),
  right: fc.array(rowArbitrary, { maxLength: 9 }),
  universe: fc.constantFrom('both', 'left', 'right'),
  filterLeft: fc.boolean(),
  filterRight: fc.boolean(),
  normalise: fc.boolean(),
  tolerance: fc.boolean(),
  unique: fc.boolean(),
  mirror: fc.boolean(),
});

/** As a table with UNIQUE (a, b) would hold them: NULLs are distinct from each other. */
function withoutDuplicates(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    if (row.a === null || row.b === null) return true;
    const key = JSON.stringify([row.a, row.b]);
    return !seen.has(key) && seen.add(key);
  });
}

function summary(rows: readonly Disagreement[]): string[] {
  return rows.map((row) => `${row.kind} ${keyText(row.key)} ${JSON.stringify([row.left, row.right])}`).sort();
}

describe.each(ENGINES)('$title', ({ engine, dialect, start, states }) => {
  let database: AnyDatabase;
  let sources: ReadonlyMap<string, Source>;

  beforeAll(async () => {
    database = await start();
    for (const side of ['l', 'r']) {
      const columns = 'a int, b text, v numeric, w text, active boolean NOT NULL';
      await database.run(
        `CREATE TABLE ${side} (${columns}); CREATE TABLE ${side}u (${columns}, UNIQUE (a, b))`,
      );
    }
    sources = openSources(engine, database.url);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...sources.values()].map((source) => source.close()));
    await database.stop();
  });

  async function fill(table: string, rows: readonly Row[]): Promise<void> {
    const values = rows.map(
      ({ a, b, v, w, active }) => `(${[a, b, v, w].map(literal).join(', ')}, ${String(active)})`,
    );
    const insert = rows.length === 0 ? '' : `INSERT INTO ${table} VALUES ${values.join(', ')}`;
    await database.run(`DELETE FROM ${table}; ${insert}`);
  }

  async function found(kind: CheckKind, spec: unknown): Promise<Expected> {
    const rows: Disagreement[] = [];
    const check = checkOf(kind, spec);
    const look = {
      source: (name: string) => {
        const source = sources.get(name);
        if (!source) throw new Error(name);
        return source;
      },
      timeoutMs: 10_000,
      signal: new AbortController().signal,
    };
    const population = await kind.evaluate(check, look, (row) => rows.push(row));
    const again = await kind.recheck(check, look, rows);
    expect(summary(again)).toEqual(summary(rows));
    return { checked: population.checked, empty: population.empty, rows: summary(rows) };
  }

  test(`every coupling agrees with an oracle that looks at one key at a time (${String(states)} states)`, async () => {
    await fc.assert(
      fc.asyncProperty(stateArbitrary, async (state) => {
        const suffix = state.unique ? 'u' : '';
        const mirrored = state.mirror ? state.left.map((row) => ({ ...row })) : state.right;
        const [left, right] = [state.left, mirrored].map((rows) =>
          state.unique ? withoutDuplicates(rows) : rows,
        ) as [Row[], Row[]];
        await fill(`l${suffix}`, left);
        await fill(`r${suffix}`, right);
        const expected = expectedCoupling(asShown(left, dialect), asShown(right, dialect), {
          ...state,
          letters: dialect === 'postgres' ? 'all' : 'ASCII',
        });
        const side = (source: string, table: string, filtered: boolean) => ({
          source,
          table,
          key: ['a', 'b'],
          compare: ['v', 'w'],
          ...(filtered && { where: 'active -- only these' }),
        });
        for (const other of ['here', 'there']) {
          const spec = {
            left: side('here', `l${suffix}`, state.filterLeft),
            right: side(other, `r${suffix}`, state.filterRight),
            universe: state.universe,
            ...(state.normalise && { normalise: { b: ['upper'], w: ['trim', 'lower'] } }),
            ...(state.tolerance && { tolerance: { v: 0.01 } }),
          };
          expect({ other, ...(await found(coupling, spec)) }).toEqual({ other, ...expected });
        }
      }),
      { numRuns: states },
    );
  }, 600_000);

  test(`every reference agrees with the oracle (${String(Math.ceil(states / 4))} states)`, async () => {
    await fc.assert(
      fc.asyncProperty(stateArbitrary, async ({ left, right, filterLeft, filterRight }) => {
        await fill('l', left);
        await fill('r', right);
        const expected = expectedReference(left, right, { filterLeft, filterRight });
        const side = (source: string, table: string, filtered: boolean) => ({
          source,
          table,
          key: ['a', 'b'],
          ...(filtered && { where: 'active' }),
        });
        for (const other of ['here', 'there']) {
          const spec = { from: side('here', 'l', filterLeft), to: side(other, 'r', filterRight) };
          expect({ other, ...(await found(reference, spec)) }).toEqual({ other, ...expected });
        }
      }),
      { numRuns: Math.ceil(states / 4) },
    );
  }, 600_000);
});

const literal = (value: string | number | null): string =>
  value === null ? 'NULL' : typeof value === 'number' ? String(value) : `'${value}'`;

/** A number without digits of its own, where the database keeps none. */
function asShown(rows: readonly Row[], dialect: AnyEngine['dialect']): Row[] {
  return dialect === 'postgres'
    ? [...rows]
    : rows.map((row) => ({ ...row, v: row.v === null ? null : Number(row.v) }));
}
