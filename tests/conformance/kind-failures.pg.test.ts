/** What a check that asks a database makes of a source that fails it: an error, never a violation. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { freshness } from '../../exporter/src/checks/freshness.ts';
import { latency } from '../../exporter/src/checks/latency.ts';
import { query } from '../../exporter/src/checks/query.ts';
import type { CheckKind } from '../../exporter/src/checks/kind.ts';
import { SourceError } from '../../exporter/src/core/errors.ts';
import type { Source } from '../../exporter/src/sources/source.ts';
import { checkOf } from '../check-of.ts';
import { EVERY_ENGINE, lookAt } from './source-engines.ts';

const COUNTING =
  'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000000) SELECT count(*)';

/** Statements that take longer than any time-out here: asleep, or counting for some seconds, which a server does to its end. */
const SLOW = {
  postgres: {
    statement: 'SELECT 1 AS id FROM pg_sleep(20)',
    instant: 'at + pg_sleep(20)::text::interval',
    condition: 'pg_sleep(20) IS NOT NULL',
  },
  libsql: {
    statement: `${COUNTING} AS id FROM n`,
    instant: `(${COUNTING} FROM n)`,
    condition: `(${COUNTING} FROM n) > 0`,
  },
} as const;

type Case = readonly [name: string, kind: CheckKind, answered: object, slow: object];

/** Each with an entry that is answered, and one that the source takes long for. */
const casesOf = ({ statement, instant, condition }: (typeof SLOW)[keyof typeof SLOW]): readonly Case[] => [
  [
    'query',
    query,
    { sql: 'SELECT 1 AS id', key: ['id'], population: 'SELECT 1' },
    { sql: statement, key: ['id'], population: 'SELECT 1' },
  ],
  [
    'freshness',
    freshness,
    { table: 'events', column: 'at', maxAge: '1h' },
    { table: 'events', column: { expr: instant, as: 'at' }, maxAge: '1h' },
  ],
  [
    'latency of a statement',
    latency,
    { query: 'SELECT 1 AS id', worst: '1m' },
    { query: statement, worst: '1m' },
  ],
  [
    'latency of look-ups',
    latency,
    { lookup: { table: 'events', key: ['id'] }, worst: '1m' },
    { lookup: { table: 'events', key: ['id'], where: condition }, worst: '1m' },
  ],
];

describe.each(EVERY_ENGINE)('$title', ({ title, engine, dialect, start }) => {
  let database: Awaited<ReturnType<typeof start>>;
  let silent: Server;
  const opened: Source[] = [];

  beforeAll(async () => {
    database = await start();
    await database.run(
      'CREATE TABLE events (id int PRIMARY KEY, at timestamptz); INSERT INTO events VALUES (1, CURRENT_TIMESTAMP)',
    );
    silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(opened.map((source) => source.close()));
    silent.close();
    await database.stop();
  });

  function sourceAt(more: object): Source {
    const source = engine.open('here', { url: database.url, ...more });
    opened.push(source);
    return source;
  }

  const at = (port: number): string => {
    const url = new URL(database.url);
    url.port = String(port);
    return url.href;
  };

  const isFile = title === 'a libSQL file';

  describe.each(casesOf(SLOW[dialect]))('%s', (_name, kind, answered, slow) => {
    async function failure(entry: object, source: Source, timeoutMs = 5_000): Promise<string> {
      const found: unknown[] = [];
      const check = checkOf(kind, { source: 'here', ...entry });
      const look = lookAt(new Map([['here', source]]), timeoutMs);
      const error: unknown = await kind
        .evaluate(check, look, (row) => found.push(row))
        .then(
          () => null,
          (reason: unknown) => reason,
        );
      expect(error).toBeInstanceOf(SourceError);
      expect(found).toEqual([]);
      return error instanceof Error ? error.message : '';
    }

    test('is answered by a source that is well', async () => {
      const check = checkOf(kind, { source: 'here', ...answered });
      const look = lookAt(new Map([['here', sourceAt({})]]));
      await expect(kind.evaluate(check, look, () => undefined)).resolves.toMatchObject({ empty: false });
    });

    test('cannot look when the source takes longer than its time-out', async () => {
      expect(await failure(slow, sourceAt({}), 300)).toContain('timeout');
    });

    if (isFile) {
      test('cannot look when the file is not there', async () => {
        const message = await failure(answered, sourceAt({ url: `${database.url}.gone` }));
        expect(message).toContain('is there such a file');
      });
      return;
    }

    test('cannot look when nothing listens', async () => {
      const closed = createServer();
      await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
      const { port } = closed.address() as AddressInfo;
      await new Promise((resolve) => closed.close(resolve));
      expect(await failure(answered, sourceAt({ url: at(port) }))).toContain('nothing listens there');
    });

    test('cannot look when the source never answers', async () => {
      const { port } = silent.address() as AddressInfo;
      const more = dialect === 'postgres' ? { connectTimeout: '300ms' } : {};
      const message = await failure(answered, sourceAt({ url: at(port), ...more }), 1_000);
      expect(message).toMatch(/does not answer|cancelled: it took longer than/);
    });

    test('cannot look when the source speaks no TLS', async () => {
      const tls = dialect === 'postgres' ? { tls: {} } : { url: database.url.replace('http:', 'https:') };
      expect(await failure(answered, sourceAt(tls))).toMatch(/does not support SSL|\(ERR_SSL_|EPROTO/);
    });
  });
});
