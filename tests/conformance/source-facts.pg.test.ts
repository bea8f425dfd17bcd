/** What `validate --connect`, `explain` and `init` learn from a source. */
import pg from 'pg';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import type { Check } from '../../exporter/src/core/check.ts';
import { SourceError } from '../../exporter/src/core/errors.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { ENGINES_UNDER_TEST, lookAt, openSources, PATHS } from './source-engines.ts';

const limits = { timeoutMs: 10_000, signal: new AbortController().signal };
const PASSWORD = 'not-in-any-message';

describe.each(ENGINES_UNDER_TEST)('$title', ({ engine, start }) => {
  let database: Awaited<ReturnType<typeof start>>;
  let client: pg.Client;
  let sources: ReadonlyMap<string, Source>;
  const roles: string[] = [];

  beforeAll(async () => {
    database = await start();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    sources = openSources(engine, database.url);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...sources.values()].map((source) => source.close()));
    for (const role of roles) await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await client.end();
    await database.stop();
  });

  beforeEach(() => client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));

  /** A source that logs in as a fresh role. */
  async function loginAs(attributes: string): Promise<{ source: Source; role: string }> {
    const role = `facts_${String(Date.now())}_${String(roles.length)}`;
    await client.query(`CREATE ROLE ${role} PASSWORD '${PASSWORD}' ${attributes}`);
    roles.push(role);
    const url = new URL(database.url);
    url.username = role;
    url.password = PASSWORD;
    return { role, source: engine.open('app', { url: url.href }) };
  }

  async function failure(check: Check): Promise<string> {
    const error: unknown = await coupling
      .evaluate(check, lookAt(sources), () => undefined)
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toBeInstanceOf(SourceError);
    return error instanceof Error ? error.message : '';
  }

  const pairs = (left: object, right: object): Check =>
    checkOf(coupling, {
      left: { source: 'here', table: 'l', key: ['id'], compare: ['v'], ...left },
      right: { source: 'here', table: 'r', key: ['id'], compare: ['v'], ...right },
    });

  describe('the login', () => {
    test('a superuser is told to give that up', async () => {
      const probe = await sources.get('here')?.probe(limits);
      expect(probe).toMatchObject({
        writeRefused: true,
        writeGrants: ['ALTER ROLE "postgres" NOSUPERUSER;'],
      });
      expect(probe?.version).toMatch(/^\d+\.\d+/);
    });

    test('a login that can only read has nothing to revoke, and a write of it is refused', async () => {
      await client.query('CREATE TABLE l (id int)');
      const { source, role } = await loginAs('LOGIN');
      await client.query(`GRANT SELECT ON l TO ${role}; GRANT USAGE ON SCHEMA public TO ${role}`);
      expect(await source.probe(limits)).toMatchObject({ user: role, writeGrants: [], writeRefused: true });
      await source.close();
    });

    test('what makes a writer is taken away by exactly the statements that the probe gives', async () => {
      const { source, role } = await loginAs('LOGIN');
      const { role: group } = await loginAs('NOLOGIN');
      await client.query(`CREATE TABLE "L 1" (id int, v int); CREATE TABLE o (id int); CREATE TABLE c (id int, v int);
        CREATE VIEW w AS SELECT * FROM o; GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT ${group} TO ${role};
        GRANT INSERT, UPDATE ON "L 1" TO ${role}; GRANT DELETE ON "L 1" TO ${group}; GRANT INSERT ON w TO PUBLIC;
        GRANT UPDATE (v) ON c TO ${role}`);
      const { writeGrants, writeRefused } = await source.probe(limits);
      expect(writeRefused).toBe(true);
      expect([...writeGrants].sort()).toEqual(
        [
          'REVOKE CREATE ON SCHEMA public FROM PUBLIC;',
          `REVOKE DELETE ON public."L 1" FROM ${group};`,
          `REVOKE INSERT, UPDATE ON public."L 1" FROM ${role};`,
          'REVOKE INSERT ON public.w FROM PUBLIC;',
          `REVOKE UPDATE (v) ON public.c FROM ${role};`,
        ].sort(),
      );
      await client.query(writeGrants.join('\n'));
      expect((await source.probe(limits)).writeGrants).toEqual([]);
      await source.close();
    });

    test('a table that the login may not read is told apart from one that is not there', async () => {
      await client.query('CREATE TABLE l (id int, v int)');
      const { source, role } = await loginAs('LOGIN');
      await client.query(`GRANT USAGE ON SCHEMA public TO ${role}`);
      const types = (table: string) =>
        source.look(limits, (reader) =>
          reader.types({ schema: null, table, where: null, key: [{ label: 'id', column: 'id', normalise: [] }], compare: [], context: [] }),
        ); // prettier-ignore
      await expect(types('l')).rejects.toThrow(
        'permission denied for table l (42501): the login may not read',
      );
      await expect(types('ll')).rejects.toThrow('there is no table "ll" that this login can see');
      await source.close();
    });

    test('a wrong password is told without it', async () => {
      const url = new URL(database.url);
      url.password = PASSWORD;
      const source = engine.open('app', { url: url.href });
      const error: unknown = await source.ping(limits).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SourceError);
      expect(String(error)).toContain('the login or its password was refused; check the URL');
      expect(String(error)).not.toContain(PASSWORD);
      await source.close();
    });
  });

  describe('tables, columns and keys', () => {
    beforeEach(() =>
      client.query(`CREATE TABLE l (id int PRIMARY KEY, v text, current_level int);
        CREATE TABLE r (id int, v text, at date); INSERT INTO r VALUES (1, 'a'), (1, 'b')`),
    );

    test.each([
      [{ table: 'll' }, 'there is no table "ll" that this login can see; did you mean "l"?'],
      [{ schema: 'no', table: 'l' }, 'there is no table "no"."l" that this login can see'],
      [
        { compare: ['curent_level'] },
        'table "l" has no column "curent_level"; did you mean "current_level"?',
      ],
      [{ key: ['ID'] }, 'table "l" has no column "ID"; did you mean "id"?'],
      [{ key: ['something_else'] }, 'has no column "something_else"; its columns are id, v, current_level'],
      [{ context: ['vv'] }, 'table "l" has no column "vv"; did you mean "v"?'],
      [{ where: 'nothing = 1' }, 'column "nothing" does not exist'],
      [{ compare: [{ expr: 'lower(', as: 'v' }] }, 'syntax error'],
    ])('%j is told as %s', async (left, message) => {
      expect(await failure(pairs(left, {}))).toContain(message);
    });

    test('a value that does not fit is never part of the message', async () => {
      await client.query("INSERT INTO l VALUES (1, 'jane@example.org', 1)");
      const message = await failure(pairs({ compare: [{ expr: 'v::int', as: 'v' }] }, { compare: ['id'] }));
      expect(message).toContain('invalid input syntax for type integer');
      expect(message).not.toContain('jane');
    });

    test('keys that cannot be compared are a problem in one source, and compared as text over two', async () => {
      const left = { compare: [] };
      const right = { key: ['at'], compare: [] };
      expect(await failure(pairs(left, right))).toContain('give one of them as `expr:` with a cast');
      expect(await coupling.inspect(pairs(left, right), lookAt(sources))).toContainEqual({
        level: 'problem',
        message: 'id (integer) and at (date) cannot be compared; give one of them as expr: with a cast',
      });
      expect(
        await coupling.inspect(pairs(left, { ...right, source: 'there' }), lookAt(sources)),
      ).toContainEqual({ level: 'warning', message: 'id (integer) and at (date) are compared as text' });
    });

    test.each(PATHS)('$path: inspection tells whether the key is one', async ({ right }) => {
      const findings = await coupling.inspect(pairs({}, { source: right }), lookAt(sources));
      expect(findings).toContainEqual({ level: 'ok', message: 'l (id) is unique by an index' });
      expect(findings).toContainEqual({
        level: 'warning',
        message: expect.stringMatching(/^r \(id\): 1 key is there more than once/) as string,
      });
      expect(findings.some(({ message }) => message.startsWith('plan: about'))).toBe(true);
    });
  });

  test('the catalog tells tables, keys and references, and leaves out partitions and indexes that prove nothing', async () => {
    await client.query(`CREATE TABLE users (id int PRIMARY KEY, "E mail" text UNIQUE, x int NOT NULL);
      CREATE UNIQUE INDEX ON users (x) WHERE x > 0; CREATE UNIQUE INDEX ON users (lower("E mail"));
      CREATE TABLE roles (user_id int REFERENCES users, role text, PRIMARY KEY (role, user_id)) PARTITION BY LIST (role);
      CREATE TABLE roles_a PARTITION OF roles DEFAULT; INSERT INTO users SELECT n, n, n FROM generate_series(1, 50) AS n;
      ANALYZE users`);
    const tables = (await sources.get('here')?.catalog(limits)) ?? [];
    expect(tables.map(({ table }) => table)).toEqual(['roles', 'users']);
    expect(tables[0]).toMatchObject({
      primaryKey: ['role', 'user_id'],
      foreignKeys: [{ columns: ['user_id'], schema: 'public', table: 'users', references: ['id'] }],
    });
    expect(tables[1]).toEqual({
      schema: 'public',
      table: 'users',
      estimatedRows: 50,
      columns: [
        { name: 'id', type: 'integer', nullable: false },
        { name: 'E mail', type: 'text', nullable: true },
        { name: 'x', type: 'integer', nullable: false },
      ],
      primaryKey: ['id'],
      uniqueKeys: [['id'], ['E mail']],
      foreignKeys: [],
    });
  });

  describe('the plan', () => {
    // VACUUM marks no page as visible while the commit that filled it may still be lost
    const filled = (
      side: string,
    ): string => `SET synchronous_commit = on; CREATE TABLE ${side} (id int NOT NULL, v int, pad text);
      INSERT INTO ${side} SELECT n, n % 5, repeat('x', 100) FROM generate_series(1, 20000) AS n ORDER BY n * 7919 % 20011`;
    const joined = async (): Promise<{ plan: string; advice: string | null }> => {
      const [explanation] = await coupling.explain(pairs({}, {}), lookAt(sources));
      return { plan: explanation?.plan.join('\n') ?? '', advice: explanation?.advice ?? null };
    };

    beforeEach(() => client.query(`${filled('l')}; ${filled('r')}; ANALYZE l, r`));

    test('is a merge of two index-only scans where both sides are covered and vacuumed', async () => {
      await client.query('CREATE UNIQUE INDEX ON l (id) INCLUDE (v)');
      await client.query('CREATE UNIQUE INDEX ON r (id) INCLUDE (v)');
      await client.query('VACUUM (ANALYZE) l');
      await client.query('VACUUM (ANALYZE) r');
      const { plan } = await joined();
      expect(plan).toMatch(/Merge Full Join/);
      expect(plan.match(/Index Only Scan/g)).toHaveLength(2);
      expect(plan).not.toMatch(/Sort/);
    });

    test('is the one of the planner itself where a side is not covered, or not unique', async () => {
      await client.query('CREATE UNIQUE INDEX ON l (id) INCLUDE (v)');
      await client.query('CREATE UNIQUE INDEX ON r (id)');
      await client.query('VACUUM (ANALYZE) l');
      await client.query('VACUUM (ANALYZE) r');
      expect((await joined()).plan).toMatch(/Hash Full Join/);
    });

    test('of a side that is merged over two sources follows the index of its integer key', async () => {
      await client.query('CREATE UNIQUE INDEX ON l (id) INCLUDE (v)');
      await client.query('VACUUM (ANALYZE) l');
      const [left] = await coupling.explain(pairs({}, { source: 'there' }), lookAt(sources));
      expect(left?.plan.join('\n')).toMatch(/^Index Only Scan/);
    });
  });
});
