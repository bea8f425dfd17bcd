/** Kind `latency` on every engine: statements and look-ups stay within their limits. */
import { latency } from '../../exporter/src/checks/latency.ts';
import type { Evaluated } from '../../exporter/src/checks/kind.ts';
import type { Check } from '../../exporter/src/core/check.ts';
import { SourceError } from '../../exporter/src/core/errors.ts';
import { conclude } from '../../exporter/src/core/run.ts';
import { Tally } from '../../exporter/src/core/tally.ts';
import type { Disagreement } from '../../exporter/src/core/violation.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { EVERY_ENGINE, lookAt, openSources } from './source-engines.ts';

/** Takes 50 ms on Postgres, and at least the other number of milliseconds. */
const SLOW = {
  postgres: { sql: 'SELECT 1 AS one FROM pg_sleep(0.05)', ms: 50 },
  libsql: { sql: `${series(200_000)} SELECT count(*) AS one FROM n`, ms: 3 },
};

function series(count: number): string {
  return `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${String(count)})`;
}

describe.each(EVERY_ENGINE)('$title', ({ engine, dialect, start }) => {
  let database: Awaited<ReturnType<typeof start>>;
  let sources: ReadonlyMap<string, Source>;
  const slow = SLOW[dialect];

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
    await database.run('CREATE TABLE user_roles (user_id int, role text, ssn text)');
  });

  const checkWith = (change: object): Check => checkOf(latency, { source: 'here', ...change });
  const lookup = { table: 'user_roles', key: ['user_id'] };
  const look = () => lookAt(sources);

  async function found(
    check: Check,
  ): Promise<{ population: Evaluated; rows: Disagreement[]; status: string }> {
    const rows: Disagreement[] = [];
    const population = await latency.evaluate(check, look(), (row) => rows.push(row));
    const tally = new Tally(100, new Set());
    rows.forEach((row) => {
      tally.add(row);
    });
    return { population, rows, status: conclude(population, tally, check).status };
  }

  test('what is quick enough passes, and what it took is measured', async () => {
    const { population, rows, status } = await found(
      checkWith({ query: slow.sql, average: '1m', worst: '1m' }),
    );
    expect([rows, status, population.checked]).toEqual([[], 'healthy', 2]);
    const { average = 0, p95 = 0, worst = 0 } = population.measuredMs ?? {};
    expect(average).toBeGreaterThanOrEqual(slow.ms);
    expect(worst).toBeGreaterThanOrEqual(average);
    expect([population.latencyMs, p95]).toEqual([p95, worst]);
  });

  test('every limit that is broken is a violation of its own, with what was found and the limit', async () => {
    const { population, rows, status } = await found(
      checkWith({ query: slow.sql, samples: 1, average: '1ms', p95: '2ms', worst: '1m' }),
    );
    expect(rows).toEqual([
      { kind: 'average', key: ['average'], left: [expect.any(Number)], right: [1] },
      { kind: 'p95', key: ['p95'], left: [expect.any(Number)], right: [2] },
    ]);
    expect(Number(rows[0]?.left?.[0])).toBeGreaterThanOrEqual(slow.ms);
    expect([population.checked, status]).toEqual([3, 'critical']);
  });

  test('a target and a limit make a slow check degraded, and one that is slower critical', async () => {
    const thresholds = { healthy: 1, degraded: 0.5 };
    const statusWith = async (worst: string): Promise<string> => {
      const check = checkWith({ query: slow.sql, samples: 1, average: '1ms', worst });
      return (await found({ ...check, thresholds })).status;
    };
    expect(await statusWith('1m')).toBe('degraded');
    expect(await statusWith('2ms')).toBe('critical');
  });

  test('look-ups of keys that are there are timed, and neither a key nor a row leaves', async () => {
    await database.run(`INSERT INTO user_roles ${series(50)} SELECT 1, 'admin', 'private' FROM n`);
    const check = checkWith({ lookup: { ...lookup, key: ['role'] }, worst: '1ms', average: '1m' });
    const { population, rows } = await found(check);
    const seen = JSON.stringify([population, rows, await latency.rows(check, look(), ['worst'])]);
    expect(seen).not.toMatch(/private|admin/);
    expect(population.measuredMs?.['worst']).toBeGreaterThan(0);
    const [shown] = await latency.rows(check, look(), ['worst']);
    expect(shown).toMatchObject({ side: null, table: 'user_roles', rows: [{ samples: 1 }] });
  });

  test('a look-up that is slow is one', async () => {
    await database.run(`INSERT INTO user_roles (user_id) VALUES (1), (2);
      CREATE VIEW slow AS SELECT user_id FROM user_roles WHERE (${slow.sql}) > 0`);
    const { rows } = await found(checkWith({ lookup: { ...lookup, table: 'slow' }, average: '2ms' }));
    expect(rows).toMatchObject([{ kind: 'average', right: [2] }]);
  });

  test('without a key to look up nothing is known', async () => {
    const { population, rows, status } = await found(checkWith({ lookup, average: '1s' }));
    expect([population, rows, status]).toEqual([
      { checked: 0, left: null, right: null, empty: true },
      [],
      'unknown',
    ]);
    expect(await latency.inspect(checkWith({ lookup, average: '1s' }), look())).toContainEqual({
      level: 'warning',
      message: 'there is no key to look up, so nothing can be told',
    });
  });

  test('a statement without rows is timed like any', async () => {
    const { population } = await found(checkWith({ query: 'SELECT * FROM user_roles', p95: '1m' }));
    expect(population).toMatchObject({ checked: 1, empty: false });
  });

  test('only what is still too slow is found when it is looked at again', async () => {
    const check = checkWith({ query: slow.sql, samples: 1, average: '1ms', p95: '1m' });
    const candidate = (key: string): Disagreement => ({ kind: key, key: [key], left: [1], right: [1] });
    expect(await latency.recheck(check, look(), [candidate('average'), candidate('p95')])).toMatchObject([
      { kind: 'average' },
    ]);
    expect(await latency.recheck(check, look(), [candidate('p95')])).toEqual([]);
  });

  test.each([
    [{ query: 'SELECT * FROM user_rolls' }, /relation "user_rolls" does not exist|no such table: user_rolls/],
    [{ query: 'SELECT 1; SELECT 2' }, 'a single SELECT'],
    [{ lookup: { ...lookup, table: 'user_role' } }, 'did you mean "user_roles"?'],
    [{ lookup: { ...lookup, key: ['user'] } }, 'has no column "user"'],
    [
      { lookup: { ...lookup, where: 'unheard = 1' } },
      /column "unheard" does not exist|no such column: unheard/,
    ],
  ])('what cannot be asked is an error and no violation: %j', async (change, message) => {
    const check = checkWith({ ...change, average: '1s' });
    const asked = latency.evaluate(check, look(), () => undefined);
    await expect(asked).rejects.toThrow(SourceError);
    await expect(asked).rejects.toThrow(message);
    await expect(latency.inspect(check, look())).rejects.toThrow(message);
  });

  test('inspect tells what it takes now, and the plan that explains it', async () => {
    await database.run(`INSERT INTO user_roles (user_id) ${series(20_000)} SELECT i FROM n;
      CREATE INDEX by_user ON user_roles (user_id)${dialect === 'postgres' ? '; ANALYZE user_roles' : ''}`);
    const check = checkWith({ lookup, average: '1s' });
    const [took, plan] = await latency.inspect(check, look());
    expect(took?.message).toMatch(/^20 samples now: average [\d.]+ ms, p95 [\d.]+ ms, worst [\d.]+ ms$/);
    expect(plan?.message).toMatch(/^plan: /);
    const [explanation] = await latency.explain(check, look());
    expect(explanation?.plan.join('\n')).toContain('by_user');
  });
});
