/** Every store there is, each opened in a place of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../exporter/src/stores/open.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { createDatabase } from '../postgres.ts';

export interface Place {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export const STORES: Readonly<Record<string, () => Promise<Place>>> = {
  sqlite: () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-store-'));
    const path = join(folder, 'new', 'lockstep.db');
    return Promise.resolve({
      open: () => openStore({ engine: 'sqlite', path }),
      remove: () => {
        rmSync(folder, { recursive: true });
        return Promise.resolve();
      },
    });
  },
  postgres: async () => {
    const database = await createDatabase();
    return {
      open: () => openStore({ engine: 'postgres', url: database.url, schema: 'Odd "schema"' }),
      remove: () => database.drop(),
    };
  },
};
