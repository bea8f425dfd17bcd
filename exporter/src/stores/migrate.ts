/** Brings a store to this version's tables: numbered steps, each applied once, by one process at a time. */
import { UserError } from '../core/errors.ts';
import { SQL as FIRST } from './migrations/0001-first.ts';
import { SQL as KNOWN } from './migrations/0002-known.ts';
import { SQL as BASELINES } from './migrations/0003-baselines.ts';
import { SQL as SYNC } from './migrations/0004-sync.ts';
import { SQL as DEPLOYMENTS } from './migrations/0005-deployments.ts';

/** In order; the number of a step is its place, starting at 1. Append, never edit. */
export const MIGRATIONS: readonly string[] = [FIRST, KNOWN, BASELINES, SYNC, DEPLOYMENTS];

export interface MigrationTarget {
  /** how people know the store: a path, or a schema in a database; no secret */
  readonly name: string;
  /** the collation that compares bytes, as it stands in a column definition */
  readonly binary: string;
  /** Number of the last step applied, 0 for a new store. Throws a `UserError` when this is no store of ours. */
  version(): Promise<number>;
  /** Runs `work` in one transaction during which no other process migrates. */
  exclusively(work: () => Promise<void>): Promise<void>;
  /** Runs several statements at once. */
  execute(sql: string): Promise<void>;
}

const VERSION_TABLE = 'CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL PRIMARY KEY);';

/** Throws a `UserError` when the store was written by a newer version; nothing is changed then. */
export async function migrate(
  target: MigrationTarget,
  migrations: readonly string[] = MIGRATIONS,
): Promise<void> {
  // Looked at without the lock first: opening an up-to-date store must not wait for whoever writes to it.
  if (refuseNewer(target, await target.version(), migrations) === migrations.length) return;
  await target.exclusively(async () => {
    const version = refuseNewer(target, await target.version(), migrations);
    if (version === 0) await target.execute(VERSION_TABLE);
    for (const [index, sql] of migrations.entries()) {
      if (index < version) continue;
      await target.execute(sql.replaceAll('{binary}', target.binary));
      await target.execute(`INSERT INTO schema_version (version) VALUES (${String(index + 1)});`);
    }
  });
}

function refuseNewer(target: MigrationTarget, version: number, migrations: readonly string[]): number {
  if (version > migrations.length) {
    throw new UserError(
      `store ${target.name}: this file was written by a newer Lockstep ` +
        `(schema ${String(version)}, this one knows ${String(migrations.length)}); ` +
        'start that version or restore a backup',
    );
  }
  return version;
}
