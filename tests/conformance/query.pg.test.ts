/** Kind `query` on every engine: rows of a statement are violations. */
import { query } from '../../exporter/src/checks/query.ts';
import type { Check } from '../../exporter/src/core/check.ts';
import { SourceError } from '../../exporter/src/core/errors.ts';
import { conclude } from '../../exporter/src/core/run.ts';
import { Tally } from '../../exporter/src/core/tally.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { EVERY_ENGINE, evaluated, lookAt, openSources } from './source-engines.ts';

describe.each(EVERY_ENGINE)('$title', ({ engine, dialect, start }) => {
  let database: Awaited<ReturnType<typeof start>>;
  let sources: ReadonlyMap<string, Source>;

  beforeAll(async () => {
    database = await start();
    sources = openSources(engine, database.url);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...sources.values()].map((source) => source.close()));
    await database.stop();
  });

  beforeEach(async () => {
    await database.clear();
    await database.run(`CREATE TABLE users (user_id int PRIMARY KEY, name text, ssn text);
      CREATE TABLE user_roles (user_id int, role text, is_active boolean);
      INSERT INTO users VALUES (1, 'ada', 'private-1'), (2, 'bob', 'private-2'), (3, 'eve', 'private-3');
      INSERT INTO user_roles VALUES (1, 'admin', true), (2, 'patient', false)`);
  });

  const WITHOUT_ROLE = `SELECT u.* FROM users AS u WHERE NOT EXISTS
    (SELECT 1 FROM user_roles AS r WHERE r.user_id = u.user_id AND r.is_active)`;
  const checkWith = (change: object = {}): Check =>
    checkOf(query, {
      source: 'here',
      sql: WITHOUT_ROLE,
      key: ['user_id'],
      show: ['name'],
      population: 'SELECT count(*) FROM users',
      ...change,
    });
  const look = () => lookAt(sources);
  const row = (key: number, name: string | null) => ({ kind: 'row', key: [key], left: [name], right: null });

  test('each row is a violation under its key, with the columns that are shown and no other', async () => {
    const { rows, population } = await evaluated(query, checkWith(), look());
    expect(rows).toEqual([row(2, 'bob'), row(3, 'eve')]);
    expect(population).toEqual({ checked: 3, left: null, right: null, empty: false });
    expect(JSON.stringify(await query.rows(checkWith(), look(), ['2']))).not.toContain('private');
  });

  test('a statement without rows passes', async () => {
    await database.run('DELETE FROM users WHERE user_id > 1');
    const { rows, population } = await evaluated(query, checkWith(), look());
    expect([rows, population]).toEqual([[], { checked: 1, left: null, right: null, empty: false }]);
  });

  test('nothing checked is not consistent', async () => {
    await database.run('DELETE FROM users');
    const check = checkWith();
    const { population } = await evaluated(query, check, look());
    expect(conclude(population, new Tally(1, new Set()), check).status).toBe('unknown');
  });

  test('a redacted column is told to be there, in a violation and in its rows, and its value is not', async () => {
    await database.run('UPDATE users SET ssn = NULL WHERE user_id = 3');
    const check = checkWith({ show: ['name', 'ssn'], redact: ['ssn'] });
    const { rows } = await evaluated(query, check, look());
    expect(rows.map(({ left }) => left)).toEqual([['bob', '[redacted]'], ['eve', null]]); // prettier-ignore
    expect(await query.rows(check, look(), [2])).toEqual([
      {
        ...{ side: null, source: 'here', table: 'rows of the statement' },
        rows: [{ user_id: 2, name: 'bob', ssn: '[redacted]' }],
      },
    ]);
  });

  test('rows that share a key are one violation, of which no row stands for the others', async () => {
    const sql = `SELECT role, user_id FROM user_roles UNION ALL SELECT 'patient', 9`;
    const check = checkWith({ sql, key: ['role'], show: ['user_id'], population: 'SELECT 5' });
    const { rows } = await evaluated(query, check, look());
    expect(rows).toEqual([
      { kind: 'row', key: ['admin'], left: [1], right: null },
      { kind: 'row', key: ['patient'], left: null, right: null },
    ]);
    const [found] = await query.rows(check, look(), ['patient']);
    expect(found?.rows.map((each) => each['user_id']).sort()).toEqual([2, 9]);
  });

  test('a key may have several parts, and NULLs', async () => {
    const check = checkWith({
      sql: `SELECT 1 AS a, NULL AS b UNION ALL SELECT 2, 'x'`,
      key: ['a', 'b'],
      show: [],
    });
    const { rows } = await evaluated(query, check, look());
    expect(rows.map(({ key, left }) => [key, left])).toEqual([[[1, null], []], [[2, 'x'], []]]); // prettier-ignore
  });

  test('a population that leaves violations out never gives less than nothing consistent', async () => {
    const { population } = await evaluated(query, checkWith({ population: 'SELECT 1' }), look());
    expect(population.checked).toBe(2);
    expect(await query.inspect(checkWith({ population: 'SELECT 1' }), look())).toContainEqual({
      level: 'warning',
      message: 'the statement finds 2 among 1: population must count every key that the statement can find',
    });
  });

  // tests/conformance/libsql-file.test.ts has the snapshot of a file; a server has none
  if (dialect === 'postgres')
    test('both statements see one snapshot', async () => {
      const sql = `${WITHOUT_ROLE} AND pg_sleep(0.2) IS NOT NULL`;
      const running = evaluated(query, checkWith({ sql }), look());
      await new Promise((resolve) => setTimeout(resolve, 100));
      await database.run(`INSERT INTO users SELECT g, 'late' FROM generate_series(10, 20) AS g`);
      expect((await running).population.checked).toBeLessThan(14);
    });

  test.each([
    [{ key: ['usr_id'] }, 'gives no column "usr_id"; did you mean "user_id"?'],
    [{ show: ['nam'] }, 'gives no column "nam"; did you mean "name"?'],
    [
      { sql: 'SELECT * FROM usrs' },
      dialect === 'postgres' ? 'relation "usrs" does not exist' : 'no such table: usrs',
    ],
    [{ sql: 'DELETE FROM users RETURNING user_id, name' }, 'a single SELECT'],
    [{ sql: `${WITHOUT_ROLE}; SELECT 1` }, 'a single SELECT'],
    [{ population: 'SELECT name FROM users WHERE user_id = 1' }, 'must give one row with one whole number'],
    [{ population: 'SELECT user_id FROM users' }, 'must give one row with one whole number'],
  ])('what cannot be asked is an error and no violation: %j', async (change, message) => {
    const asked = query.evaluate(checkWith(change), look(), () => undefined);
    await expect(asked).rejects.toThrow(SourceError);
    await expect(asked).rejects.toThrow(message);
    await expect(query.inspect(checkWith(change), look())).rejects.toThrow(message);
  });

  test('explain shows the plans of both statements, and inspect what they find', async () => {
    const explanations = await query.explain(checkWith(), look());
    expect(explanations.map(({ sql }) => sql.includes('NOT EXISTS'))).toEqual([true, false]);
    const [first, ...plans] = await query.inspect(checkWith(), look());
    expect(first).toEqual({ level: 'ok', message: 'the statement finds 2 among 3' });
    // SQLite estimates nothing of a statement
    const expected = dialect === 'postgres' ? ['plan:', 'plan:'] : [];
    expect(plans.map(({ message }) => message.slice(0, 5))).toEqual(expected);
  });
});
