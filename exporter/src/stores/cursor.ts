/** Keyset cursors: where a page ended, bound to the list that it is a page of. */
import { createHash } from 'node:crypto';
import { CursorError } from './store.ts';

/** The sorted value of the last row, and its id. */
export type Position = readonly [value: string | number | null, id: string];

/** @param list everything that makes this list what it is: filter, sort and direction, but not the page size */
export function encodeCursor(list: unknown, position: Position): string {
  const body = JSON.stringify(position);
  return `${Buffer.from(body).toString('base64url')}.${seal(list, body)}`;
}

/** Throws a `CursorError` unless the cursor was given out for this very list. */
export function decodeCursor(list: unknown, cursor: string): Position {
  const [encoded = '', given, ...rest] = cursor.split('.');
  const body = Buffer.from(encoded, 'base64url').toString('utf8');
  if (rest.length > 0 || given !== seal(list, body)) {
    throw new CursorError(
      'the cursor does not belong to this list: filter and sort must stay as they were; start again without a cursor',
    );
  }
  return JSON.parse(body) as Position;
}

/** Not a secret: it tells mistakes from cursors. Whoever forges one may only start at another place of the list. */
function seal(list: unknown, body: string): string {
  return createHash('sha256')
    .update(JSON.stringify([list, body]))
    .digest('base64url')
    .slice(0, 22);
}

/** `rows` holds one row more than the page when there is a next page. */
export function page<Row, T>(
  rows: readonly Row[],
  limit: number,
  read: (row: Row) => T,
  cursorOf: (row: Row) => string,
): { rows: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(read),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  };
}
