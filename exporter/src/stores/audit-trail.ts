import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { decodeCursor, encodeCursor, page } from './cursor.ts';
import { readAudit } from './rows.ts';
import type { AuditEntry, Page } from './store.ts';
import type { Backend, Tables } from './tables.ts';

const LIST = ['audit'];
let written = 0;

export async function addAudit(backend: Backend, entry: AuditEntry): Promise<void> {
  await backend.write.transaction().execute((trx) => insertAudit(trx, entry));
}

/** For what must be noted together with something else, or not at all. */
export async function insertAudit(trx: Transaction<Tables>, entry: AuditEntry): Promise<void> {
  written += 1;
  // Sorts by time, then in the order of writing; the rest keeps two exporters on one store apart.
  const id = [String(entry.at).padStart(15, '0'), String(written).padStart(9, '0'), randomUUID()].join('-');
  await trx
    .insertInto('audit')
    .values({ ...entry, id, details: JSON.stringify(entry.details) })
    .execute();
}

/** Newest first. */
export async function auditPage(backend: Backend, limit: number, cursor?: string): Promise<Page<AuditEntry>> {
  let select = backend.read.selectFrom('audit').selectAll();
  if (cursor !== undefined) select = select.where('id', '<', decodeCursor(LIST, cursor)[1]);
  const rows = await select
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  return page(rows, limit, readAudit, (row) => encodeCursor(LIST, [row.at, row.id]));
}
