/** What a libSQL file and a libSQL server answer to statements of the configuration, and what is measured on them. */
import { SourceError } from '../../exporter/src/core/errors.ts';
import type { Value } from '../../exporter/src/core/value.ts';
import { libsql } from '../../exporter/src/sources/libsql.ts';
import type { Reader, Recency, Side, Source } from '../../exporter/src/sources/source.ts';
import { EVERY_ENGINE, type AnyDatabase } from './source-engines.ts';

const limits = { timeoutMs: 20_000, signal: new AbortController().signal };
const MINUTE_MS = 60_000;
const series = (n: number): string =>
  `WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${String(n)})`;

describe.each(EVERY_ENGINE.filter(({ dialect }) => dialect === 'libsql'))('$title', ({ start }) => {
  let database: AnyDatabase;
  let source: Source;

  beforeAll(async () => {
    database = await start();
    source = libsql.open('app', { url: database.url });
  }, 60_000);

  afterAll(async () => {
    await source.close();
    await database.stop();
  });

  beforeEach(async () => {
    await database.clear();
    await database.run('CREATE TABLE users (id INTEGER PRIMARY KEY, name text, seen datetime)');
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
    test('gives the columns that are asked for, in that order, equal keys one after the other', async () => {
      await database.run("INSERT INTO users (id, name) VALUES (1, 'ada'), (2, NULL)");
      expect(await selected('SELECT *, 1 AS id2 FROM users', ['id'], ['name'])).toEqual([[1, 'ada'], [2, null]]); // prettier-ignore
      expect(await selected('SELECT 1 AS id UNION ALL SELECT 2', [], [])).toEqual([[], []]);
      const keyed = await selected(`${series(9)} SELECT n % 3 AS id, n FROM s`, ['id'], ['n']);
      expect(keyed.map(([id]) => id)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    });

    test('may end in a semicolon or a comment', async () => {
      expect(await selected('SELECT 1 AS id;\n', ['id'])).toEqual([[1]]);
      expect(await selected('SELECT 1 AS id -- one', ['id'])).toEqual([[1]]);
    });

    test('that lacks a column, or gives two of one name, says so without any row', async () => {
      expect(await failure(selected('SELECT id AS user_id FROM users', ['user_i']))).toBe(
        'source "app": the statement gives no column "user_i"; did you mean "user_id"?',
      );
      expect(await failure(selected('SELECT 1 AS a, 2 AS id, 3 AS id', ['id']))).toContain('two columns "id"; rename one'); // prettier-ignore
    });

    test.each([
      'SELECT 1 AS id; SELECT 2 AS id',
      'SELECT 1 AS id) AS asked; SELECT * FROM (SELECT 2 AS id',
      'SELECT 1 AS id) AS a; DELETE FROM users; --',
      'DELETE FROM users RETURNING id',
      'COMMIT',
      'SELECT id FORM users',
    ])('that is more than one SELECT, or none, is refused, and nothing runs: %s', async (sql) => {
      await database.run('INSERT INTO users (id) VALUES (1)');
      expect(await failure(selected(sql, ['id']))).toMatch(/ a single SELECT$/);
      expect(await failure(ask((reader) => reader.selectCount(sql)))).toMatch(/ a single SELECT$/);
      expect(await failure(ask((reader) => reader.explain({ sql })))).toMatch(/ a single SELECT$/);
      expect(await ask((reader) => reader.selectCount('SELECT count(*) FROM users'))).toBe(1);
    });

    test('twenty thousand rows arrive one by one', async () => {
      let rows = 0;
      const sql = `${series(20_000)} SELECT n AS id FROM s`;
      await ask((reader) => reader.select({ sql, key: ['id'], show: [] }, () => (rows += 1)));
      expect(rows).toBe(20_000);
    });

    test('can be explained and timed', async () => {
      const [explanation] = await ask((reader) => reader.explain({ sql: 'SELECT id FROM users;' }));
      expect(explanation?.plan.join('\n')).toContain('SCAN users');
      expect(await ask((reader) => reader.statementTimes('SELECT * FROM users;', 5))).toHaveLength(5);
    });

    test.each([
      ['no row', 'SELECT id FROM users'],
      ['two rows', 'SELECT 1 UNION ALL SELECT 2'],
      ['two columns', 'SELECT 1, 2'],
      ['a text', "SELECT 'many'"],
      ['a fraction', 'SELECT 1.5'],
      ['a negative number', 'SELECT -1'],
      ['nothing', 'SELECT NULL'],
    ])('that counts is refused when it gives %s', async (_what, sql) => {
      expect(await failure(ask((reader) => reader.selectCount(sql)))).toContain('must give one row with one whole number'); // prettier-ignore
    });
  });

  describe('how young rows are', () => {
    const seen = { label: 'seen', column: 'seen', normalise: [] };
    const users: Recency = { schema: null, table: 'users', where: null, column: seen, withinMs: null };

    test.each([
      ['a text in UTC', "datetime('now', '-90 seconds')"],
      [
        'a text with an offset',
        "strftime('%Y-%m-%dT%H:%M:%S', 'now', '-90 seconds', '+2 hours') || '+02:00'",
      ],
      ['seconds since 1970', "unixepoch('now', '-90 seconds')"],
      ['milliseconds since 1970', "unixepoch('now', '-90 seconds') * 1000"],
    ])('is told of %s, by the clock of the source', async (_what, at) => {
      await database.run(`INSERT INTO users (id, seen) VALUES (1, ${at}), (2, '2020-01-01')`);
      const { now, newest, recent } = await ask((reader) => reader.recency({ ...users, withinMs: 10 * MINUTE_MS })); // prettier-ignore
      expect(now - (newest ?? 0)).toBeGreaterThanOrEqual(89_000);
      expect(now - (newest ?? 0)).toBeLessThan(90_000 + MINUTE_MS);
      expect(recent).toBe(1);
    });

    test('rows of the future, of no time and outside of the condition do not count', async () => {
      await database.run(`INSERT INTO users VALUES (1, 'x', datetime('now', '-10 minutes')), (2, 'x', datetime('now', '+1 day')),
        (3, 'x', 'now'), (4, 'x', NULL), (5, 'y', datetime('now'))`);
      const asked = { ...users, where: "name = 'x'", withinMs: 60 * MINUTE_MS };
      const { now, newest, recent } = await ask((reader) => reader.recency(asked));
      expect(now - (newest ?? 0)).toBeGreaterThanOrEqual(10 * MINUTE_MS - 1_000);
      expect(recent).toBe(1);
    });

    test('an empty table has no newest row, and a column without times is refused by name', async () => {
      expect(await ask((reader) => reader.recency({ ...users, withinMs: 1_000 }))).toMatchObject({ newest: null, recent: 0 }); // prettier-ignore
      expect(await ask((reader) => reader.recency(users))).toMatchObject({ newest: null, recent: null });
      await database.run("INSERT INTO users VALUES (1, 'ada', NULL)");
      const of = (name: string) =>
        ask((reader) => reader.recency({ ...users, column: { ...seen, label: name, column: name } }));
      expect(await failure(of('name'))).toContain('"name" of table "users" holds no date or time');
      expect(await failure(of('sen'))).toContain('did you mean "seen"?');
    });
  });

  describe('look-ups', () => {
    const key = (...names: string[]) => names.map((column) => ({ label: column, column, normalise: [] }));
    const users: Side = {
      schema: null,
      table: 'users',
      where: null,
      key: key('id'),
      compare: [],
      context: [],
    };
    const times = (side: Side, samples: number) => ask((reader) => reader.lookupTimes(side, samples));

    test('are timed one by one, as many as there are keys, and none in an empty table', async () => {
      expect(await times(users, 20)).toEqual([]);
      await database.run("INSERT INTO users (id, name) VALUES (1, 'a'), (2, NULL)");
      const measured = await times(users, 20);
      expect(measured).toHaveLength(2);
      expect(measured.every((ms) => ms > 0)).toBe(true);
      expect(await times({ ...users, key: key('id', 'name') }, 20)).toHaveLength(1);
    });

    test('find keys in a view and by a condition, and are explained by their index', async () => {
      await database.run(`INSERT INTO users (id, name) ${series(100)} SELECT n, 'n' || (n % 7) FROM s;
        CREATE VIEW named AS SELECT * FROM users`);
      expect(await times({ ...users, table: 'named', key: key('name') }, 20)).toHaveLength(7);
      expect(await times({ ...users, where: 'id = 99' }, 20)).toHaveLength(1);
      const [explanation] = await ask((reader) => reader.explain({ lookup: users }));
      expect(explanation?.plan.join('\n')).toContain('SEARCH users USING INTEGER PRIMARY KEY');
    });
  });
});
