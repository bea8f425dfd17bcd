/** What a source answers to statements of the configuration, and what it measures. */
import pg from 'pg';
import { SourceError } from '../../exporter/src/core/errors.ts';
import type { Value } from '../../exporter/src/core/value.ts';
import type { Reader, Recency, Side, Source } from '../../exporter/src/sources/source.ts';
import { ENGINES_UNDER_TEST } from './source-engines.ts';

const limits = { timeoutMs: 10_000, signal: new AbortController().signal };
const MINUTE_MS = 60_000;

describe.each(ENGINES_UNDER_TEST)('$title', ({ engine, start }) => {
  let database: Awaited<ReturnType<typeof start>>;
  let client: pg.Client;
  let source: Source;

  beforeAll(async () => {
    database = await start();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    source = engine.open('app', { url: database.url });
  }, 60_000);

  afterAll(async () => {
    await source.close();
    await client.end();
    await database.stop();
  });

  beforeEach(async () => {
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await client.query(
      'CREATE TABLE users (id int PRIMARY KEY, name text, born date, seen timestamptz, paid numeric)',
    );
  });

  const ask = <T>(body: (reader: Reader) => Promise<T>): Promise<T> => source.look(limits, body);

  async function selected(sql: string, key: string[], show: string[] = []): Promise<(readonly Value[])[]> {
    const rows: (readonly Value[])[] = [];
    await ask((reader) => reader.select({ sql, key, show }, (k, shown) => rows.push([...k, ...shown])));
    return rows;
  }

  async function failure(work: Promise<unknown>): Promise<string> {
    const error: unknown = await work.then(() => null, (reason: unknown) => reason); // prettier-ignore
    expect(error).toBeInstanceOf(SourceError);
    return error instanceof Error ? error.message : '';
  }

  describe('a statement', () => {
    test('gives the columns that are asked for, in that order, and nothing else', async () => {
      await client.query(`INSERT INTO users VALUES (1, 'ada', NULL, NULL, 1.50), (2, NULL, NULL, NULL, 2)`);
      const sql = 'SELECT *, 1 AS id2 FROM users ORDER BY id';
      expect(await selected(sql, ['id'], ['name'])).toEqual([[1, 'ada'], [2, null]]); // prettier-ignore
      expect(await selected(sql, [], [])).toEqual([[], []]);
    });

    test('gives one value for equal keys, and a shown value as it stands', async () => {
      const sql = 'SELECT 1.50 AS a, 1.50 AS b';
      expect(await selected(sql, ['a'], ['b'])).toEqual([['1.5', '1.50']]);
    });

    test('gives equal keys one after the other', async () => {
      const sql = 'SELECT g % 3 AS id, g AS n FROM generate_series(1, 9) AS g';
      expect((await selected(sql, ['id'], ['n'])).map(([id]) => id)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    });

    test('may end in a semicolon or a comment', async () => {
      expect(await selected('SELECT 1 AS id;\n', ['id'])).toEqual([[1]]);
      expect(await selected('SELECT 1 AS id -- one', ['id'])).toEqual([[1]]);
    });

    test('that lacks a column says so, with and without rows', async () => {
      for (const sql of ['SELECT id AS user_id FROM users', 'SELECT 1 AS user_id']) {
        expect(await failure(selected(sql, ['user_i']))).toBe(
          'source "app": the statement gives no column "user_i"; did you mean "user_id"?',
        );
      }
    });

    test('with two columns of the name that is asked for says so', async () => {
      expect(await failure(selected('SELECT 1 AS id, 2 AS id', ['id']))).toContain(
        'two columns "id"; rename one',
      );
    });

    test.each([
      'SELECT 1 AS id; SELECT 2 AS id',
      'SELECT 1 AS id) AS asked; SELECT * FROM (SELECT 2 AS id',
      'SELECT 1 AS id) AS a; COMMIT; DELETE FROM users; --',
    ])('with a second one behind it is refused, and neither runs: %s', async (sql) => {
      await client.query('INSERT INTO users (id) VALUES (1)');
      expect(await failure(selected(sql, ['id']))).toMatch(/ a single SELECT$/);
      expect(await failure(ask((reader) => reader.selectCount(sql)))).toMatch(/ a single SELECT$/);
      expect(await failure(ask((reader) => reader.explain({ sql })))).toMatch(/ a single SELECT$/);
      expect((await client.query('SELECT * FROM users')).rowCount).toBe(1);
    });

    test.each([
      'DELETE FROM users RETURNING id',
      'WITH gone AS (DELETE FROM users RETURNING id) SELECT id FROM gone',
      'COMMIT',
      "SELECT set_config('transaction_read_only', 'off', true) AS id",
    ])('that would write, or would make writing possible, is refused: %s', async (sql) => {
      await client.query('INSERT INTO users (id) VALUES (1)');
      await failure(selected(sql, ['id']));
      expect((await client.query('SELECT * FROM users')).rowCount).toBe(1);
    });

    test('that is no SQL says where', async () => {
      expect(await failure(selected('SELECT id FORM users', ['id']))).toBe(
        'source "app": syntax error at or near "users" (42601): the statement of the check must be a single SELECT',
      );
    });

    test('a hundred thousand rows arrive one by one', async () => {
      let rows = 0;
      const sql = 'SELECT g AS id FROM generate_series(1, 100000) AS g';
      await ask((reader) => reader.select({ sql, key: ['id'], show: [] }, () => (rows += 1)));
      expect(rows).toBe(100_000);
    });

    test('can be explained', async () => {
      const [explanation] = await ask((reader) => reader.explain({ sql: 'SELECT id FROM users;' }));
      expect(explanation?.plan.join('\n')).toContain('users');
    });
  });

  describe('a statement that counts', () => {
    test('gives its one number', async () => {
      await client.query('INSERT INTO users (id) VALUES (1), (2)');
      expect(await ask((reader) => reader.selectCount('SELECT count(*) FROM users'))).toBe(2);
    });

    test.each([
      ['no row', 'SELECT id FROM users'],
      ['two rows', 'SELECT 1 UNION ALL SELECT 2'],
      ['two columns', 'SELECT 1, 2'],
      ['a text', "SELECT 'many'"],
      ['a fraction', 'SELECT 1.5'],
      ['a negative number', 'SELECT -1'],
      ['nothing', 'SELECT NULL::int'],
    ])('is refused when it gives %s', async (_what, sql) => {
      expect(await failure(ask((reader) => reader.selectCount(sql)))).toContain(
        'must give one row with one whole number',
      );
    });
  });

  describe('how young rows are', () => {
    const users: Recency = {
      schema: null,
      table: 'users',
      where: null,
      column: { label: 'seen', column: 'seen', normalise: [] },
      withinMs: null,
    };

    test('is told by the clock of the source, in milliseconds', async () => {
      await client.query(
        `INSERT INTO users (id, seen) VALUES (1, now() - interval '90 s'), (2, now() - interval '2 d')`,
      );
      const { now, newest, recent } = await ask((reader) => reader.recency(users));
      expect(now - (newest ?? 0)).toBeGreaterThanOrEqual(90_000);
      expect(now - (newest ?? 0)).toBeLessThan(90_000 + MINUTE_MS);
      expect(recent).toBeNull();
    });

    test('rows of the future and of no time at all do not count', async () => {
      const seen = `now() - interval '10 m'`;
      await client.query(
        `INSERT INTO users (id, seen) VALUES (1, ${seen}), (2, now() + interval '1 d'), (3, 'infinity'), (4, '-infinity'), (5, NULL)`,
      );
      const { now, newest, recent } = await ask((reader) =>
        reader.recency({ ...users, withinMs: 3_600_000 }),
      );
      expect(now - (newest ?? 0)).toBeGreaterThanOrEqual(10 * MINUTE_MS);
      expect(recent).toBe(1);
    });

    test('an empty table has no newest row and none that is recent', async () => {
      const facts = await ask((reader) => reader.recency({ ...users, withinMs: 1_000 }));
      expect(facts).toMatchObject({ newest: null, recent: 0 });
      await client.query(`INSERT INTO users (id, seen) VALUES (1, '-infinity')`);
      expect(await ask((reader) => reader.recency(users))).toMatchObject({ newest: null });
    });

    test('only the rows of the condition count', async () => {
      await client.query(
        `INSERT INTO users (id, name, seen) VALUES (1, 'x', now()), (2, 'y', now() - interval '1 h')`,
      );
      const { now, newest, recent } = await ask((reader) =>
        reader.recency({ ...users, where: `name = 'y'`, withinMs: 1_800_000 }),
      );
      expect(now - (newest ?? 0)).toBeGreaterThanOrEqual(3_600_000);
      expect(recent).toBe(0);
    });

    test('a date is its first moment, in UTC', async () => {
      await client.query(`INSERT INTO users (id, born) VALUES (1, '2020-02-29')`);
      const born = { ...users, column: { label: 'born', column: 'born', normalise: [] } };
      expect((await ask((reader) => reader.recency(born))).newest).toBe(Date.parse('2020-02-29T00:00:00Z'));
    });

    test('a column that is no time, or is not there, is refused by name', async () => {
      const of = (name: string) =>
        ask((reader) => reader.recency({ ...users, column: { label: name, column: name, normalise: [] } }));
      expect(await failure(of('name'))).toBe(
        'source "app": "name" of table "users" is text, not a date or time; write it as expr: with a cast',
      );
      expect(await failure(of('sen'))).toContain('did you mean "seen"?');
    });

    test('reads the end of an index and not the table', async () => {
      await client.query(`INSERT INTO users SELECT g, NULL, NULL, now() - g * interval '1 s' FROM generate_series(1, 20000) AS g;
        CREATE INDEX ON users (seen); ANALYZE users`);
      const [explanation] = await ask((reader) => reader.explain({ recency: { ...users, withinMs: 5_000 } }));
      expect(explanation?.plan.join('\n')).toMatch(/Index Only Scan Backward/);
      expect(explanation?.plan.join('\n')).not.toMatch(/Seq Scan/);
    });
  });

  describe('look-ups', () => {
    const users: Side = {
      schema: null,
      table: 'users',
      where: null,
      key: [{ label: 'id', column: 'id', normalise: [] }],
      compare: [],
      context: [],
    };
    const times = (side: Side, samples: number) => ask((reader) => reader.lookupTimes(side, samples));

    test('are timed one by one', async () => {
      await client.query('INSERT INTO users (id) SELECT generate_series(1, 100)');
      const measured = await times(users, 20);
      expect(measured).toHaveLength(20);
      expect(measured.every((ms) => ms > 0 && ms < 10_000)).toBe(true);
    });

    test('are as many as there are keys, and none in an empty table', async () => {
      expect(await times(users, 20)).toEqual([]);
      await client.query('INSERT INTO users (id) VALUES (1), (2)');
      expect(await times(users, 20)).toHaveLength(2);
    });

    test('find keys in a large table, in a view, by a condition and of several columns', async () => {
      await client.query(`INSERT INTO users (id, name) SELECT g, 'n' || g % 7 FROM generate_series(1, 30000) AS g;
        CREATE VIEW named AS SELECT * FROM users; ANALYZE users`);
      expect(await times(users, 20)).toHaveLength(20);
      expect(await times({ ...users, table: 'named' }, 20)).toHaveLength(20);
      expect(await times({ ...users, where: 'id = 29999' }, 20)).toHaveLength(1);
      const key = ['id', 'name'].map((column) => ({ label: column, column, normalise: [] }));
      expect(await times({ ...users, key }, 20)).toHaveLength(20);
    });

    test('and statements are timed, as often as is asked, with every column computed', async () => {
      await client.query('INSERT INTO users (id) VALUES (1), (2)');
      const sql = 'SELECT id, pg_sleep(0.01) FROM users';
      const measured = await ask((reader) => reader.statementTimes(sql, 4));
      expect(measured).toHaveLength(4);
      expect(Math.min(...measured)).toBeGreaterThanOrEqual(20);
      expect(
        await ask((reader) => reader.statementTimes('SELECT id FROM users WHERE false', 2)),
      ).toHaveLength(2);
    });

    test.each(['SELECT 1; SELECT 2', 'DELETE FROM users RETURNING id', 'SELECT 1) AS asked; COMMIT; --'])(
      'a statement that is more or other than one SELECT is not timed: %s',
      async (sql) => {
        expect(await failure(ask((reader) => reader.statementTimes(sql, 1)))).toMatch(/ a single SELECT$/);
      },
    );

    test('are explained by the index that they use', async () => {
      await client.query('INSERT INTO users (id) SELECT generate_series(1, 20000); ANALYZE users');
      const [explanation] = await ask((reader) => reader.explain({ lookup: users }));
      expect(explanation?.plan.join('\n')).toContain('Index Scan using users_pkey');
    });
  });
});
