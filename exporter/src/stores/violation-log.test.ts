import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeViolationFile } from './violation-log.ts';

const NOW = Date.UTC(2026, 0, 31, 23, 59, 59, 999);
const DAY = 86_400_000;
const REPORT = {
  check: 'progress_license',
  timestamp: new Date(NOW).toISOString(),
  total_checked: 150,
  consistent: 148,
  inconsistent: 2,
  consistency_rate: 98.66,
  violations: [
    {
      user_id: 7,
      specialization: 'COACH',
      progress_level: 3,
      license_level: null,
      recommended_action: 'create',
    },
    { user_id: '9007199254740993', specialization: 'Größe', progress_level: 1, license_level: 2 },
  ],
};

let directory = '';
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'lockstep-log-')), 'new', 'violations');
});
afterEach(() => {
  rmSync(join(directory, '..', '..'), { recursive: true });
});

function config(more: Partial<{ maxFiles: number; maxAgeMs: number }> = {}) {
  return { directory, maxFiles: 1_000, maxAgeMs: 90 * DAY, ...more };
}

describe('the violation log', () => {
  it('writes what a run found to a file named by UTC time, with the documented fields', async () => {
    const path = await writeViolationFile(config(), REPORT, NOW);
    expect(path).toBe(join(directory, '20260131_235959_violations.json'));
    const text = readFileSync(path ?? '', 'utf8');
    expect(JSON.parse(text)).toEqual(REPORT);
    expect(text.endsWith('}\n')).toBe(true);
    expect(statSync(path ?? '').mode & 0o007).toBe(0);
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('writes nothing when nothing is inconsistent', async () => {
    expect(
      await writeViolationFile(config(), { ...REPORT, inconsistent: 0, violations: [] }, NOW),
    ).toBeNull();
    expect(() => statSync(directory)).toThrow('ENOENT');
  });

  it('never overwrites: files of one second are numbered, also when written at the same time', async () => {
    const reports = Array.from({ length: 12 }, (_, i) => ({ ...REPORT, total_checked: i }));
    const paths = await Promise.all(reports.map((report) => writeViolationFile(config(), report, NOW)));
    const names = Array.from(
      { length: 12 },
      (_, i) => `20260131_235959_violations${i ? `_${String(i + 1)}` : ''}.json`,
    );
    expect(readdirSync(directory).sort()).toEqual([...names].sort());
    for (const [i, path] of paths.entries()) {
      expect(JSON.parse(readFileSync(path ?? '', 'utf8'))).toMatchObject({ total_checked: i });
    }
  });

  it('keeps the newest files up to the limit, numbered ones in their order', async () => {
    for (let i = 0; i < 12; i += 1) await writeViolationFile(config({ maxFiles: 3 }), REPORT, NOW);
    expect(readdirSync(directory).sort()).toEqual([
      '20260131_235959_violations_10.json',
      '20260131_235959_violations_11.json',
      '20260131_235959_violations_12.json',
    ]);
    await writeViolationFile(config({ maxFiles: 1 }), REPORT, NOW + 1_000);
    expect(readdirSync(directory)).toEqual(['20260201_000000_violations.json']);
  });

  it('deletes files that are too old, but never the one just written', async () => {
    await writeViolationFile(config(), REPORT, NOW - 10 * DAY);
    await writeViolationFile(config(), REPORT, NOW - 5 * DAY);
    await writeViolationFile(config({ maxAgeMs: 7 * DAY }), REPORT, NOW);
    const kept = ['20260126_235959_violations.json', '20260131_235959_violations.json'];
    expect(readdirSync(directory).sort()).toEqual(kept);
    // The clock went back: what is written now is the oldest by its name.
    const path = await writeViolationFile(config({ maxFiles: 1 }), REPORT, NOW - 20 * DAY);
    expect(readdirSync(directory)).toContain(path?.split('/').at(-1));
  });

  it('leaves files of others alone and clears what a crash has left unfinished', async () => {
    mkdirSync(directory, { recursive: true });
    const others = ['notes.json', '20200101_000000_violations.json.bak', 'x20200101_000000_violations.json'];
    const crashed = '.20200101_000000_violations.0123456789abcdef.tmp';
    const current = '.20260131_235959_violations.fedcba9876543210.tmp';
    for (const name of [...others, crashed, current]) writeFileSync(join(directory, name), '');
    utimesSync(join(directory, crashed), 1, 1);
    await writeViolationFile(config({ maxFiles: 1, maxAgeMs: 1 }), REPORT, NOW);
    const expected = [...others, current, '20260131_235959_violations.json'];
    expect(readdirSync(directory).sort()).toEqual(expected.sort());
  });
});
