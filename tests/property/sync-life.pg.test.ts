/** Random lives of two tables and of the plans that mend them, on a real Postgres, against a model. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { pino } from 'pino';
import type { PlanRecord } from '../../exporter/src/core/sync-plan.ts';
import { violationId } from '../../exporter/src/core/violation.ts';
import { Metrics } from '../../exporter/src/metrics.ts';
import { Board } from '../../exporter/src/runner/board.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { RepairRefused } from '../../exporter/src/sync/refused.ts';
import { Repairs } from '../../exporter/src/sync/repairs.ts';
import { auditedWrites, MENDER, sortedLines, TABLES, watchPairs } from '../chaos/watched-pairs.ts';
import type { Change, Directions } from '../chaos/watched-pairs.ts';
import { stumble } from '../conformance/looks.ts';
import { createDatabase, type TestDatabase } from '../postgres.ts';
import { KEYS, Model, type ModelPlan } from './mended-pairs.ts';
import { beginning, directions, step, type Step } from './sync-steps.ts';

const SEQUENCES = 200;
const TIME_LIMIT_MS = 60_000;
const HOUR_MS = 3_600_000;

const metrics = new Metrics(new Board(), { version: '0' });
let folder: string;
let database: TestDatabase;
let client: pg.Client;
let store: Store;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-sync-life-'));
  store = await openStore({ engine: 'sqlite', path: join(folder, 'lockstep.db') });
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(TABLES);
});
afterAll(async () => {
  await client.end();
  await store.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** One sequence: the real thing beside the model. */
class Life {
  readonly model = new Model();
  /** of the plans of the model, in the same order */
  readonly ids: string[] = [];
  readonly check: string;
  readonly #configured: {
    readonly directions: Directions;
    readonly watched: ReturnType<typeof watchPairs>;
  }[];
  #nth = 0;
  /** of the runs and the marks; plans live by the clock on the wall */
  #now = Date.now();

  constructor(check: string, configurations: readonly Directions[]) {
    this.check = check;
    this.#configured = configurations.map((kinds) => ({
      directions: kinds,
      watched: watchPairs(database.url, { name: check, kinds }),
    }));
  }

  async close(): Promise<void> {
    for (const { watched } of this.#configured) await watched.close();
  }

  async act(one: Step): Promise<void> {
    const { directions: rule, watched } = this.#configured[this.#nth]!;
    const { model, check } = this;
    this.#now += 1;
    const now = this.#now;
    const repairs = new Repairs({
      ...{ store, metrics, logger: pino({ enabled: false }) },
      workshops: new Map([[check, watched.workshop]]),
    });
    switch (one.do) {
      case 'set':
        await client.query(setSql(one.side === 'left' ? 'l' : 'r', one.key, one.value));
        model.set(one.key, one.side, one.value);
        break;
      case 'run':
        await store.expireMarks(check, now);
        await watched.run(store, now);
        model.run(now);
        break;
      case 'error':
        await store.expireMarks(check, now);
        await stumble(store, check, now);
        model.expire(now);
        break;
      case 'wait':
        this.#now += one.hours * HOUR_MS;
        break;
      case 'reconfigure':
        this.#nth = 1 - this.#nth;
        break;
      case 'mark': {
        const expiresAt = one.hours === null ? null : now + one.hours * HOUR_MS;
        const mark = { reason: 'a reason', ticket: null, by: 'ada', at: now, expiresAt };
        await store.markKnown([violationId(check, [one.key])], { ...mark, from: 'api' });
        model.mark(one.key, expiresAt);
        break;
      }
      case 'unmark':
        await store.unmark([violationId(check, [one.key])], 'ada', now);
        model.unmark(one.key);
        break;
      case 'plan': {
        const ids = one.key === null ? {} : { ids: [violationId(check, [one.key])] };
        await this.#made(model.plan(one.key, one.by, rule), repairs.plan(check, ids, one.by));
        break;
      }
      case 'undo': {
        const [plan, id] = this.#newest(one.nth, 'applied');
        if (plan) await this.#made(model.undo(plan, one.by, rule), repairs.undo(id, one.by));
        break;
      }
      case 'apply': {
        const [plan, id] = this.#newest(one.nth, 'planned');
        if (!plan) break;
        const asking = one.foreign ? 'eve' : plan.by;
        const expected = model.apply(plan, asking, rule, one.dryRun);
        const asked = { by: asking, reason: 'a reason', dryRun: one.dryRun };
        const applied = await orRefusal(repairs.apply(id, asked));
        const outcomes = (record: PlanRecord): string[] => record.results.map(({ outcome }) => outcome);
        expect(typeof applied === 'string' ? applied : outcomes(applied.record)).toEqual(expected);
      }
    }
    await repairs.stop();
  }

  /** @param state looked for first; any plan will do where there is none */
  #newest(back: number, state: ModelPlan['state']): [ModelPlan | undefined, string] {
    const { plans } = this.model;
    const wanted = plans.filter((plan) => plan.state === state);
    const plan = (wanted.length > 0 ? wanted : plans).at(-1 - back);
    return [plan, plan ? (this.ids[plans.indexOf(plan)] ?? '') : ''];
  }

  async #made(expected: ModelPlan | string, made: Promise<PlanRecord>): Promise<void> {
    const record = await orRefusal(made);
    if (typeof record === 'string' || typeof expected === 'string') {
      expect(record).toBe(expected);
      return;
    }
    this.ids.push(record.plan.id);
    expect(shown(record)).toEqual(shownByModel(expected));
  }
}

