/** A libSQL file for every test file that needs one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';

// the process that reads a file starts from the sources here, as what `startTypescript` starts does
process.env['NODE_OPTIONS'] = `--import ${new URL('typescript.mjs', import.meta.url).href}`;

export interface LibsqlFile {
  readonly path: string;
  /** for `sources.*.url` */
  readonly url: string;
  /** Runs some statements, as whoever owns the data would. */
  readonly run: (sql: string) => void;
  /** Removes every table and view. */
  readonly clear: () => void;
  readonly remove: () => void;
}

export function libsqlFile(): LibsqlFile {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-libsql-'));
  const path = join(folder, 'app.db');
  const database = new Database(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = OFF');
  const clear = (): void => {
    const all = database.prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'").all([]) as { type: string; name: string }[]; // prettier-ignore
    database.exec('PRAGMA foreign_keys = OFF');
    for (const { type, name } of all) database.exec(`DROP ${type} "${name.replaceAll('"', '""')}"`);
  };
  return {
    path,
    url: `file:${path}`,
    run: (sql) => {
      database.exec(sql);
    },
    clear,
    remove: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
