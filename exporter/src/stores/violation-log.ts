/**
 * One JSON file for each run that found something, for whoever collects files: `20260131_235959_violations.json`,
 * named by UTC time; a second one in the same second is `…_violations_2.json`. A file is never overwritten, and it is
 * there whole or not at all.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ViolationLogConfig } from '../config/config.ts';
import { UserError } from '../core/errors.ts';
import type { ViolationReport } from '../core/violation-report.ts';
import { errorCode } from './error-code.ts';

const FILE = /^\d{8}_\d{6}_violations(?:_(\d+))?\.json$/;
const TIME_LENGTH = 'YYYYMMDD_HHMMSS'.length;
const UNFINISHED = /^\.\d{8}_\d{6}_violations\.[0-9a-f]{16}\.tmp$/;
/** Nobody takes an hour to write one; it is what a crash left. */
const UNFINISHED_MAX_AGE_MS = 3_600_000;
/** Links are not to be had on some network and FAT file systems. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Returns the path of the new file, or null when nothing is inconsistent and no file is due. Throws a `UserError`
 * when it could not be written or old files could not be deleted; a failed write leaves nothing behind.
 */
export async function writeViolationFile(
  config: ViolationLogConfig,
  report: ViolationReport,
  now: number,
): Promise<string | null> {
  if (report.inconsistent === 0) return null;
  const { directory } = config;
  try {
    await mkdir(directory, { recursive: true });
    const name = `${timeName(now)}_violations`;
    const unfinished = join(directory, `.${name}.${randomBytes(8).toString('hex')}.tmp`);
    const file = await writeDurably(unfinished, `${JSON.stringify(report, null, 2)}\n`)
      .then(() => publish(unfinished, directory, name))
      .finally(() => rm(unfinished, { force: true }).catch(() => undefined));
    await syncFolder(directory);
    await rotate(config, file, now);
    return join(directory, file);
  } catch (error) {
    throw explain(directory, error);
  }
}

/** 1769903999000 → `20260131_235959`. */
function timeName(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}

async function writeDurably(path: string, text: string): Promise<void> {
  // Rows name users: readable for the owner and the group that collects them.
  const file = await open(path, 'wx', 0o640);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Numbers go up within a second, also when the first files of that second have been deleted already. */
async function publish(unfinished: string, directory: string, name: string): Promise<string> {
  const taken = (await readdir(directory)).filter((file) => file.startsWith(name)).map(numberOf);
  for (let number = Math.max(0, ...taken) + 1; ; number += 1) {
    const file = number === 1 ? `${name}.json` : `${name}_${String(number)}.json`;
    try {
      await moveWithoutOverwriting(unfinished, join(directory, file));
      return file;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

async function moveWithoutOverwriting(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINKS.has(errorCode(error))) throw error;
    await (await open(to, 'wx')).close();
    await rename(from, to);
  }
}

/** So that the name survives a power cut too. */
async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Deletes only files of this log, oldest first, and never the one just written. */
async function rotate(
  { directory, maxFiles, maxAgeMs }: ViolationLogConfig,
  newest: string,
  now: number,
): Promise<void> {
  const names = await readdir(directory);
  const others = names.filter((name) => FILE.test(name) && name !== newest).sort(byAge);
  const oldest = `${timeName(now - maxAgeMs)}_violations.json`;
  const surplus = others.length + 1 - maxFiles;
  for (const [index, name] of others.entries()) {
    if (index < surplus || byAge(name, oldest) < 0) await rm(join(directory, name), { force: true });
  }
  for (const name of names.filter((name) => UNFINISHED.test(name))) {
    const path = join(directory, name);
    const age = await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs).catch(() => 0); // prettier-ignore
    if (age > UNFINISHED_MAX_AGE_MS) await rm(path, { force: true });
  }
}

function byAge(a: string, b: string): number {
  const [timeA, timeB] = [a.slice(0, TIME_LENGTH), b.slice(0, TIME_LENGTH)];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return numberOf(a) - numberOf(b);
}

/** 1 for the first file of a second, 0 for a name that is none of ours. */
function numberOf(name: string): number {
  const match = FILE.exec(name);
  return match ? Number(match[1] ?? 1) : 0;
}

const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EROFS: 'the file system is read-only; name another folder in violationLog.directory',
  EACCES: 'the user that runs Lockstep may not write there; give it the right or name another folder',
  EPERM: 'the user that runs Lockstep may not write there; give it the right or name another folder',
  ENOTDIR: 'it is not a folder; name another one in violationLog.directory',
  EEXIST: 'it is not a folder; name another one in violationLog.directory',
};

function explain(directory: string, error: unknown): unknown {
  const meaning = MEANINGS[errorCode(error)];
  return meaning === undefined
    ? error
    : new UserError(`violation log ${directory}: ${meaning}`, { cause: error });
}
