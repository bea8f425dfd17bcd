/** The folder of JSON files in trouble: an error to count and to log, no half file, and business as usual afterwards. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../exporter/src/core/errors.ts';
import { writeViolationFile } from '../../exporter/src/stores/violation-log.ts';
import { startTypescript } from '../typescript-process.ts';

const IS_ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;
const NOW = Date.UTC(2026, 0, 31, 23, 59, 59);

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-log-'));
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true });
});

function write(directory: string, violations: number): Promise<string | null> {
  const report = {
    check: 'progress_license',
    timestamp: new Date(NOW).toISOString(),
    total_checked: violations,
    consistent: 0,
    inconsistent: violations,
    consistency_rate: 0,
    violations: Array.from({ length: violations }, (_, i) => ({
      user_id: i,
      progress_level: 1,
      license_level: 2,
    })),
  };
  return writeViolationFile({ directory, maxFiles: 10, maxAgeMs: 1e9 }, report, NOW);
}

async function refusal(writing: Promise<unknown>): Promise<string> {
  const error: unknown = await writing.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as Error).message;
}

describe('the violation log in trouble', () => {
  it('tells of a folder that is a file, and leaves the file alone', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    expect(await refusal(write(file, 1))).toBe(
      `violation log ${file}: it is not a folder; name another one in violationLog.directory`,
    );
    expect(await refusal(write(join(file, 'below'), 1))).toContain('it is not a folder');
    expect(readFileSync(file, 'utf8')).toBe('text');
  });

  it('tells of a folder that may not be written', async () => {
    chmodSync(folder, 0o555);
    const source = new URL('log-writer.ts', import.meta.url);
    const { ended } = startTypescript(source, [folder], IS_ROOT ? { uid: NOBODY } : {});
    expect((await ended).output).toBe(
      `UserError: violation log ${folder}: the user that runs Lockstep may not write there; ` +
        'give it the right or name another folder\n',
    );
    expect(readdirSync(folder)).toEqual([]);
  }, 30_000);

  // Only root can make a file system that is small enough to fill, or read-only.
  (IS_ROOT ? it : it.skip)(
    'leaves no half file on a full disk, and writes again when there is room',
    async () => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
      try {
        await write(folder, 1);
        expect(await refusal(write(folder, 5_000))).toBe(
          `violation log ${folder}: the disk is full; free some space`,
        );
        expect(readdirSync(folder)).toEqual(['20260131_235959_violations.json']);
        expect(await write(folder, 1)).toBe(join(folder, '20260131_235959_violations_2.json'));
      } finally {
        execFileSync('umount', ['-l', folder]);
      }
    },
  );

  (IS_ROOT ? it : it.skip)('tells of a read-only file system', async () => {
    const mounted = join(folder, 'disk');
    mkdirSync(mounted);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro,size=64k', 'tmpfs', mounted]);
    try {
      expect(await refusal(write(mounted, 1))).toContain('the file system is read-only; name another folder');
    } finally {
      execFileSync('umount', ['-l', mounted]);
    }
  });
});
