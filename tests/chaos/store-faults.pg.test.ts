/** The shared store in trouble: it says what is wrong and what to do, never with a password, and recovers. */
import { connect, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { UserError } from '../../exporter/src/core/errors.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { faults, saveNext } from './saved-runs.ts';

const SECRET = 'p4ssw0rd-nobody-may-see';
let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
});

async function onDatabase(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

function urlWith(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

async function refusal(url: string, schema = 'lockstep'): Promise<string> {
  const error: unknown = await openStore({ engine: 'postgres', url, schema }).then(
    async (store) => {
      await store.close();
      return null;
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  const message = (error as Error).message;
  expect(message).not.toContain(SECRET);
  return message;
}

describe('a postgres store that cannot be opened', () => {
  it('tells of a server that is not there', async () => {
    const url = urlWith((to) => {
      to.port = '1';
      to.password = SECRET;
    });
    expect(await refusal(url)).toBe(
      'store (Postgres, schema "lockstep"): the database cannot be reached. ' +
        'Check host and port in store.url and that the server is up',
    );
  });

  it('tells of a database that is not there', async () => {
    expect(await refusal(urlWith((to) => (to.pathname = '/nowhere')))).toContain('does not exist. Create it');
  });

  it('tells of a login that does not exist', async () => {
    const url = urlWith((to) => {
      to.username = 'nobody_knows';
      to.password = SECRET;
    });
    expect(await refusal(url)).toContain('refuses the login');
  });

  it('tells of a login that may not create the schema, and works once the schema is there', async () => {
    const role = `role_${database.name}`;
    await onDatabase(`CREATE ROLE ${role} LOGIN PASSWORD '${SECRET}'`);
    const url = urlWith((to) => {
      to.username = role;
      to.password = SECRET;
    });
    expect(await refusal(url, 'granted')).toContain(
      'It needs CREATE on the database, or a schema that it owns',
    );
    await onDatabase(`CREATE SCHEMA granted AUTHORIZATION ${role}`);
    const store = await openStore({ engine: 'postgres', url, schema: 'granted' });
    expect(await saveNext(store)).toBe(1);
    await store.close();
    await onDatabase('DROP SCHEMA granted CASCADE', `DROP ROLE ${role}`);
  });

  it('tells of a schema that a newer version has written', async () => {
    await (await openStore({ engine: 'postgres', url: database.url, schema: 'newer' })).close();
    await onDatabase('INSERT INTO newer.schema_version VALUES (99)');
    expect(await refusal(database.url, 'newer')).toMatch(
      /schema "newer": .* written by a newer Lockstep \(schema 99, this one knows \d+\); start that version/,
    );
  });

  it('tells of a schema that holds tables of something else, and leaves them alone', async () => {
    await onDatabase('CREATE SCHEMA other', 'CREATE TABLE other.run (id integer)');
    expect(await refusal(database.url, 'other')).toContain('holds tables of something else');
    await onDatabase('SELECT id FROM other.run');
  });
});

describe('a postgres store whose connections break', () => {
  it('goes on with a new connection after all of them were terminated', async () => {
    const store = await openStore({ engine: 'postgres', url: database.url, schema: 'broken' });
    for (let last = 1; last <= 3; last += 1) {
      expect(await saveNext(store)).toBe(last);
      await onDatabase(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lockstep store'",
      );
      // A connection may be found broken only when it is used: that question fails, the next one is answered.
      await store.ping().catch(() => undefined);
      await store.ping();
      expect(await faults(store, last)).toEqual([]);
    }
    await store.close();
  }, 30_000);

  it('answers at once that it cannot, while the server is away, and needs no restart', async () => {
    const target = new URL(database.url);
    const sockets = new Set<Socket>();
    const gate = createServer((socket) => {
      sockets.add(socket);
      const server = connect(Number(target.port), target.hostname);
      server.on('error', () => socket.destroy());
      socket.on('error', () => server.destroy());
      socket.pipe(server).pipe(socket);
    });
    gate.unref();
    const listen = (port: number): Promise<number> =>
      new Promise((resolve) => {
        gate.listen(port, '127.0.0.1', () => {
          const address = gate.address();
          resolve(typeof address === 'object' && address ? address.port : 0);
        });
      });
    const port = await listen(0);
    const url = urlWith((to) => {
      to.hostname = '127.0.0.1';
      to.port = String(port);
    });
    const store = await openStore({ engine: 'postgres', url, schema: 'gate' });
    expect(await saveNext(store)).toBe(1);
    gate.close();
    for (const socket of sockets) socket.destroy();
    await store.ping().catch(() => undefined);
    await expect(saveNext(store)).rejects.toThrow('the database cannot be reached');
    await listen(port);
    expect(await saveNext(store)).toBe(2);
    expect(await faults(store, 2)).toEqual([]);
    await store.close();
    gate.close();
  }, 30_000);
});
