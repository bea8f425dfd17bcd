import type { Standing } from './store.ts';
import type { Backend } from './tables.ts';

/** One snapshot, so that a run that is being saved shows whole or not at all. */
export async function standing(backend: Backend, check: string): Promise<Standing> {
  return backend.read
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const known = await trx
        .selectFrom('violation')
        .select((eb) => ['kind', eb.fn.countAll<number>().as('count')])
        .where('check_name', '=', check)
        .where('state', '=', 'known')
        .groupBy('kind')
        .execute();
      const open = await trx
        .selectFrom('violation')
        .select(['key_json', 'first_seen_at'])
        .where('check_name', '=', check)
        .where('state', '=', 'open')
        .execute();
      const first = open.map(({ key_json }) => String((JSON.parse(key_json) as unknown[])[0]));
      return {
        known: Object.fromEntries(known.map(({ kind, count }) => [kind, count])),
        oldestOpenAt: open.reduce<number | null>(
          (oldest, { first_seen_at: at }) => (oldest === null || at < oldest ? at : oldest),
          null,
        ),
        entities: new Set(first).size,
      };
    });
}
