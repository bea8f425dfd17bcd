/** Several processes open a store that does not exist yet: one of them creates it, all of them work. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import type { StoreConfig } from '../../exporter/src/config/config.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import { createDatabase } from '../postgres.ts';
import { startTypescript } from '../typescript-process.ts';

const OPENER = new URL('opener.ts', import.meta.url);
const PROCESSES = 3;

async function startTogether(config: StoreConfig): Promise<void> {
  // All wait for the same moment, so that loading their code does not line them up.
  const moment = Date.now() + 4_000;
  const processes = Array.from({ length: PROCESSES }, (_, i) =>
    startTypescript(OPENER, [JSON.stringify(config), String(moment), `check_${String(i)}`]),
  );
  for (const { ended } of processes) expect(await ended).toEqual({ code: 0, output: 'saved\n' });
  const store = await openStore(config);
  for (let i = 0; i < PROCESSES; i += 1) {
    expect((await store.runs(`check_${String(i)}`, 10)).rows).toHaveLength(1);
  }
  await store.close();
}

describe('two and more processes that open a new store at once', () => {
  it('all find a sqlite store in order', async () => {
    for (let round = 0; round < 3; round += 1) {
      const folder = mkdtempSync(join(tmpdir(), 'lockstep-start-'));
      await startTogether({ engine: 'sqlite', path: join(folder, 'new', 'lockstep.db') });
      rmSync(folder, { recursive: true });
    }
  }, 120_000);

  it('one waits while another still reads the new sqlite file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-start-'));
    const path = join(folder, 'lockstep.db');
    const other = new Database(path);
    other.exec('CREATE TABLE passing (x); DROP TABLE passing; BEGIN');
    other.prepare('SELECT * FROM sqlite_master').all([]);
    const opening = openStore({ engine: 'sqlite', path });
    await sleep(200);
    other.exec('COMMIT');
    other.close();
    await (await opening).close();
    rmSync(folder, { recursive: true });
  });

  it('all find a postgres store in order', async () => {
    const database = await createDatabase();
    for (const schema of ['one', 'two', 'three']) {
      await startTogether({ engine: 'postgres', url: database.url, schema });
    }
    await database.drop();
  }, 120_000);
});
