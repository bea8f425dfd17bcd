/** What only a libSQL file can meet: another process that writes, locks or kills, and bytes that are no database. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { init } from '../../exporter/src/cli/init.ts';
import { coupling } from '../../exporter/src/checks/coupling.ts';
import { SourceError } from '../../exporter/src/core/errors.ts';
import { libsql } from '../../exporter/src/sources/libsql.ts';
import type { Reader, Side, Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { libsqlFile, type LibsqlFile } from '../libsql.ts';
import { lookAt } from './source-engines.ts';

let file: LibsqlFile;
let source: Source;

beforeAll(() => {
  file = libsqlFile();
  source = libsql.open('app', { url: file.url });
});

afterAll(async () => {
  await source.close();
  file.remove();
});

beforeEach(() => {
  file.clear();
  file.run("CREATE TABLE t (id INTEGER PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
});

const limits = { timeoutMs: 20_000, signal: new AbortController().signal };
const ask = <T>(body: (reader: Reader) => Promise<T>): Promise<T> => source.look(limits, body);
const column = (name: string) => ({ label: name, column: name, normalise: [] });
const side: Side = { schema: null, table: 't', where: null, key: [column('id')], compare: [column('v')], context: [] }; // prettier-ignore
/** Runs for minutes if nobody ends it. */
const ENDLESS =
  '(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n) > 0';

async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(() => null, (reason: unknown) => reason); // prettier-ignore
  expect(error).toBeInstanceOf(SourceError);
  return error instanceof Error ? error.message : '';
}

/** Processes of ours that read a file. */
function readers(): number[] {
  return readFileSync(`/proc/self/task/${String(process.pid)}/children`, 'utf8')
    .split(' ')
    .map(Number)
    .filter(
      (pid) => pid > 0 && readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes('file-process'),
    );
}

describe('a file that cannot be read', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockstep-files-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function told(path: string): Promise<string> {
    const other = libsql.open('app', { url: `file:${path}`, busyTimeout: '50ms' });
    const message = await failure(other.ping(limits));
    await other.close();
    return message;
  }

  test('that is not there is told, and not made', async () => {
    expect(await told(join(folder, 'no.db'))).toContain('(SQLITE_CANTOPEN): is there such a file');
    expect(existsSync(join(folder, 'no.db'))).toBe(false);
  });

  test('that is no database, or a damaged one, is told', async () => {
    writeFileSync(join(folder, 'text.db'), 'this is a text and no database '.repeat(100));
    expect(await told(join(folder, 'text.db'))).toContain(
      'the file is no SQLite database, or it is encrypted',
    );
  });

  test('that another process has locked is told after busyTimeout', async () => {
    const path = join(folder, 'locked.db');
    const writer = new Database(path);
    writer.exec('CREATE TABLE t (id int)');
    writer.exec('BEGIN EXCLUSIVE');
    expect(await told(path)).toContain('another process holds the file for longer than busyTimeout');
    writer.close();
  });
});

