/**
 * Random small databases against an oracle that looks at one key at a time: counts and rows must be exactly equal, on
 * the single statement and on the ordered merge. LOCKSTEP_PROPERTY_STATES sets how many (1,000 by default).
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { reference } from '../../exporter/src/checks/reference.ts';
import type { CheckKind } from '../../exporter/src/checks/kind.ts';
import { keyText, type Disagreement } from '../../exporter/src/core/violation.ts';
import { postgres } from '../../exporter/src/sources/postgres.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { checkOf } from '../check-of.ts';
import { expectedCoupling, expectedReference, type Expected, type Row } from './oracle.ts';

const STATES = Number(process.env['LOCKSTEP_PROPERTY_STATES'] ?? 1_000);

let database: TestDatabase;
let client: pg.Client;
let sources: ReadonlyMap<string, Source>;

beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const side of ['l', 'r']) {
    await client.query(`CREATE TABLE ${side} (a int, b text, v numeric, w text, active boolean NOT NULL)`);
    await client.query(
      `CREATE TABLE ${side}u (a int, b text, v numeric, w text, active boolean NOT NULL, UNIQUE (a, b))`,
    );
  }
  const entry = { url: database.url };
  // the same database under two names: a check over both has to merge
  sources = new Map(['here', 'there'].map((name) => [name, postgres.open(name, entry)]));
});

afterAll(async () => {
  await Promise.all([...sources.values()].map((source) => source.close()));
  await client.end();
  await database.drop();
});

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

async function fill(table: string, rows: readonly Row[]): Promise<void> {
  await client.query(`TRUNCATE ${table}`);
  await client.query(
    `INSERT INTO ${table} SELECT * FROM unnest($1::int[], $2::text[], $3::numeric[], $4::text[], $5::boolean[])`,
    [
      rows.map((r) => r.a),
      rows.map((r) => r.b),
      rows.map((r) => r.v),
      rows.map((r) => r.w),
      rows.map((r) => r.active),
    ],
  );
}

/** As a table with UNIQUE (a, b) would hold them: NULLs are distinct from each other. */
function withoutDuplicates(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    if (row.a === null || row.b === null) return true;
    const key = JSON.stringify([row.a, row.b]);
    return !seen.has(key) && seen.add(key);
  });
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

function summary(rows: readonly Disagreement[]): string[] {
  return rows.map((row) => `${row.kind} ${keyText(row.key)} ${JSON.stringify([row.left, row.right])}`).sort();
}

test(`every coupling agrees with an oracle that looks at one key at a time (${String(STATES)} states)`, async () => {
  await fc.assert(
    fc.asyncProperty(stateArbitrary, async (state) => {
      const suffix = state.unique ? 'u' : '';
      const mirrored = state.mirror ? state.left.map((row) => ({ ...row })) : state.right;
      const [left, right] = [state.left, mirrored].map((rows) =>
        state.unique ? withoutDuplicates(rows) : rows,
      ) as [Row[], Row[]];
      await fill(`l${suffix}`, left);
      await fill(`r${suffix}`, right);
      const expected = expectedCoupling(left, right, state);
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
    { numRuns: STATES },
  );
}, 600_000);

test(`every reference agrees with the oracle (${String(Math.ceil(STATES / 4))} states)`, async () => {
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
    { numRuns: Math.ceil(STATES / 4) },
  );
}, 600_000);
