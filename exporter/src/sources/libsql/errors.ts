import { SourceError } from '../../core/errors.ts';

/** What the driver or a server said, with SQLite's or the server's own code. */
export class LibsqlError extends Error {
  override name = 'LibsqlError';
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [/^SQLITE_CANTOPEN/, 'is there such a file, and may this user read it? Beside a file in WAL mode SQLite also writes its -shm: the folder must allow it'],
  [/^SQLITE_(BUSY|LOCKED)/, 'another process holds the file for longer than busyTimeout; put it into WAL mode, in which nobody waits for readers'],
  [/^SQLITE_NOTADB/, 'the file is no SQLite database, or it is encrypted'],
  [/^SQLITE_CORRUPT/, 'the file is damaged; restore a backup'],
  [/^SQLITE_(IOERR|FULL|NOMEM)/, 'the disk or memory of the machine; a sort without an index needs room for temporary files'],
  [/^HTTP_40[13]/, 'the token was refused; check authToken, and that it was not made for another database'],
  [/^HTTP_3/, 'the server sends to another address, which is not followed with a token; write that address as url'],
  [/^HTTP_404/, 'nothing at this address speaks libSQL over HTTP (/v2/pipeline); check the url'],
  [/^HTTP_(429|5)/, 'the server is overloaded or broken; its own log says more'],
  [/^(STREAM_EXPIRED|HTTP_400)/, 'the server ended the transaction; a run that comes later begins anew'],
  [/^ECONNREFUSED/, 'nothing listens there; is the server running, and are host and port right?'],
  [/^ENOTFOUND/, 'the host name does not resolve'],
  [/^(ECONNRESET|UND_ERR_SOCKET|EPIPE)/, 'the connection was cut'],
  [/^(UND_ERR_.*TIMEOUT|ETIMEDOUT)/, 'no answer in time'],
  [/(CERT|SELF_SIGNED|TLS|SSL|UNABLE_TO_VERIFY)/, 'the server’s certificate is not trusted; give its authority as NODE_EXTRA_CA_CERTS'],
]; // prettier-ignore

/** An answer that the server's limit, or SQLite's own, does not let through in one piece. */
export function isTooLarge(error: unknown): boolean {
  const code = error instanceof SourceError ? codeOf(error.cause) : codeOf(error);
  return ['RESPONSE_TOO_LARGE', 'SQLITE_TOOBIG', 'ANSWER_TOO_LARGE'].includes(code);
}

/** Any failure as one that says what to do. SQLite's messages hold names and SQL, never values; neither do the server's. */
export function toSourceError(source: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1];
  const label = code === '' ? '' : ` (${code})`;
  return new SourceError(source, remedy ? `${message}${label}: ${remedy}` : `${message}${label}`, {
    cause: error,
  });
}

export function codeOf(error: unknown): string {
  // by shape: an error of Node itself is no `Error` of ours where the code runs in a context of its own
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
