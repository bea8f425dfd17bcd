import type { StoreConfig } from '../config/config.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

/** Throws a `UserError` when the store cannot be opened. */
export function openStore(config: StoreConfig): Promise<Store> {
  return config.engine === 'sqlite' ? openSqlite(config.path) : openPostgres(config);
}
