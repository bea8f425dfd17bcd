/** The ways in which a libSQL database is written: a file, a server, and SQLAlchemy's form of both. */
import { resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';

export type Address =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'server'; readonly base: URL; readonly authToken: string | null };

export const URL_PATTERN = '^(file:|https?://|wss?://|libsql://|sqlite\\+libsql://)';
const SQLALCHEMY = 'sqlite+';
const TLS_OFF = ['0', 'false', 'no'];

/** @throws UserError without the address itself, which may hold a token */
export function parseAddress(url: string): Address {
  const path = filePath(url);
  if (path !== null) return { kind: 'file', path };
  const own = url.startsWith(SQLALCHEMY) ? url.slice(SQLALCHEMY.length) : url;
  // a scheme that URL does not know keeps its host as part of the path
  const parsed = URL.canParse(own.replace(/^\w+/, 'https')) ? new URL(own.replace(/^\w+/, 'https')) : null;
  if (!parsed || parsed.hostname === '') {
    throw new UserError('url: is no address of a libSQL database; write file:path or libsql://host');
  }
  const { searchParams } = parsed;
  const plain =
    /^(http|ws):/.test(own) ||
    [searchParams.get('tls'), searchParams.get('secure')].some((value) =>
      TLS_OFF.includes(value?.toLowerCase() ?? ''),
    );
  const base = new URL(`${plain ? 'http' : 'https'}://${parsed.host}${parsed.pathname.replace(/\/*$/, '/')}`);
  return { kind: 'server', base, authToken: searchParams.get('authToken') };
}

/** The same address with the path of a file made absolute. */
export function fromFolder(url: string, folder: string): string {
  const path = filePath(url);
  return path === null
    ? url
    : `file:${encodeURI(resolve(folder, path)).replace(/[?#]/g, encodeURIComponent)}`;
}

/** null for a server. SQLAlchemy counts slashes: three before a relative path, four before an absolute one. */
function filePath(url: string): string | null {
  const sqlalchemy = /^sqlite\+libsql:\/\/\/(.+)$/.exec(url)?.[1];
  const file = /^file:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
  const path = (sqlalchemy ?? file)?.replace(/\?.*$/, '');
  if (path === undefined) return null;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
