/** Two tables of which the database itself writes down every committed change, and a check that may mend them. */
import { coupling } from '../../exporter/src/checks/coupling.ts';
import type { Look } from '../../exporter/src/checks/kind.ts';
import type { Direction } from '../../exporter/src/core/sync-plan.ts';
import type { Disagreement } from '../../exporter/src/core/violation.ts';
import { postgres } from '../../exporter/src/sources/postgres.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import type { Workshop } from '../../exporter/src/sync/repairs.ts';
import { checkOf } from '../check-of.ts';
import { look } from '../conformance/looks.ts';

export const CHECK = 'pairs';
/** what the mender calls itself in the database */
export const MENDER = 'lockstep sync app';

/** `seq` is taken under the lock of the row, so it orders the changes of one row as they were committed. */
export const TABLES = `
  CREATE TABLE l (id int PRIMARY KEY, v int NOT NULL);
  CREATE TABLE r (id int PRIMARY KEY, v int NOT NULL);
  CREATE TABLE journal (id int, v int);
  CREATE TABLE history (seq bigserial PRIMARY KEY, xid text, app text, side text, id int, old int, new int);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO history (xid, app, side, id, old, new)
    VALUES (pg_current_xact_id()::text, current_setting('application_name'), TG_ARGV[0],
      COALESCE(NEW.id, OLD.id), OLD.v, NEW.v);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON l FOR EACH ROW EXECUTE FUNCTION note('left');
  CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON r FOR EACH ROW EXECUTE FUNCTION note('right');
  ALTER TABLE l ENABLE ALWAYS TRIGGER note;
  ALTER TABLE r ENABLE ALWAYS TRIGGER note`;

export const APART = `SELECT coalesce(l.id, r.id) AS id FROM l FULL JOIN r ON l.id = r.id
  WHERE l.id IS NULL OR r.id IS NULL OR l.v <> r.v`;

export type Directions = Readonly<Record<'missing_left' | 'missing_right' | 'mismatch', Direction>>;

/** One change of one row; null where there was or is no row. */
export interface Change {
  readonly xid: string;
  readonly side: string;
  readonly id: number;
  readonly old: number | null;
  readonly new: number | null;
}

/** A check over a database with {@link TABLES}. */
export function watchPairs(
  url: string,
  {
    name = CHECK,
    lockTimeout = '5s',
    ...directions
  }: { readonly name?: string; readonly lockTimeout?: string; readonly kinds?: Partial<Directions> } = {},
): {
  readonly workshop: Workshop;
  readonly check: ReturnType<typeof checkOf>;
  /** A run: what disagrees now is what the store remembers as open. */
  readonly run: (store: Store, at?: number) => Promise<void>;
  readonly close: () => Promise<void>;
} {
  const journal = { table: 'journal', values: { id: { expr: 'new.id' }, v: { expr: 'new.v' } } };
  const spec = {
    left: { source: 'app', table: 'l', key: ['id'], compare: ['v'] },
    right: { source: 'app', table: 'r', key: ['id'], compare: ['v'] },
    sync: { url, direction: 'to_higher', ...directions, left: { journal }, right: { journal } },
  };
  const check = checkOf(coupling, spec, { name });
  const source = postgres.open('app', { url });
  const lookNow = (): Look => ({
    source: () => source,
    timeoutMs: 30_000,
    signal: AbortSignal.timeout(30_000),
  });
  const order = coupling.repair!(check)!;
  const mender = postgres.mender!('app', { url, lockTimeout }, url, order.repair);
  const workshop: Workshop = {
    order,
    mender,
    lookAgain: async (rows) => (await coupling.recheck(check, lookNow(), rows)).length,
    run: () => undefined,
  };
  const run = async (store: Store, at = Date.now()): Promise<void> => {
    const rows: Disagreement[] = [];
    await coupling.evaluate(check, lookNow(), (row) => rows.push(row));
    await look(store, name, rows, at);
  };
  return { workshop, check, run, close: () => source.close() };
}

interface AuditedRow {
  readonly key: readonly (number | string)[];
  readonly side: string;
  readonly before: { readonly v: string } | null;
  readonly after: { readonly v: string } | null;
  readonly inverse: { readonly text: string } | null;
}

/** A write as the audit trail tells it. */
export interface AuditedWrite extends Change {
  readonly plan: string;
  readonly actor: string;
}

/** What the audit trail holds of the given plans. Throws when an entry lacks what takes its write back. */
export async function auditedWrites(store: Store, plans: ReadonlySet<string>): Promise<AuditedWrite[]> {
  const found: AuditedWrite[] = [];
  let cursor: string | undefined;
  for (;;) {
    const { rows, nextCursor } = await store.auditTrail(500, cursor);
    for (const { action, actor, details } of rows) {
      if (action !== 'sync.write' && action !== 'sync.undo') continue;
      const { plan, transaction, rows: written } = details as unknown as AuditDetails;
      if (!plans.has(plan)) continue;
      for (const row of written) {
        if (!row.inverse?.text) throw new Error(`plan ${plan}: a write without its inverse`);
        const [old, now] = [levelOf(row.before), levelOf(row.after)];
        found.push({
          ...{ plan, actor, xid: transaction, side: row.side, id: Number(row.key[0]), old, new: now },
        });
      }
    }
    if (nextCursor === null) return found;
    cursor = nextCursor;
  }
}

interface AuditDetails {
  readonly plan: string;
  readonly transaction: string;
  readonly rows: readonly AuditedRow[];
}

function levelOf(row: { readonly v: string } | null): number | null {
  return row === null ? null : Number(row.v);
}

/** For comparing what was written with what was told, in any order. */
export function sortedLines(changes: readonly Change[]): string[] {
  return changes.map(({ xid, side, id, old, new: now }) => JSON.stringify([xid, id, side, old, now])).sort();
}
