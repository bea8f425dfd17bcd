import type { Transaction } from 'kysely';
import type { Tables, ViolationEventRow } from './tables.ts';

export async function insertEvents(
  trx: Transaction<Tables>,
  events: readonly ViolationEventRow[],
): Promise<void> {
  await trx
    .insertInto('violation_event')
    .values(events)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
