/** What every source must get right, on both paths: the single statement in one source, the ordered merge over two. */
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { reference } from '../../exporter/src/checks/reference.ts';
import type { SideRows } from '../../exporter/src/checks/kind.ts';
import type { Check } from '../../exporter/src/core/check.ts';
import { conclude } from '../../exporter/src/core/run.ts';
import { Tally } from '../../exporter/src/core/tally.ts';
import { keyText } from '../../exporter/src/core/violation.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { EVERY_ENGINE, evaluated, lookAt, openSources, PATHS, type Found } from './source-engines.ts';

interface SideEntry {
  readonly table: string;
  readonly [more: string]: unknown;
}

describe.each(EVERY_ENGINE)('$title', ({ engine, dialect, start }) => {
  let database: Awaited<ReturnType<typeof start>>;
  const isPostgres = dialect === 'postgres';
  /** what only one of them knows */
  const testOn = (only: typeof dialect, title: string, body: () => Promise<void>): void => {
    if (dialect === only) test(title, body);
  };
  let sources: ReadonlyMap<string, Source>;

  beforeAll(async () => {
    database = await start();
    sources = openSources(engine, database.url);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...sources.values()].map((source) => source.close()));
    await database.stop();
  });

  /** Every test begins with an empty schema. */
  const given = async (sql: string): Promise<void> => {
    await database.clear();
    await database.run(sql);
  };

  describe.each(PATHS)('$path', ({ right: rightSource }) => {
    const coupled = (
      left: SideEntry,
      right: SideEntry,
      more: object = {},
      change: Partial<Check> = {},
    ): Check => {
      const side = { key: ['id'], compare: ['v'] };
      const spec = {
        left: { ...side, ...left, source: 'here' },
        right: { ...side, ...right, source: rightSource },
        ...more,
      };
      return checkOf(coupling, spec, change);
    };
    /** A server sees no one state, so its own two sides are merged, too. */
    const joined = (): boolean => rightSource === 'here' && sources.get('here')?.joins !== false;
    const look = (check: Check): Promise<Found> => evaluated(coupling, check, lookAt(sources));
    const kinds = ({ rows }: Found): string[] => rows.map((row) => `${row.kind} ${keyText(row.key)}`);
    const both = 'id int, v text';

    test('NULL is a value like any other: equal to NULL, different from everything else', async () => {
      await given(`CREATE TABLE l (${both}); CREATE TABLE r (${both});
        INSERT INTO l VALUES (1, NULL), (2, NULL), (3, ''); INSERT INTO r VALUES (1, NULL), (2, ''), (3, NULL)`);
      expect((await look(coupled({ table: 'l' }, { table: 'r' }))).rows).toEqual([
        { kind: 'mismatch', key: [2], left: [null], right: [''] },
        { kind: 'mismatch', key: [3], left: [''], right: [null] },
      ]);
    });

    test('a key with a NULL part is told once, however many rows have it and on whichever side', async () => {
      // SQLite has doubles and no decimals
      const many = isPostgres ? '90071992547409930.5' : '-2.5';
      const columns = '(a int, b text, v int)';
      await given(`CREATE TABLE l ${columns}; CREATE TABLE r (a numeric, b text, v int);
        INSERT INTO l VALUES (1, NULL, 1), (1, NULL, 2), (2, 'x', 1), (NULL, NULL, 1);
        INSERT INTO r VALUES (1.0, NULL, 1), (2, 'x', 1), (${many}, NULL, 1), (NULL, 'y', 1)`);
      const key = { key: ['a', 'b'] };
      const found = await look(coupled({ table: 'l', ...key }, { table: 'r', ...key }));
      expect(kinds(found)).toEqual([
        ...['null_key ["1",null]', `null_key ["${many}",null]`].sort(),
        'null_key [null,"y"]',
        'null_key [null,null]',
      ]);
      expect(found.population).toMatchObject({ checked: 5, left: 1, right: 1 });
      const left = await look(coupled({ table: 'l', ...key }, { table: 'r', ...key }, { universe: 'left' }));
      expect(kinds(left)).toEqual(['null_key ["1",null]', 'null_key [null,null]']);
    });

    test('a key that is there twice is a duplicate, even when every row agrees', async () => {
      await given(`CREATE TABLE l (${both}); CREATE TABLE r (${both});
        INSERT INTO l VALUES (1, 'a'), (1, 'a'), (2, 'b'), (3, 'c'), (3, 'd'), (4, 'e');
        INSERT INTO r VALUES (1, 'a'), (2, 'b'), (2, 'b'), (3, 'c'), (3, 'd'), (4, 'e')`);
      const found = await look(coupled({ table: 'l' }, { table: 'r' }));
      expect(found.rows).toEqual([
        { kind: 'duplicate_key', key: [1], left: null, right: ['a'] },
        { kind: 'duplicate_key', key: [2], left: ['b'], right: null },
        { kind: 'duplicate_key', key: [3], left: null, right: null },
      ]);
      expect(found.population).toEqual({ checked: 4, left: 4, right: 4, empty: false });
    });

    test.each([
      { left: '', right: '', checked: 0, empty: 'unknown', pass: 'healthy' },
      { left: "INSERT INTO l VALUES (1, 'a')", right: '', checked: 1, empty: 'unknown', pass: 'critical' },
      { left: '', right: "INSERT INTO r VALUES (1, 'a')", checked: 1, empty: 'unknown', pass: 'critical' },
      { left: "INSERT INTO l VALUES (NULL, 'a')", right: "INSERT INTO r VALUES (1, 'a')", checked: 2, empty: 'unknown', pass: 'critical' }, // prettier-ignore
    ])('an empty side is not consistent unless the check says so ($left/$right)', async (row) => {
      await given(`CREATE TABLE l (${both}); CREATE TABLE r (${both}); ${row.left}; ${row.right}`);
      for (const onEmpty of ['unknown', 'pass'] as const) {
        const check = coupled({ table: 'l' }, { table: 'r' }, {}, { onEmpty });
        const { population, rows } = await look(check);
        expect(population).toMatchObject({ checked: row.checked, empty: true });
        const tally = new Tally(10, new Set());
        for (const each of rows) tally.add(each);
        expect(conclude(population, tally, check).status).toBe(onEmpty === 'pass' ? row.pass : row.empty);
      }
    });

    test('names are quoted, whatever they hold', async () => {
      // names of SQLite have no case
      const names = ['select', ...(isPostgres ? ['Select'] : []), ' a b ', 'q"uote', "'; DROP TABLE keep; --", '$1', '名前', 'k1', 'n', 'e', 'lockstep 0']; // prettier-ignore
      const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
      await given('CREATE TABLE keep (id int)');
      for (const name of names) {
        const columns = `(${quote(name)} int, ${quote(`${name}v`)} text)`;
        // a schema with a dot in its name, and where a file is the only schema, a table with one
        const place = isPostgres ? `${quote(`${name}.s`)}.${quote(name)}` : quote(`${name}.s`);
        if (isPostgres) await database.run(`CREATE SCHEMA ${quote(`${name}.s`)}`);
        await database.run(`CREATE TABLE ${quote(name)} ${columns}; INSERT INTO ${quote(name)} VALUES (1, 'a'), (2, 'b');
          CREATE TABLE ${place} ${columns}; INSERT INTO ${place} VALUES (1, 'a'), (2, 'c')`);
        const side = { table: name, key: [name], compare: [`${name}v`], context: [name] };
        const other = isPostgres ? { schema: `${name}.s` } : { schema: 'main', table: `${name}.s` };
        const check = coupled(side, { ...side, ...other });
        const { rows } = await look(check);
        expect(rows).toEqual([{ kind: 'mismatch', key: [2], left: ['b'], right: ['c'] }]);
        expect(await coupling.rows(check, lookAt(sources), [2])).toMatchObject([
          { rows: [{ [name]: 2, [`${name}v`]: 'b' }] },
          { rows: [{ [name]: 2, [`${name}v`]: 'c' }] },
        ]);
        if (isPostgres) await database.run(`DROP SCHEMA ${quote(`${name}.s`)} CASCADE`);
      }
      await database.run('SELECT id FROM keep');
    });

    test('values are never executed and come back as they are, as keys and as values', async () => {
      const hostile = ["'; DROP TABLE keep; --", '$1', '$$', '\\0', '\\.', '\\N', '{"a":1}', '{}', '"', '%s', '\u0001\t\r\n']; // prettier-ignore
      await given(
        'CREATE TABLE keep (id int); CREATE TABLE l (id text, v text); CREATE TABLE r (id text, v text)',
      );
      const values = hostile.map((text) => `('${text.replaceAll("'", "''")}')`).join(', ');
      await database.run(`INSERT INTO l (id) VALUES ${values}; UPDATE l SET v = id;
        INSERT INTO r (id, v) SELECT id, v || '!' FROM l`);
      const check = coupled({ table: 'l' }, { table: 'r' });
      const { rows } = await look(check);
      expect(rows.map((row) => [row.key[0], row.left?.[0], row.right?.[0]]).sort()).toEqual(
        hostile.map((text) => [text, text, `${text}!`]).sort(),
      );
      for (const text of hostile) {
        const [left] = await coupling.rows(check, lookAt(sources), [text]);
        expect(left?.rows).toEqual([{ id: text, v: text }]);
      }
      await database.run('SELECT id FROM keep');
    });

    testOn(
      'postgres',
      'views, materialized views, partitioned tables and parents of other tables are tables like any other',
      async () => {
        await given(`CREATE TABLE base (id int PRIMARY KEY, v text); INSERT INTO base VALUES (1, 'a'), (2, 'b');
        CREATE VIEW plain AS SELECT * FROM base;
        CREATE MATERIALIZED VIEW kept AS SELECT * FROM base; CREATE UNIQUE INDEX ON kept (id);
        CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
        CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (2);
        CREATE TABLE part2 PARTITION OF parts DEFAULT; INSERT INTO parts TABLE base;
        CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child () INHERITS (parent);
        INSERT INTO parent VALUES (1, 'a'), (2, 'b')`);
        for (const table of ['plain', 'kept', 'parts', 'parent']) {
          expect((await look(coupled({ table: 'base' }, { table }))).rows).toEqual([]);
        }
        // the primary key of the parent says nothing of its children
        await database.run("INSERT INTO child VALUES (2, 'b')");
        expect(kinds(await look(coupled({ table: 'base' }, { table: 'parent' })))).toEqual([
          'duplicate_key ["2"]',
        ]);
      },
    );

    test.each([
      ['a partial unique index', 'CREATE UNIQUE INDEX u ON r (id) WHERE v IS NULL'],
      ['an expression in it', 'CREATE UNIQUE INDEX u ON r (id, (v || id))'],
      ['more columns in it', 'CREATE UNIQUE INDEX u ON r (id, v, n)'],
    ])('a key is not unique by %s', async (_, index) => {
      await given(`CREATE TABLE l (id int PRIMARY KEY, v text); CREATE TABLE r (${both}, n serial); ${index};
        INSERT INTO l VALUES (1, 'a'); INSERT INTO r (id, v) VALUES (1, 'a'), (1, 'b')`);
      expect(kinds(await look(coupled({ table: 'l' }, { table: 'r' })))).toEqual(['duplicate_key ["1"]']);
    });

    testOn('postgres', 'a key is not unique by an index that could not be built', async () => {
      await given(`CREATE TABLE l (id int PRIMARY KEY, v text); CREATE TABLE r (${both});
        INSERT INTO l VALUES (1, 'a'); INSERT INTO r VALUES (1, 'a'), (1, 'b')`);
      await expect(database.run('CREATE UNIQUE INDEX CONCURRENTLY invalid ON r (id)')).rejects.toThrow(
        'unique',
      );
      expect(kinds(await look(coupled({ table: 'l' }, { table: 'r' })))).toEqual(['duplicate_key ["1"]']);
    });

    testOn(
      'postgres',
      'unique by a part of the key is unique, and included columns do not count',
      async () => {
        await given(`CREATE TABLE l (id int, v text); CREATE UNIQUE INDEX ON l (id) INCLUDE (v);
        CREATE TABLE r (id int UNIQUE DEFERRABLE INITIALLY DEFERRED, v text);
        INSERT INTO l VALUES (1, 'a'); INSERT INTO r VALUES (1, 'b')`);
        const key = { key: ['id', 'v'], compare: [] };
        const check = coupled({ table: 'l', ...key }, { table: 'r', ...key });
        expect(kinds(await look(check))).toEqual(['missing_right ["1","a"]', 'missing_left ["1","b"]']);
        const findings = await coupling.inspect(check, lookAt(sources));
        expect(findings.filter(({ message }) => message.includes('unique by an index'))).toHaveLength(2);
      },
    );

    testOn('postgres', 'a NOT NULL that is not valid yet guarantees nothing', async () => {
      await given(`CREATE TABLE l (${both}); CREATE TABLE r (${both}); INSERT INTO l VALUES (NULL, 'a'), (1, 'a');
        INSERT INTO r VALUES (1, 'a')`);
      await database.run(`DO $$ BEGIN IF current_setting('server_version_num')::int >= 180000
        THEN EXECUTE 'ALTER TABLE l ADD NOT NULL id NOT VALID'; END IF; END $$`);
      expect(kinds(await look(coupled({ table: 'l' }, { table: 'r' })))).toEqual(['null_key [null]']);
    });

    testOn('libsql', 'views, tables without rowid and strict ones are tables like any other', async () => {
      await given(`CREATE TABLE base (id INTEGER PRIMARY KEY, v text); INSERT INTO base VALUES (1, 'a'), (2, 'b');
        CREATE VIEW plain AS SELECT * FROM base; CREATE TABLE kept (id int PRIMARY KEY, v text) WITHOUT ROWID;
        CREATE TABLE strict (id ANY PRIMARY KEY, v TEXT) STRICT; CREATE TABLE made (id int UNIQUE, w text, v text AS (lower(w)) STORED);
        INSERT INTO kept SELECT * FROM base; INSERT INTO strict SELECT * FROM base; INSERT INTO made (id, w) SELECT id, upper(v) FROM base`);
      for (const table of ['plain', 'kept', 'strict', 'made']) {
        expect((await look(coupled({ table: 'base' }, { table }))).rows).toEqual([]);
      }
    });

    testOn('libsql', 'unique by a part of the key is unique', async () => {
      await given(`CREATE TABLE l (id int UNIQUE, v text); CREATE TABLE r (id INTEGER PRIMARY KEY, v text);
        INSERT INTO l VALUES (1, 'a'); INSERT INTO r VALUES (1, 'b')`);
      const key = { key: ['id', 'v'], compare: [] };
      const check = coupled({ table: 'l', ...key }, { table: 'r', ...key });
      expect(kinds(await look(check))).toEqual(['missing_right ["1","a"]', 'missing_left ["1","b"]']);
      const findings = await coupling.inspect(check, lookAt(sources));
      expect(findings.filter(({ message }) => message.includes('unique by an index'))).toHaveLength(2);
    });

    testOn('libsql', 'text is compared byte by byte, whatever its column collates by', async () => {
      const nocase = 'id text COLLATE NOCASE, v text COLLATE NOCASE, UNIQUE (id COLLATE BINARY)';
      await given(`CREATE TABLE l (${nocase}); CREATE TABLE r (id text PRIMARY KEY, v text COLLATE RTRIM);
        INSERT INTO l VALUES ('a', 'X'), ('A', 'x'), ('b', 'y'), ('c', 'z'), ('d', NULL);
        INSERT INTO r VALUES ('a', 'x'), ('A', 'x'), ('B', 'y'), ('c', 'z '), ('d', NULL)`);
      expect(kinds(await look(coupled({ table: 'l' }, { table: 'r' })))).toEqual([
        'missing_left ["B"]', 'mismatch ["a"]', 'missing_right ["b"]', 'mismatch ["c"]'
      ]); // prettier-ignore
    });

    testOn('libsql', 'a reference is to the same bytes, whatever either column collates by', async () => {
      await given(`CREATE TABLE roles (name TEXT PRIMARY KEY); CREATE INDEX by_letters ON roles (name COLLATE NOCASE);
        CREATE TABLE user_roles (role_name TEXT COLLATE NOCASE); CREATE TABLE folded (name TEXT PRIMARY KEY COLLATE NOCASE);
        INSERT INTO roles VALUES ('admin'), ('nurse'), ('Nurse'); INSERT INTO folded VALUES ('admin'), ('nurse');
        INSERT INTO user_roles VALUES ('Admin'), ('admin'), ('Admin'), ('nurse'), ('Nurse'), (NULL)`);
      const from = { source: 'here', table: 'user_roles', key: ['role_name'] };
      for (const [table, orphans] of [
        ['roles', ['["Admin"]']],
        ['folded', ['["Admin"]', '["Nurse"]']],
      ] as const) {
        const to = { source: rightSource, table, key: ['name'] };
        const check = checkOf(reference, { from, to });
        const { rows, population } = await evaluated(reference, check, lookAt(sources));
        expect(rows.map((row) => keyText(row.key))).toEqual(orphans);
        expect([rows[0]?.left, population.checked]).toEqual([[2], 4]);
      }
    });

    testOn('libsql', 'a key is what it is: cut at no NUL, and no BLOB is its text', async () => {
      await given(`CREATE TABLE l (id text, v text); CREATE TABLE r (id text, v text);
        INSERT INTO l VALUES ('a' || char(0) || 'b', 'x' || char(0)), (x'61', 'blob'), ('\\x61', 'text');
        INSERT INTO r VALUES ('a' || char(0) || 'b', 'x')`);
      const found = await coupling.evaluate(coupled({ table: 'l', where: `typeof(id) = 'text'` }, { table: 'r' }), lookAt(sources), () => undefined); // prettier-ignore
      expect(found).toMatchObject({ checked: 2 });
      const rows = (await look(coupled({ table: 'l', where: `typeof(id) = 'text'` }, { table: 'r' }))).rows;
      expect(rows).toEqual([
        { kind: 'missing_right', key: ['\\x61'], left: ['text'], right: null },
        { kind: 'mismatch', key: ['a\0b'], left: ['x\0'], right: ['x'] },
      ]);
      const blobs = coupled({ table: 'l', where: `typeof(id) = 'blob'` }, { table: 'r', where: `v <> 'x'` });
      if (joined()) expect((await look(blobs)).rows).toMatchObject([{ key: ['\\x61'] }]);
      else await expect(look(blobs)).rejects.toThrow('key column "id" of l holds a value of another type');
    });

    testOn(
      'libsql',
      'a value of another type than its column is a value, and in a key it is told',
      async () => {
        await given(`CREATE TABLE l (id int, v int); CREATE TABLE r (id int, v int);
        INSERT INTO l VALUES (1, 'many'), (2, 2), (3, 2.5), (4, '12345678');
        INSERT INTO r VALUES (1, 1), (2, 2.0), (3, 2), (4, 12345678)`);
        const check = coupled({ table: 'l' }, { table: 'r' });
        expect((await look(check)).rows).toEqual([
          { kind: 'mismatch', key: [1], left: ['many'], right: [1] },
          { kind: 'mismatch', key: [3], left: [2.5], right: [2] },
        ]);
        await database.run(`INSERT INTO l VALUES ('five', 5)`);
        if (joined()) expect(kinds(await look(check))).toContain('missing_right ["five"]');
        else await expect(look(check)).rejects.toThrow('key column "id" of l holds a value of another type');
      },
    );

    testOn('libsql', 'numbers are exact: 64 bits, and every digit of a double', async () => {
      await given(`CREATE TABLE l (id int PRIMARY KEY, v real, n numeric); CREATE TABLE r (id int PRIMARY KEY, v real, n numeric);
        INSERT INTO l VALUES (9007199254740993, 0.1, 9007199254740993), (-9223372036854775808, 0.3, 1.5), (3, 1e300, -0.0);
        INSERT INTO r VALUES (9007199254740993, 0.1, 9007199254740992), (-9223372036854775808, 0.1 + 0.2, 1.5), (3, 1e300, 0)`);
      const compare = { compare: ['v', 'n'] };
      expect((await look(coupled({ table: 'l', ...compare }, { table: 'r', ...compare }))).rows).toEqual([
        { kind: 'mismatch', key: ['-9223372036854775808'], left: [0.3, 1.5], right: [0.30000000000000004, 1.5] },
        { kind: 'mismatch', key: ['9007199254740993'], left: [0.1, '9007199254740993'], right: [0.1, '9007199254740992'] },
      ]); // prettier-ignore
    });

    testOn('libsql', 'what is said to be a boolean is one, as key and as value', async () => {
      const columns = 'id boolean, v BOOL';
      await given(`CREATE TABLE l (${columns}); CREATE TABLE r (${columns});
        INSERT INTO l VALUES (true, 1), (false, 0); INSERT INTO r VALUES (1, false)`);
      expect((await look(coupled({ table: 'l' }, { table: 'r' }))).rows).toEqual([
        { kind: 'missing_right', key: [false], left: [false], right: null },
        { kind: 'mismatch', key: [true], left: [true], right: [false] },
      ]);
    });

    testOn(
      'libsql',
      'values within the tolerance agree, to the last digit, and NULL never does',
      async () => {
        await given(`CREATE TABLE l (id int, v numeric, t text); CREATE TABLE r (id int, v real, t datetime);
        INSERT INTO l VALUES (1, 1.00, '2024-01-01 00:00:00'), (2, 1.00, '2024-01-01 00:00:00'),
          (3, 1.00, '2024-01-01 00:00:00'), (4, NULL, '2024-01-01'), (5, NULL, NULL), (6, 1, 'never'), (7, 1, 'never'),
          (8, 1, '2024-01-01T00:00:00Z'), (9, 1, '2024-01-01 02:00:00+02:00'), (10, 1, '2024-01-01');
        INSERT INTO r VALUES (1, 1.01, '2024-01-01 00:00:05'), (2, 0.98, '2024-01-01 00:00:00'),
          (3, 1.00, '2024-01-01 00:00:05.001'), (4, 1, '2024-01-01'), (5, NULL, NULL), (6, 1, 'never'), (7, 1, 'ever'),
          (8, 1, 1704067205), (9, 1, 1704067205000), (10, 1, '2024-01-01 00:00:05.000')`);
        const compare = { compare: ['v', 't'] };
        const tolerance = { v: 0.01, t: '5s' };
        const found = await look(
          coupled({ table: 'l', ...compare }, { table: 'r', ...compare }, { tolerance }),
        );
        expect(kinds(found)).toEqual([2, 3, 4, 7].map((id) => `mismatch ["${String(id)}"]`));
      },
    );

    test('keys and values may be expressions, named as columns are', async () => {
      await given(`CREATE TABLE l (length int PRIMARY KEY, name text); CREATE TABLE r (n text, size text);
        INSERT INTO l VALUES (1, 'a'), (2, 'bb'), (3, 'ccc'); INSERT INTO r VALUES ('#1', '1'), ('#2', '9'), ('#3', '3')`);
      const check = coupled(
        { table: 'l', key: ['length'], compare: [{ expr: 'length(name)', as: 'letters' }] },
        { table: 'r', key: [{ expr: 'CAST(substr(n, 2) AS int) -- the number', as: 'number' }], compare: [{ expr: 'CAST(size AS bigint)', as: 'size' }] },
      ); // prettier-ignore
      expect((await look(check)).rows).toEqual([{ kind: 'mismatch', key: [2], left: [2], right: [9] }]);
      expect(await coupling.rows(check, lookAt(sources), [2])).toMatchObject([
        { side: 'left', rows: [{ length: 2, letters: 2 }] },
        { side: 'right', rows: [{ number: 2, size: 9 }] },
      ]);
    });

    test('normalisation is applied to both sides before they are compared, and duplicates show', async () => {
      await given(`CREATE TABLE l (${both.replace('int', 'text')}); CREATE TABLE r (${both.replace('int', 'text')});
        INSERT INTO l VALUES (' a ', 'X '), ('b', 'y'), ('B', 'y'); INSERT INTO r VALUES ('A', 'x'), ('b ', 'y')`);
      const normalise = { id: ['trim', 'upper'], v: ['lower', 'trim'] };
      const found = await look(coupled({ table: 'l' }, { table: 'r' }, { normalise }));
      expect(kinds(found)).toEqual(['duplicate_key ["B"]']);
    });

    testOn(
      'postgres',
      'values within the tolerance agree, to the last digit, and NULL never does',
      async () => {
        await given(`CREATE TABLE l (id int, v numeric, t timestamptz); CREATE TABLE r (id int, v float8, t timestamp);
        INSERT INTO l VALUES (1, 1.00, '2024-01-01 00:00:00Z'), (2, 1.00, '2024-01-01 00:00:00Z'),
          (3, 1.00, '2024-01-01 00:00:00Z'), (4, NULL, '2024-01-01Z'), (5, NULL, NULL), (6, 'NaN', '2024-01-01Z'),
          (7, 1, 'infinity'), (8, 1, 'infinity'), (9, 1, '-infinity');
        INSERT INTO r VALUES (1, 1.01, '2024-01-01 00:00:05'), (2, 0.98, '2024-01-01 00:00:00'),
          (3, 1.00, '2024-01-01 00:00:05.000001'), (4, 1, '2024-01-01'), (5, NULL, NULL), (6, 'NaN', '2024-01-01'),
          (7, 'Infinity', 'infinity'), (8, 1, 'infinity'), (9, 1, 'infinity')`);
        const compare = { compare: ['v', 't'] };
        const tolerance = { v: 0.01, t: '5s' };
        const found = await look(
          coupled({ table: 'l', ...compare }, { table: 'r', ...compare }, { tolerance }),
        );
        expect(kinds(found)).toEqual([2, 3, 4, 7, 9].map((id) => `mismatch ["${String(id)}"]`));
      },
    );

    test('where narrows each side, and a comment at its end ends there', async () => {
      await given(`CREATE TABLE l (${both}); CREATE TABLE r (${both}, gone boolean);
        INSERT INTO l VALUES (1, 'a'), (2, 'b'), (9, 'x'); INSERT INTO r VALUES (1, 'a', false), (2, 'b', true)`);
      const found = await look(
        coupled({ table: 'l', where: 'id < 5 OR false -- the old ones' }, { table: 'r', where: 'NOT gone' }),
      );
      expect(kinds(found)).toEqual(['missing_right ["2"]']);
      expect(found.population).toEqual({ checked: 2, left: 2, right: 1, empty: false });
    });

    test.each([
      { universe: 'both', expected: ['missing_right ["1"]', 'missing_left ["3"]'], checked: 3 },
      { universe: 'left', expected: ['missing_right ["1"]'], checked: 2 },
      { universe: 'right', expected: ['missing_left ["3"]'], checked: 2 },
    ])('universe $universe', async ({ universe, expected, checked }) => {
      await given(`CREATE TABLE l (${both}); CREATE TABLE r (${both});
        INSERT INTO l VALUES (1, 'a'), (2, 'b'); INSERT INTO r VALUES (2, 'b'), (3, 'c')`);
      const found = await look(coupled({ table: 'l' }, { table: 'r' }, { universe }));
      expect(kinds(found)).toEqual(expected);
      expect(found.population).toMatchObject({ checked, empty: false });
    });

    test('counts stay exact beyond maxViolations, and the rows that are followed already come first', async () => {
      await given(`CREATE TABLE l (id int PRIMARY KEY, v text); CREATE TABLE r (id int PRIMARY KEY, v text);
        INSERT INTO l WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 25000) SELECT n, 'a' FROM s;
        INSERT INTO r SELECT id, CASE WHEN id % 2 = 0 THEN 'a' ELSE 'b' END FROM l`);
      const check = coupled({ table: 'l' }, { table: 'r' }, {}, { maxViolations: 100 });
      const followed = [24_999, 24_997].map((key) => keyText([key]));
      const tally = new Tally(check.maxViolations, new Set(followed));
      const population = await coupling.evaluate(check, lookAt(sources), (row) => {
        tally.add(row);
      });
      const { result } = conclude(population, tally, check);
      expect(result).toMatchObject({
        checked: 25_000,
        inconsistent: 12_500,
        consistent: 12_500,
        capped: true,
      });
      expect(result.counts['mismatch']).toBe(12_500);
      expect(tally.rows).toHaveLength(100);
      expect(tally.rows.slice(0, 2).map((row) => keyText(row.key)).sort()).toEqual([...followed].sort()); // prettier-ignore
    });

    test('what a reference redacts of its context is told to be there, and its value is not', async () => {
      await given(`CREATE TABLE child (p int, note text, seen text); CREATE TABLE parent (id int);
        INSERT INTO child VALUES (7, 'secret', 'shown'), (7, NULL, 'shown'); INSERT INTO parent VALUES (1)`);
      const check = checkOf(reference, {
        from: { source: 'here', table: 'child', key: ['p'], context: ['note', 'seen'] },
        to: { source: rightSource, table: 'parent', key: ['id'] },
        redact: ['note'],
      });
      const found = await evaluated(reference, check, lookAt(sources));
      expect(found.rows).toEqual([{ kind: 'orphan', key: [7], left: [2], right: null }]);
      const shown = await reference.rows(check, lookAt(sources), [7]);
      expect(JSON.stringify([found, shown])).not.toContain('secret');
      const notes = shown.flatMap(({ rows }) =>
        rows.map(({ note, seen }) => `${String(note)} ${String(seen)}`),
      );
      expect(notes.sort()).toEqual(['[redacted] shown', 'null shown']);
    });

    test('redacted values never leave the source, and that they differ is still told', async () => {
      await given(`CREATE TABLE l (${both}, note text); CREATE TABLE r (id int, w text, note text);
        INSERT INTO l VALUES (1, 'secret-a', 'secret-b'), (2, 'same', ''); INSERT INTO r VALUES (1, 'secret-c', NULL), (2, 'same', '')`);
      const context = { context: ['note'] };
      const check = coupled(
        { table: 'l', ...context },
        { table: 'r', compare: ['w'], ...context },
        { redact: ['v', 'note', 'w'] },
      );
      const found = await look(check);
      const rows = await coupling.rows(check, lookAt(sources), [1]);
      expect(found.rows).toEqual([
        { kind: 'mismatch', key: [1], left: ['[redacted]'], right: ['[redacted]'] },
      ]);
      expect(rows.map((side) => side.rows)).toEqual([
        [{ id: 1, v: '[redacted]', note: '[redacted]' }],
        [{ id: 1, w: '[redacted]', note: null }],
      ]);
      expect(JSON.stringify([found, rows])).not.toContain('secret');
    });

    test('the drill-down shows every row behind a key, with its context', async () => {
      await given(`CREATE TABLE l (${both}, at date); CREATE TABLE r (${both});
        INSERT INTO l VALUES (1, 'a', '2024-01-01'), (1, 'b', NULL); INSERT INTO r VALUES (2, 'x')`);
      const check = coupled({ table: 'l', context: ['at'] }, { table: 'r' });
      const shown = async (key: number): Promise<SideRows['rows'][]> =>
        (await coupling.rows(check, lookAt(sources), [key])).map((side) => side.rows);
      expect(await shown(1)).toEqual([
        expect.arrayContaining([{ id: 1, v: 'a', at: '2024-01-01' }, { id: 1, v: 'b', at: null }]), []
      ]); // prettier-ignore
      expect(await shown(7)).toEqual([[], []]);
    });

    test('a second look tells what a key is now', async () => {
      await given(`CREATE TABLE l (${both}); CREATE TABLE r (${both});
        INSERT INTO l VALUES (1, 'a'), (2, 'a'), (3, 'a'); INSERT INTO r VALUES (1, 'b'), (2, 'b'), (3, 'b')`);
      const check = coupled({ table: 'l' }, { table: 'r' });
      const { rows } = await look(check);
      await database.run("UPDATE r SET v = 'a' WHERE id = 1; DELETE FROM r WHERE id = 2; DELETE FROM l WHERE id = 2; DELETE FROM l WHERE id = 3"); // prettier-ignore
      expect(await coupling.recheck(check, lookAt(sources), rows)).toEqual([
        { kind: 'missing_left', key: [3], left: null, right: ['b'] },
      ]);
      expect(await coupling.recheck(check, lookAt(sources), [])).toEqual([]);
    });

    test('a reference finds each key that nothing answers to, with how many rows hold it', async () => {
      await given(`CREATE TABLE users (id int8 PRIMARY KEY); CREATE TABLE roles (user_id int, role text);
        INSERT INTO users VALUES (1); INSERT INTO roles VALUES (1, 'a'), (7, 'a'), (7, 'b'), (NULL, 'c')`);
      const from = { source: 'here', table: 'roles', key: ['user_id'] };
      const check = checkOf(reference, { from, to: { source: rightSource, table: 'users', key: ['id'] } });
      const found = await evaluated(reference, check, lookAt(sources));
      expect(found.rows).toEqual([{ kind: 'orphan', key: [7], left: [2], right: null }]);
      expect(found.population).toEqual({ checked: 2, left: 2, right: null, empty: false });
    });
  });
});