function setSql(table: string, id: number, value: number | null): string {
  return value === null
    ? `DELETE FROM ${table} WHERE id = ${String(id)}`
    : `INSERT INTO ${table} VALUES (${String(id)}, ${String(value)}) ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v`;
}

async function orRefusal<T>(asked: Promise<T>): Promise<T | string> {
  return asked.catch((error: unknown) => {
    if (error instanceof RepairRefused) return error.kind;
    throw error;
  });
}

function shown({ plan, state, results }: PlanRecord): unknown {
  const level = (row: Readonly<Record<string, string | null>> | null): number | null =>
    row ? Number(row['v']) : null;
  const rows = plan.rows.map(({ key: [id], write }, i) => ({
    key: Number(id),
    write: write && { side: write.side, before: level(write.before), after: level(write.after) },
    outcome: results[i]?.outcome,
  }));
  return { by: plan.createdBy, state, rows };
}

function shownByModel({ by: maker, state, rows }: ModelPlan): unknown {
  return {
    by: maker,
    state,
    rows: rows.map(({ key: id, write, outcome }) => ({
      key: id,
      write: write && { side: write.side, before: write.before, after: write.after },
      outcome,
    })),
  };
}

async function tables(): Promise<unknown> {
  const { rows } = await client.query<{ id: number; left: number | null; right: number | null }>(
    `SELECT k AS id, l.v AS left, r.v AS right FROM unnest($1::int[]) AS k
      LEFT JOIN l ON l.id = k LEFT JOIN r ON r.id = k ORDER BY k`,
    [KEYS],
  );
  return rows;
}

async function judge({ check, model, ids }: Life): Promise<void> {
  for (const [i, plan] of model.plans.entries())
    expect(shown((await store.plan(ids[i] ?? ''))!)).toEqual(shownByModel(plan));
  const page = await store.violations({ checks: [check], sort: 'key', descending: false, limit: 10 });
  const states = [...model.seen].sort(([a], [b]) => a - b).map(([id, { state }]) => [id, state]);
  expect(page.rows.map((row) => [row.key[0], row.state])).toEqual(states);
  const { rows: written } = await client.query<Change>(
    'SELECT xid, side, id, old, new FROM history WHERE app = $1',
    [MENDER],
  );
  expect(sortedLines(await auditedWrites(store, new Set(ids)))).toEqual(sortedLines(written));
}

test(
  'whatever happens to two tables, plans say, write and take back what the model does, and no more',
  async () => {
    let lives = 0;
    let written = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(directions, directions),
        beginning,
        fc.array(step, { minLength: 5, maxLength: 15 }),
        async (configurations, first, steps) => {
          lives += 1;
          await client.query('TRUNCATE l, r, history, journal');
          const life = new Life(`life_${String(lives)}`, configurations);
          try {
            for (const one of [...first, ...steps]) {
              await life.act(one);
              expect(await tables()).toEqual(KEYS.map((id) => ({ id, ...life.model.pair(id) })));
            }
            await judge(life);
            const outcomes = life.model.plans.flatMap(({ rows }) => rows.map(({ outcome }) => outcome));
            written += outcomes.filter((outcome) => outcome === 'written').length;
          } finally {
            await life.close();
          }
        },
      ),
      { numRuns: SEQUENCES, interruptAfterTimeLimit: TIME_LIMIT_MS },
    );
    // else the steps led nowhere
    expect(lives).toBeGreaterThan(10);
    expect(written).toBeGreaterThan(lives / 4);
  },
  TIME_LIMIT_MS * 4,
);
