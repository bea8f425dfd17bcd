/** What was acknowledged is kept: kill -9 while runs are being saved, again and again on the same store. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { StoreConfig } from '../../exporter/src/config/config.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import { createDatabase } from '../postgres.ts';
import { startTypescript } from '../typescript-process.ts';
import { faults, lastSaved } from './saved-runs.ts';

const KILLS = 32;
const SAVER = new URL('saver.ts', import.meta.url);

/** Kills the saver `delayMs` after it has printed so many lines: the first when the store is open, one more for each run. */
async function saveAndKill(config: StoreConfig, printed: number, delayMs: number): Promise<number> {
  const { child, lines, ended } = startTypescript(SAVER, [JSON.stringify(config)]);
  let acknowledged = 0;
  lines.on('line', (line) => {
    if (line.startsWith('saved ')) acknowledged = Number(line.slice('saved '.length));
  });
  for (let line = 0; line < printed; line += 1) await Promise.race([once(lines, 'line'), ended]);
  await sleep(delayMs);
  child.kill('SIGKILL');
  const { code, output } = await ended;
  if (code !== null) throw new Error(`the saver ended by itself: ${output}`);
  return acknowledged;
}

/** @param quiet resolves when nothing of the killed process is still at work */
async function survivesKills(config: StoreConfig, quiet: () => Promise<void>): Promise<void> {
  let before = 0;
  let unacknowledged = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const early = kill < 4;
    const acknowledged = await saveAndKill(config, early ? 0 : 1 + (kill % 3), Math.random() * (early ? 900 : 400)); // prettier-ignore
    await quiet();
    const store = await openStore(config);
    const last = await lastSaved(store);
    expect(last).toBeGreaterThanOrEqual(Math.max(before, acknowledged));
    // The run that was committed when the kill came before its line.
    if (acknowledged > 0) expect(last).toBeLessThanOrEqual(acknowledged + 1);
    if (last > Math.max(before, acknowledged)) unacknowledged += 1;
    expect(await faults(store, last)).toEqual([]);
    await store.close();
    before = last;
  }
  // Else the kills came while nothing was going on.
  expect(before).toBeGreaterThan(KILLS / 4);
  expect(unacknowledged).toBeLessThan(KILLS);
}

/** A server may still carry out the last statement, even COMMIT, of a client that is gone. */
async function noSessions(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const others =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lockstep store'";
  while ((await client.query(others)).rows.length > 0) await sleep(10);
  await client.end();
}

describe('kill -9 while runs are being saved', () => {
  it('loses nothing that the sqlite store acknowledged and leaves no run half saved', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-kill-'));
    await survivesKills({ engine: 'sqlite', path: join(folder, 'lockstep.db') }, () => Promise.resolve());
    rmSync(folder, { recursive: true });
  }, 300_000);

  it('loses nothing that the postgres store acknowledged and leaves no run half saved', async () => {
    const database = await createDatabase();
    await survivesKills({ engine: 'postgres', url: database.url, schema: 'lockstep' }, () =>
      noSessions(database.url),
    );
    await database.drop();
  }, 300_000);
});
