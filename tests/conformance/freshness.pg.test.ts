/** Kind `freshness` on every engine: the newest row is young enough, and enough rows are. */
import { freshness } from '../../exporter/src/checks/freshness.ts';
import type { Check } from '../../exporter/src/core/check.ts';
import { SourceError } from '../../exporter/src/core/errors.ts';
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
    await database.run('CREATE TABLE audit_logs (action text, created_at timestamptz, day text)');
  });

  const checkWith = (change: object = {}): Check =>
    checkOf(freshness, {
      source: 'here',
      table: 'audit_logs',
      column: 'created_at',
      maxAge: '1h',
      ...change,
    });
  const look = () => lookAt(sources);
  const minimum = { count: 3, within: '1h' };
  const found = async (check: Check) => evaluated(freshness, check, look());
  const ago = (minutes: number): string =>
    dialect === 'postgres'
      ? `now() - make_interval(mins => ${String(minutes)})`
      : `strftime('%Y-%m-%d %H:%M:%f', 'now', '${String(-minutes)} minutes')`;
  const insert = (...minutes: readonly number[]) =>
    database.run(
      `INSERT INTO audit_logs (action, created_at) VALUES ${minutes.map((m) => `('role', ${ago(m)})`).join(', ')}`,
    );

  test('a young row passes, and its age is measured', async () => {
    await insert(10, 300);
    const { rows, population } = await found(checkWith());
    expect(rows).toEqual([]);
    expect(population).toMatchObject({ checked: 1, empty: false, measuredMs: { age: expect.any(Number) } });
    const age = (population as { measuredMs?: { age?: number } }).measuredMs?.age ?? 0;
    expect(Math.abs(age - 600_000)).toBeLessThan(60_000);
  });

  test('an old one is stale, by the instant that it has', async () => {
    await database.run(`INSERT INTO audit_logs (action, created_at) VALUES ('role', '2020-02-29T12:00:00Z')`);
    const { rows } = await found(checkWith());
    expect(rows).toEqual([
      { kind: 'stale', key: ['newest'], left: ['2020-02-29T12:00:00.000Z'], right: ['at most 1h old'] },
    ]);
  });

  test('an empty table is stale, and no reason not to know', async () => {
    const { rows, population } = await found(checkWith({ minimum }));
    expect(rows).toEqual([
      { kind: 'too_few', key: ['count'], left: [0], right: ['at least 3 within 1h'] },
      { kind: 'stale', key: ['newest'], left: [null], right: ['at most 1h old'] },
    ]);
    expect(population).toEqual({ checked: 2, left: null, right: null, empty: false, measuredMs: {} });
  });

  test('one young row of three that are wanted is too few, and not stale', async () => {
    await insert(10, 200, 300);
    const { rows, population } = await found(checkWith({ minimum }));
    expect(rows).toMatchObject([{ kind: 'too_few', left: [1] }]);
    expect(population.checked).toBe(2);
  });

  test('a row that is dated in the future keeps nothing fresh', async () => {
    await insert(-120, 120);
    expect((await found(checkWith({ minimum }))).rows.map(({ kind }) => kind)).toEqual(['too_few', 'stale']);
  });

  test('only rows of the condition, and by an expression where the column is no time', async () => {
    await database.run(
      `INSERT INTO audit_logs VALUES ('log-in', ${ago(0)}, '2020-01-01'), ('role', NULL, '2020-01-01')`,
    );
    expect((await found(checkWith())).rows).toEqual([]);
    expect((await found(checkWith({ where: `action = 'role'` }))).rows).toMatchObject([{ left: [null] }]);
    const column = { expr: dialect === 'postgres' ? 'day::date' : 'date(day)', as: 'day' };
    expect((await found(checkWith({ column }))).rows).toMatchObject([{ left: ['2020-01-01T00:00:00.000Z'] }]);
  });

  test('a redacted column is told to have a newest row, and not from when, anywhere', async () => {
    await database.run(`INSERT INTO audit_logs (action, created_at) VALUES ('role', '2020-02-29T12:00:00Z')`);
    const check = checkWith({ redact: ['created_at'] });
    const { rows } = await found(check);
    expect(rows).toMatchObject([{ kind: 'stale', left: ['[redacted]'] }]);
    expect(JSON.stringify(await freshness.rows(check, look(), ['newest']))).not.toContain('2020-02');
  });

  test('the drill-down tells what is there now, by the clock of the source', async () => {
    await insert(10, 20);
    const [shown] = await freshness.rows(checkWith({ minimum }), look(), ['newest']);
    expect(shown).toMatchObject({ side: null, source: 'here', table: 'audit_logs' });
    expect(shown?.rows).toEqual([
      { newest: expect.stringMatching(/^20.*Z$/), clock: expect.stringMatching(/^20.*Z$/), count: 2 },
    ]);
  });

  test.each([
    [{ table: 'audit_log' }, 'did you mean "audit_logs"?'],
    [{ column: 'created' }, 'did you mean "created_at"?'],
    [{ column: 'action' }, /"action" of table "audit_logs" (is text, not a|holds no) date or time/],
    [{ where: 'unheard = 1' }, /column "unheard" does not exist|no such column: unheard/],
  ])('what cannot be asked is an error and no violation: %j', async (change, message) => {
    await insert(10);
    const asked = freshness.evaluate(checkWith(change), look(), () => undefined);
    await expect(asked).rejects.toThrow(SourceError);
    await expect(asked).rejects.toThrow(message);
    await expect(freshness.inspect(checkWith(change), look())).rejects.toThrow(message);
  });

  test('inspect tells how old the newest row is, and the plan', async () => {
    expect((await freshness.inspect(checkWith(), look()))[0]?.message).toContain('no row has an instant');
    await insert(10);
    const [age, plan] = await freshness.inspect(checkWith({ minimum }), look());
    expect(age?.message).toMatch(/^the newest row is 10m \d+s old; young enough to count: 1$/);
    // SQLite estimates nothing of a statement
    if (dialect === 'postgres') expect(plan?.message).toMatch(/^plan: /);
    else expect(plan).toBeUndefined();
  });
});
