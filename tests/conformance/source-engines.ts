/** Every engine that the source suites run against; another engine is another entry. */
import type { Major } from '../../exporter/src/demo/binaries.ts';
import type { CheckKind, Look } from '../../exporter/src/checks/kind.ts';
import type { Check } from '../../exporter/src/core/check.ts';
import type { Population } from '../../exporter/src/core/run.ts';
import { keyText, type Disagreement } from '../../exporter/src/core/violation.ts';
import { postgres } from '../../exporter/src/sources/postgres.ts';
import { libsql } from '../../exporter/src/sources/libsql.ts';
import type { Engine, Source } from '../../exporter/src/sources/source.ts';
import pg from 'pg';
import { libsqlFile } from '../libsql.ts';
import { libsqlServer } from '../libsql-server.ts';
import { ownCluster } from '../own-cluster.ts';
import { createDatabase } from '../postgres.ts';

export interface EngineUnderTest {
  readonly title: string;
  readonly engine: Engine;
  /** A fresh database, with the URL of somebody who may do anything in it. */
  readonly start: () => Promise<{ readonly url: string; readonly stop: () => Promise<void> }>;
}

const postgresOf = (major: Major): EngineUnderTest => ({
  title: `Postgres ${String(major)}`,
  engine: postgres,
  start: async () => {
    const cluster = await ownCluster({ major });
    return { url: cluster.url, stop: () => cluster.remove() };
  },
});

export const ENGINES_UNDER_TEST: readonly EngineUnderTest[] = [
  {
    title: 'Postgres 18',
    engine: postgres,
    start: async () => {
      const { url, drop } = await createDatabase();
      return { url, stop: drop };
    },
  },
  postgresOf(13),
];

export interface AnyDatabase {
  readonly url: string;
  /** Runs some statements as somebody who may do anything. */
  readonly run: (sql: string) => Promise<unknown>;
  /** Removes every table and view. */
  readonly clear: () => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

export interface AnyEngine {
  readonly title: string;
  readonly engine: Engine;
  readonly dialect: 'postgres' | 'libsql';
  readonly start: () => Promise<AnyDatabase>;
}

/** Every engine there is, for what can be said in the SQL that all of them speak. */
export const EVERY_ENGINE: readonly AnyEngine[] = [
  ...ENGINES_UNDER_TEST.map(({ title, engine, start }): AnyEngine => ({
    title,
    engine,
    dialect: 'postgres',
    start: async () => {
      const { url, stop } = await start();
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return {
        url,
        run: (sql) => client.query(sql),
        clear: () => client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'),
        stop: async () => {
          await client.end();
          await stop();
        },
      };
    },
  })),
  {
    title: 'a libSQL file',
    engine: libsql,
    dialect: 'libsql',
    start: async () => {
      const { url, run, clear, remove } = libsqlFile();
      return {
        url,
        run: async (sql) => {
          run(sql);
        },
        clear: async () => {
          clear();
        },
        stop: async () => {
          remove();
        },
      };
    },
  },
  { title: 'a libSQL server', engine: libsql, dialect: 'libsql', start: () => libsqlServer() },
];

/** The right side's source: the same one gives the single statement, the other one the ordered merge. */
export const PATHS = [
  { path: 'one source', right: 'here' },
  { path: 'two sources', right: 'there' },
] as const;

/** The same database under two names: a check over both has to merge. */
export function openSources(engine: Engine, url: string): ReadonlyMap<string, Source> {
  return new Map(['here', 'there'].map((name) => [name, engine.open(name, { url })]));
}

export function lookAt(sources: ReadonlyMap<string, Source>, timeoutMs = 10_000): Look {
  return {
    source: (name) => {
      const source = sources.get(name);
      if (!source) throw new Error(`no source ${name}`);
      return source;
    },
    timeoutMs,
    signal: new AbortController().signal,
  };
}

export interface Found {
  readonly population: Population;
  /** sorted by key */
  readonly rows: readonly Disagreement[];
}

/**
 * Evaluates, and expects a second look at just those keys, after a journey through the store, to find the same: a key
 * is 1 from one side and "1" from the other, as in the text that identifies it.
 */
export async function evaluated(kind: CheckKind, check: Check, look: Look): Promise<Found> {
  const rows: Disagreement[] = [];
  const population = await kind.evaluate(check, look, (row) => rows.push(row));
  const remembered = JSON.parse(JSON.stringify(rows)) as Disagreement[];
  const again = await kind.recheck(check, look, remembered);
  expect(byKey(again).map(identified)).toEqual(byKey(rows).map(identified));
  return { population, rows: byKey(rows) };
}

const identified = (row: Disagreement) => ({ ...row, key: keyText(row.key) });

function byKey(rows: readonly Disagreement[]): Disagreement[] {
  const text = (row: Disagreement): string => keyText(row.key) + row.kind;
  return [...rows].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
