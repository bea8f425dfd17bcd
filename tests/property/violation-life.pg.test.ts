/** Random lives of violations, in both stores, against a model that is a few lines long. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { violationId } from '../../exporter/src/core/violation.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import type { ConfigMark, Store } from '../../exporter/src/stores/store.ts';
import { look, mismatch, stumble } from '../conformance/looks.ts';
import { createDatabase } from '../postgres.ts';

const KEYS = [1, 2, 3];
const HOUR = 3_600_000;

/** What a key is: absent from memory, or its state, the value it was last seen with, and when its mark runs out. */
interface Life {
  state: 'open' | 'known' | 'resolved';
  value: number;
  from: 'api' | 'config' | null;
  expiresAt: number | null;
}

type Step =
  | { readonly do: 'run'; readonly values: readonly (number | null)[]; readonly accepted: readonly number[] }
  | { readonly do: 'error' }
  | { readonly do: 'mark'; readonly key: number; readonly hours: number | null }
  | { readonly do: 'unmark'; readonly key: number }
  | { readonly do: 'wait'; readonly hours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      values: fc.tuple(...KEYS.map(() => fc.option(fc.integer({ min: 4, max: 5 })))),
      accepted: fc.subarray(KEYS, { maxLength: 1 }),
    }),
  },
  fc.constant({ do: 'error' as const }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      key: fc.constantFrom(...KEYS),
      hours: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
  },
  fc.record({ do: fc.constant('unmark' as const), key: fc.constantFrom(...KEYS) }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 4 }) }),
);

class Model {
  readonly lives = new Map<number, Life>();
  now = Date.UTC(2026, 5, 15);

  #open(key: number, value: number): void {
    this.lives.set(key, { state: 'open', value, from: null, expiresAt: null });
  }

  run(values: readonly (number | null)[], accepted: readonly number[]): void {
    this.expire();
    for (const [i, key] of KEYS.entries()) {
      const value = values[i] ?? null;
      const life = this.lives.get(key);
      if (value === null) {
        if (life) this.lives.set(key, { ...life, state: 'resolved', from: null, expiresAt: null });
        continue;
      }
      if (!life || life.state === 'resolved' || life.value !== value) this.#open(key, value);
      const mine = this.lives.get(key) as Life;
      if (mine.from === 'config' && !accepted.includes(key)) this.#open(key, value);
      else if (accepted.includes(key) && mine.state === 'open')
        this.lives.set(key, { ...mine, state: 'known', from: 'config' });
    }
  }

  expire(): void {
    for (const [key, life] of this.lives) {
      if (life.expiresAt !== null && life.expiresAt <= this.now) this.#open(key, life.value);
    }
  }

  mark(key: number, expiresAt: number | null): void {
    const life = this.lives.get(key);
    if (!life || life.state === 'resolved' || life.from === 'config') return;
    this.lives.set(key, { ...life, state: 'known', from: 'api', expiresAt });
  }

  unmark(key: number): void {
    const life = this.lives.get(key);
    if (life?.from === 'api') this.#open(key, life.value);
  }
}

async function act(store: Store, check: string, model: Model, one: Step): Promise<void> {
  model.now += 1;
  const id = (key: number): string => violationId(check, [key]);
  const mark = { reason: 'a reason', ticket: null, by: 'ada', at: model.now };
  switch (one.do) {
    case 'run': {
      const rows = KEYS.flatMap((key, i) =>
        typeof one.values[i] === 'number' ? [mismatch([key], 3, one.values[i])] : [],
      );
      const config = one.accepted.map((key): ConfigMark => {
        return { id: id(key), mark: { ...mark, expiresAt: null, from: 'config' }, left: null, right: null };
      });
      await store.expireMarks(check, model.now);
      await look(store, check, rows, model.now, config);
      model.run(one.values, one.accepted);
      break;
    }
    case 'error':
      await store.expireMarks(check, model.now);
      await stumble(store, check, model.now);
      model.expire();
      break;
    case 'mark': {
      const expiresAt = one.hours === null ? null : model.now + one.hours * HOUR;
      await store.markKnown([id(one.key)], { ...mark, expiresAt, from: 'api' });
      model.mark(one.key, expiresAt);
      break;
    }
    case 'unmark':
      await store.unmark([id(one.key)], 'bob', model.now);
      model.unmark(one.key);
      break;
    case 'wait':
      model.now += one.hours * HOUR;
  }
}

async function remembered(store: Store, check: string): Promise<unknown[]> {
  const page = await store.violations({ checks: [check], sort: 'key', descending: false, limit: 10 });
  return page.rows.map(({ key, state, right, known }) => ({
    key: key[0],
    ...{ state, value: right?.[0], from: known?.from ?? null, expiresAt: known?.expiresAt ?? null },
  }));
}

const STORES = {
  sqlite: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-life-'));
    const store = await openStore({ engine: 'sqlite', path: join(folder, 'lockstep.db') });
    return {
      store,
      remove: () => {
        rmSync(folder, { recursive: true });
        return Promise.resolve();
      },
    };
  },
  postgres: async () => {
    const database = await createDatabase();
    const store = await openStore({ engine: 'postgres', url: database.url, schema: 'lockstep' });
    return { store, remove: () => database.drop() };
  },
};

test.each(Object.entries(STORES))(
  'whatever happens to violations, the %s store remembers what the model does',
  async (_engine, open) => {
    const { store, remove } = await open();
    let lives = 0;
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
          lives += 1;
          const check = `life_${String(lives)}`;
          const model = new Model();
          for (const one of steps) {
            await act(store, check, model, one);
            const expected = [...model.lives]
              .sort(([a], [b]) => a - b)
              .map(([key, life]) => ({ key, ...life }));
            expect(await remembered(store, check)).toEqual(expected);
          }
        }),
        { numRuns: 150 },
      );
    } finally {
      await store.close();
      await remove();
    }
  },
  120_000,
);