describe('one look', () => {
  test('sees one state whatever is written meanwhile, and the next one sees that', async () => {
    const seen = await ask(async (reader) => {
      const before = await reader.selectCount('SELECT count(*) FROM t');
      file.run("INSERT INTO t VALUES (3, 'c')");
      return [before, await reader.selectCount('SELECT count(*) FROM t')];
    });
    expect(seen).toEqual([2, 2]);
    expect(await ask((reader) => reader.selectCount('SELECT count(*) FROM t'))).toBe(3);
  });

  test('after an explanation sees what was written since', async () => {
    await ask((reader) => reader.explain({ side }));
    file.run('DELETE FROM t');
    expect(await ask((reader) => reader.isEmpty(side))).toBe(true);
  });

  test('keeps nobody else waiting: neither the event loop nor a writer', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 5);
    const slow = 'SELECT count(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i FROM n)'; // prettier-ignore
    const counted = ask((reader) => reader.selectCount(slow));
    file.run("UPDATE t SET v = 'z'");
    expect(await counted).toBe(3_000_000);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  test('that takes longer than its timeout is ended in the middle of its statement, and leaves no process', async () => {
    const slow = checkOf(coupling, {
      left: { source: 'app', table: 't', key: ['id'], where: ENDLESS },
      right: { source: 'app', table: 't', key: ['id'] },
    });
    const look = lookAt(new Map([['app', source]]), 500);
    const message = await failure(coupling.evaluate(slow, look, () => undefined));
    expect(message).toBe(
      'source "app": cancelled: it took longer than 500ms, the timeout of the check; raise it, or add the index that `lockstep explain` advises',
    );
    expect(readers()).toEqual([]);
    await source.ping(limits);
  });

  test('that is cancelled ends at once with the reason, and leaves no process', async () => {
    const cancel = new AbortController();
    const looking = source.look({ timeoutMs: 60_000, signal: cancel.signal }, (reader) =>
      reader.isEmpty({ ...side, where: ENDLESS }),
    );
    setTimeout(() => {
      cancel.abort(new Error('enough'));
    }, 300);
    await expect(looking).rejects.toThrow('enough');
    expect(readers()).toEqual([]);
    await expect(source.ping({ timeoutMs: 1_000, signal: cancel.signal })).rejects.toThrow('enough');
  });

  test('whose process is killed fails, and the next one has another', async () => {
    const looking = ask((reader) => reader.isEmpty({ ...side, where: ENDLESS }));
    setTimeout(() => {
      for (const pid of readers()) process.kill(pid, 'SIGKILL');
    }, 300);
    expect(await failure(looking)).toContain('the process that reads the file ended (signal SIGKILL)');
    await source.ping(limits);
  });

  test('at text that is no UTF-8 says so, and the exporter lives on', async () => {
    file.run("INSERT INTO t VALUES (3, CAST(x'ff41' AS TEXT))");
    const blocks = ask(async (reader) => {
      for await (const block of reader.ordered(side, { key: ['integer'], compare: ['text'] })) expect(block.rows).toBe(0); // prettier-ignore
    });
    expect(await failure(blocks)).toContain('a text is not valid UTF-8');
    const rows = ask((reader) => reader.lookup({ side, forms: { key: ['integer'], compare: ['text'] }, keys: [['3']], rowsPerKey: 1 })); // prettier-ignore
    expect(await failure(rows)).toContain('a text is not valid UTF-8');
    await source.ping(limits);
  });

  test('reads the file that has the name, when another has taken its place', async () => {
    const [old, restored] = [libsqlFile(), libsqlFile()];
    const other = libsql.open('other', { url: old.url });
    const count = (): Promise<number> =>
      other.look(limits, (reader) => reader.selectCount('SELECT count(*) FROM t'));
    old.run('PRAGMA journal_mode = DELETE; CREATE TABLE t (id int)');
    restored.run('PRAGMA journal_mode = DELETE; CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
    const before = readers().length;
    expect(await count()).toBe(0);
    renameSync(restored.path, old.path);
    expect(await count()).toBe(1);
    rmSync(old.path);
    expect(await failure(count())).toContain('is there such a file');
    while (readers().length > before) await new Promise((resolve) => setTimeout(resolve, 10));
    await other.close();
    old.remove();
    restored.remove();
  });

  test('closing the source ends the processes that wait for work', async () => {
    const other = libsql.open('other', { url: file.url, concurrency: 2 });
    const before = readers().length;
    await Promise.all([other.ping(limits), other.ping(limits)]);
    expect(readers().length).toBe(before + 2);
    await other.close();
    expect(readers().length).toBe(before);
  });
});

describe('what `validate --connect`, `explain` and `init` learn', () => {
  test('nothing can be written, by nobody', async () => {
    expect(await source.probe(limits)).toEqual({
      version: expect.stringMatching(/^3\.\d+/) as string,
      user: null,
      writeGrants: [],
      writeRefused: true,
    });
  });

  test.each([
    [{ table: 'tt' }, 'there is no table "tt"; did you mean "t"?'],
    [{ schema: 'no', table: 't' }, 'there is no table "no"."t". Check the name'],
    [{ compare: [column('vv')] }, 'table "t" has no column "vv"; did you mean "v"?'],
    [{ context: ['something'] }, 'table "t" has no column "something"; its columns are id, v'],
    [{ where: 'unheard = 1' }, 'no such column: unheard'],
    [{ compare: [{ label: 'v', expr: 'lower(', normalise: [] }] }, 'syntax error'],
  ])('%j is told as %s', async (change, message) => {
    expect(await failure(ask((reader) => reader.types({ ...side, ...change })))).toContain(message);
  });

  test('names have no case, as in SQLite itself', async () => {
    const types = await ask((reader) => reader.types({ ...side, table: 'T', key: [column('ID')] }));
    expect(types).toMatchObject({ keyIsUnique: true, key: [{ form: 'integer' }] });
  });

  test('text beside a number is a problem in one file, because SQLite would change one of them', async () => {
    file.run("CREATE TABLE u (id text); INSERT INTO u VALUES ('01')");
    const check = checkOf(coupling, {
      left: { source: 'app', table: 't', key: ['id'] },
      right: { source: 'app', table: 'u', key: ['id'] },
    });
    const look = lookAt(new Map([['app', source]]));
    expect(await failure(coupling.evaluate(check, look, () => undefined))).toContain(
      'id (integer) and id (text) cannot be compared',
    );
    expect(await coupling.inspect(check, look)).toContainEqual(expect.objectContaining({ level: 'problem' }));
  });

  test('a join without an index of its own makes one, and an index is advised where rows are many', async () => {
    file.run(`CREATE TABLE big (id int, v text); CREATE TABLE other (id int COLLATE NOCASE UNIQUE, v text);
      INSERT INTO big WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i, 'x' FROM n`);
    const coupled = (right: string) => ({ left: { ...side, table: 'big' }, right: { ...side, table: right }, universe: 'both', tolerances: [null] }) as const; // prettier-ignore
    const [explained] = await ask((reader) => reader.explain(coupled('other')));
    expect(explained?.plan.filter((line) => line.includes('AUTOMATIC COVERING INDEX'))).toHaveLength(2);
    expect(explained?.plan.join()).not.toMatch(/SCAN \w+ LEFT-JOIN/);
    expect(explained?.advice).toContain('CREATE INDEX "big_by_key" ON "big" ("id");');
    const [found] = await ask((reader) => reader.explain({ ...coupled('t'), left: side, right: side }));
    expect(found?.plan.filter((line) => /SEARCH .* LEFT-JOIN/.test(line))).toHaveLength(2);
    expect(found?.advice).toBeNull();
  });

  test('the catalog tells tables, keys and references, and leaves out indexes that prove nothing', async () => {
    file.run(`CREATE TABLE users (id INTEGER PRIMARY KEY, "E mail" text UNIQUE, x int NOT NULL);
      CREATE UNIQUE INDEX some ON users (x) WHERE x > 0; CREATE UNIQUE INDEX low ON users (lower("E mail"));
      CREATE TABLE roles (user_id int REFERENCES users, role text, PRIMARY KEY (role, user_id))`);
    const tables = await source.catalog(limits);
    expect(tables.map(({ table }) => table)).toEqual(['roles', 't', 'users']);
    expect(tables[0]).toMatchObject({
      primaryKey: ['role', 'user_id'],
      foreignKeys: [{ columns: ['user_id'], schema: 'main', table: 'users', references: ['id'] }],
    });
    expect(tables[2]).toEqual({
      schema: 'main',
      table: 'users',
      estimatedRows: 0,
      columns: [
        { name: 'id', type: 'integer', nullable: false },
        { name: 'E mail', type: 'text', nullable: true },
        { name: 'x', type: 'integer', nullable: false },
      ],
      primaryKey: ['id'],
      uniqueKeys: [['E mail']],
      foreignKeys: [],
    });
  });

  test('`init` proposes checks from a file', async () => {
    file.run(`CREATE TABLE users (id INTEGER PRIMARY KEY, name text);
      CREATE TABLE user_roles (user_role_id INTEGER PRIMARY KEY, user_id int, role text)`);
    const text = await init(file.url);
    expect(text).toContain('engine: libsql');
    expect(text).toMatch(/from: .*user_roles/);
    expect(text).not.toContain(file.path);
  });
});
