import { UserError } from '../core/errors.ts';
import { errorCode, errorMessage } from './error-code.ts';

const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'is locked: another process has been writing to it for 5 s. Stop that process (is a second Lockstep using this file?), or give this one its own store.path',
  ],
  [
    /^(SQLITE_READONLY|EACCES|EPERM|EROFS)/,
    'cannot be written. Give the user that runs Lockstep write permission on the file and its folder',
  ],
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    'is damaged and was left as it is. Restore a backup, or move it away to start with an empty store',
  ],
  [
    /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
    'cannot grow: the disk is full. Nothing of this run was saved; free some space',
  ],
  [/^(SQLITE_IOERR|EIO)/, 'cannot be read or written: the disk reports an error. Check the disk'],
  [
    /^(SQLITE_CANTOPEN|ENOENT|ENOTDIR|EEXIST|EISDIR|ENAMETOOLONG)/,
    'cannot be opened. store.path must name a file in a folder that exists or can be created',
  ],
];

export function explainSqlite(file: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  const code = codeOf(error);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  return meaning === undefined ? error : new UserError(`store ${file}: ${meaning}`, { cause: error });
}

export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY');
}

function codeOf(error: unknown): string {
  const code = errorCode(error);
  if (code !== '') return code;
  // libsql has no code for a file that it cannot open, only `ConnectionFailed("Unable to open connection … 14")`.
  return errorMessage(error).includes('Unable to open connection') ? 'SQLITE_CANTOPEN' : '';
}
