/**
 * Parts pairs, mends them and takes that back, over and over. It kills itself (-9) where it is told to: between two
 * calls of the parts that it is made of.
 */
import { once } from 'node:events';
import pg from 'pg';
import { pino } from 'pino';
import { Metrics } from '../../exporter/src/metrics.ts';
import { Board } from '../../exporter/src/runner/board.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import { Repairs } from '../../exporter/src/sync/repairs.ts';
import type { PlacedWrite, WriteOptions } from '../../exporter/src/sources/mender.ts';
import { around } from './around.ts';
import { CHECK, watchPairs } from './watched-pairs.ts';

export interface Orders {
  readonly url: string;
  readonly path: string;
  /** `before saveBatch`, `after settleBatch`, `during COMMIT`, …; null: somebody else does it */
  readonly at: string | null;
  /** at which of them, from 1 */
  readonly nth: number;
}

const { url, path, at, nth } = JSON.parse(process.argv[2] ?? '') as Orders;
let reached = 0;

function reach(step: string): void {
  if (step !== at) return;
  reached += 1;
  if (reached === nth) process.kill(process.pid, 'SIGKILL');
}

async function reachAround(
  name: string,
  go: (...args: unknown[]) => Promise<unknown>,
  args: unknown[],
): Promise<unknown> {
  reach(`before ${name}`);
  const result = await go(...args);
  reach(`after ${name}`);
  return result;
}

/** Sent in the same turn of the event loop in which the batch was saved; the next turn is the end. */
function killedInCommit(options: WriteOptions): WriteOptions {
  return {
    ...options,
    beforeCommit: async (...batch) => {
      await options.beforeCommit(...batch);
      setImmediate(() => {
        reach('during COMMIT');
      });
    },
  };
}

// waiting for a signal alone keeps no process
const waiting = setInterval(() => undefined, 60_000);
const told = once(process, 'SIGUSR2');
process.stdout.write('ready\n');
await told;
clearInterval(waiting);
const client = new pg.Client({ connectionString: url, application_name: 'writer' });
await client.connect();
const store = around(await openStore({ engine: 'sqlite', path }), reachAround);
const { workshop, run } = watchPairs(url);
const mender = around(workshop.mender, (name, go, args) => {
  if (name !== 'write') return go(...args);
  const [writes, options] = args as [readonly PlacedWrite[], WriteOptions];
  return reachAround(name, go, [writes, killedInCommit(options)]);
});
const repairs = new Repairs({
  ...{ store, metrics: new Metrics(new Board(), { version: '0' }), logger: pino({ enabled: false }) },
  workshops: new Map([[CHECK, { ...workshop, mender }]]),
});
for (let turn = 1; ; turn += 1) {
  await client.query(
    `UPDATE l SET v = v + 1; DELETE FROM r WHERE id % 5 = 0; DELETE FROM l WHERE id % 5 = 1`,
  );
  await run(store);
  const plan = await repairs.plan(CHECK, {}, 'ada');
  // rows that are skipped, and must be told so
  await client.query(`UPDATE r SET v = v + 10 WHERE id % 9 = 2`);
  const asked = { by: 'ada', reason: 'a kill', dryRun: false };
  process.stdout.write('applying\n');
  await repairs.apply(plan.plan.id, asked);
  const undo = await repairs.undo(plan.plan.id, 'ada');
  await repairs.apply(undo.plan.id, asked);
}
