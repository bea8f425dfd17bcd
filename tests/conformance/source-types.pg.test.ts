/** Any type that a database can compare works as value and as key, and nothing is rounded on its way to JSON. */
import pg from 'pg';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { ENGINES_UNDER_TEST, evaluated, lookAt, openSources, PATHS } from './source-engines.ts';
import { KEY_CASES, TYPES_SQL, VALUE_CASES } from './source-types.ts';

describe.each(ENGINES_UNDER_TEST)('$title', ({ engine, start }) => {
  let database: Awaited<ReturnType<typeof start>>;
  let client: pg.Client;
  let sources: ReadonlyMap<string, Source>;

  beforeAll(async () => {
    database = await start();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(TYPES_SQL);
    sources = openSources(engine, database.url);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...sources.values()].map((source) => source.close()));
    await client.end();
    await database.stop();
  });

  const tables = (left: string, right: string, rows: readonly string[]): Promise<unknown> =>
    client.query(
      [
        'DROP TABLE IF EXISTS l, r',
        `CREATE TABLE l (${left})`,
        `CREATE TABLE r (${right})`,
        ...rows.map((row) => `INSERT INTO ${row}`),
      ].join(';\n'),
    );

  describe.each(PATHS)('$path', ({ right }) => {
    test.each(VALUE_CASES)('compares values: $title', async ({ type, rightType = type, pairs }) => {
      const rows = pairs.flatMap((pair, id) => [
        `l VALUES (${String(id)}, ${pair.left})`,
        `r VALUES (${String(id)}, ${pair.right})`,
      ]);
      await tables(`id int PRIMARY KEY, v ${type}`, `id int PRIMARY KEY, v ${rightType}`, rows);
      const side = { table: 'l', key: ['id'], compare: ['v'] };
      const spec = { left: { ...side, source: 'here' }, right: { ...side, table: 'r', source: right } };
      const found = await evaluated(coupling, checkOf(coupling, spec), lookAt(sources));
      const expected = pairs.flatMap(({ shown }, id) =>
        shown ? [{ kind: 'mismatch', key: [id], left: [shown[0]], right: [shown[1]] }] : [],
      );
      expect(found.rows).toEqual(expected);
      expect(found.population).toEqual({
        checked: pairs.length, left: pairs.length, right: pairs.length, empty: false,
      }); // prettier-ignore
    });

    test.each(KEY_CASES)('finds keys: $title', async ({ type, rightType = type, ...keys }) => {
      const { shared, onlyLeft, onlyRight } = keys;
      const rows = [
        ...shared.flatMap(([l, r]) => [`l VALUES (${l}, 1)`, `r VALUES (${r}, 1)`]),
        `l VALUES (${onlyLeft[0]}, 2)`,
        `r VALUES (${onlyRight[0]}, 3)`,
      ];
      await tables(`k ${type}, v int`, `k ${rightType}, v int`, rows);
      const side = { table: 'l', key: ['k'], compare: ['v'] };
      const spec = { left: { ...side, source: 'here' }, right: { ...side, table: 'r', source: right } };
      const check = checkOf(coupling, spec);
      const { rows: found, population } = await evaluated(coupling, check, lookAt(sources));
      expect(Object.fromEntries(found.map((row) => [row.kind, row]))).toEqual({
        missing_right: { kind: 'missing_right', key: [onlyLeft[1]], left: [2], right: null },
        missing_left: { kind: 'missing_left', key: [onlyRight[1]], left: null, right: [3] },
      });
      expect(population).toMatchObject({ checked: shared.length + 2, left: shared.length + 1 });
      for (const row of found) {
        const [l, r] = await coupling.rows(check, lookAt(sources), row.key);
        expect([l?.rows.length, r?.rows.length]).toEqual(row.kind === 'missing_right' ? [1, 0] : [0, 1]);
      }
    });
  });
});
