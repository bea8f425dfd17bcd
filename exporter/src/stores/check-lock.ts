import type { Transaction } from 'kysely';
import type { Backend, Tables } from './tables.ts';

/** Two exporters that share a store take turns at one check: their row locks would otherwise meet crosswise. */
export function lockCheck(backend: Backend, trx: Transaction<Tables>, check: string): Promise<void> {
  return backend.lock(trx, checkSubject(check));
}

export function checkSubject(check: string): string {
  return `check ${check}`;
}
