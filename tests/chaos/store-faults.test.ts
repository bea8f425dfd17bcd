/** The embedded store in trouble: it says what is wrong and what to do, and never harms the file. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { UserError } from '../../exporter/src/core/errors.ts';
import { openStore } from '../../exporter/src/stores/open.ts';
import type { Store } from '../../exporter/src/stores/store.ts';
import { startTypescript } from '../typescript-process.ts';
import { faults, saveNext } from './saved-runs.ts';

const SAVER = new URL('saver.ts', import.meta.url);
const IS_ROOT = process.getuid?.() === 0;
/** somebody for whom file modes count */
const NOBODY = 65_534;

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-faults-'));
  path = join(folder, 'lockstep.db');
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

function open(): Promise<Store> {
  return openStore({ engine: 'sqlite', path });
}

/** Leaves a closed store with so many runs at `path`. */
async function fill(runs: number): Promise<void> {
  const store = await open();
  for (let i = 0; i < runs; i += 1) await saveNext(store);
  await store.close();
}

async function expectRefusal(message: RegExp): Promise<void> {
  const before = existsSync(path) ? readFileSync(path) : null;
  const refused = await open().then(
    () => null,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(UserError);
  expect((refused as Error).message).toMatch(message);
  expect((refused as Error).message).toContain(path);
  if (before) expect(readFileSync(path).equals(before)).toBe(true);
}

describe('a store that another process is writing to', () => {
  it('opens and reads, waits 5 s to write without holding anybody up, then says so, and recovers', async () => {
    await fill(1);
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    const store = await open();
    expect(await faults(store, 1)).toEqual([]);
    let turns = 0;
    const clock = setInterval(() => (turns += 1), 10);
    const start = Date.now();
    await expect(saveNext(store)).rejects.toThrow(/is locked: another process .* Stop that process/);
    expect(Date.now() - start).toBeGreaterThan(4_900);
    clearInterval(clock);
    expect(turns).toBeGreaterThan(50);
    other.exec('ROLLBACK');
    other.exec('BEGIN IMMEDIATE');
    other.exec('UPDATE job SET consecutive_failures = 0');
    setTimeout(() => other.exec('COMMIT'), 300);
    expect(await saveNext(store)).toBe(2);
    expect(await faults(store, 2)).toEqual([]);
    await store.close();
    other.close();
  }, 30_000);

  it('is not created while another process creates something there', async () => {
    const other = new Database(path);
    other.exec('BEGIN EXCLUSIVE');
    await expectRefusal(/is locked/);
    other.exec('ROLLBACK');
    other.close();
    await fill(1);
  }, 30_000);
});

describe('a store that may not be written', () => {
  async function saverSays(): Promise<string> {
    const config = JSON.stringify({ engine: 'sqlite', path });
    const { ended } = startTypescript(SAVER, [config, '1'], IS_ROOT ? { uid: NOBODY } : {});
    return (await ended).output;
  }

  it.each([
    ['the file is read-only', 0o444, 0o777],
    ['the folder is read-only', 0o666, 0o555],
    ['neither may be read', 0o000, 0o755],
  ])(
    'is refused when %s',
    async (_, fileMode, folderMode) => {
      await fill(1);
      chmodSync(path, fileMode);
      chmodSync(folder, folderMode);
      expect(await saverSays()).toBe(
        `UserError: store ${path}: cannot be written. ` +
          'Give the user that runs Lockstep write permission on the file and its folder\n',
      );
      chmodSync(path, 0o600);
      chmodSync(folder, 0o755);
      const store = await open();
      expect(await faults(store, 1)).toEqual([]);
      await store.close();
    },
    30_000,
  );

  it('is refused when it cannot be created', async () => {
    chmodSync(folder, 0o555);
    expect(await saverSays()).toMatch(/^UserError: store .*: cannot be written\. Give the user/);
  }, 30_000);

  it('is refused when the path is a folder or leads through a file', async () => {
    mkdirSync(path);
    await expect(open()).rejects.toThrow('is a folder; store.path must name a file');
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    await expect(openStore({ engine: 'sqlite', path: join(file, 'lockstep.db') })).rejects.toThrow(
      'must name a file in a folder that exists or can be created',
    );
    expect(readFileSync(file, 'utf8')).toBe('text');
  });
});

describe('a damaged store', () => {
  it('is refused and left as it is when it is no database at all', async () => {
    writeFileSync(path, 'user_id,level\n1,2\n'.repeat(500));
    await expectRefusal(/is not a Lockstep store, or its beginning is damaged; it was left as it is/);
  });

  it('is refused and left as it is when a page is overwritten', async () => {
    await fill(3);
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4_096 * 3, 4_096 * 6);
    writeFileSync(path, bytes);
    await expectRefusal(/is damaged and was left as it is\. Restore a backup/);
  });

  it('is refused and left as it is when its end is missing', async () => {
    await fill(3);
    truncateSync(path, 4_096 * 10);
    await expectRefusal(/is damaged and was left as it is/);
  });

  it('says so when the damage is met later, and the process goes on', async () => {
    await fill(3);
    const store = await open();
    const bytes = readFileSync(path);
    bytes.fill(0x5a, 4_096 * 2);
    writeFileSync(path, bytes);
    await expect(faults(store, 3)).rejects.toThrow(/is damaged and was left as it is/);
    await store.close();
  });
});

describe('a store of somebody else', () => {
  it('is refused when a newer version has written it', async () => {
    await fill(1);
    const database = new Database(path);
    database.exec('INSERT INTO schema_version (version) VALUES (99); PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    await expectRefusal(
      /this file was written by a newer Lockstep \(schema 99, this one knows \d+\); start that version or restore a backup/,
    );
  });

  it('is refused when it is the database of something else', async () => {
    const database = new Database(path);
    database.exec('CREATE TABLE customers (id integer); PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    await expectRefusal(/is the SQLite database of something else; give store\.path a file of its own/);
  });

  it('works from a copy, as a backup does', async () => {
    await fill(2);
    copyFileSync(path, `${path}.backup`);
    await fill(1);
    copyFileSync(`${path}.backup`, path);
    const store = await open();
    expect(await faults(store, 2)).toEqual([]);
    await store.close();
  });
});

// Only root can make a file system that is small enough to fill.
(IS_ROOT ? describe : describe.skip)('a full disk', () => {
  it('costs the run that does not fit, none that was saved, and is over when there is room again', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk]);
    try {
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(4 * 1024 * 1024));
      path = join(disk, 'lockstep.db');
      const store = await open();
      let saved = 0;
      const full = async (): Promise<void> => {
        for (; saved < 100; saved += 1) await saveNext(store);
      };
      await expect(full()).rejects.toThrow(/cannot grow: the disk is full\. Nothing of this run was saved/);
      expect(saved).toBeGreaterThan(0);
      expect(await faults(store, saved)).toEqual([]);
      rmSync(join(disk, 'ballast'));
      expect(await saveNext(store)).toBe(saved + 1);
      expect(await faults(store, saved + 1)).toEqual([]);
      await store.close();
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  }, 60_000);
});
