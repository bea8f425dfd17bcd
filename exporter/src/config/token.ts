import { createHash } from 'node:crypto';

/** Hex digest under which a token is kept and compared. */
export function sha256(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}
