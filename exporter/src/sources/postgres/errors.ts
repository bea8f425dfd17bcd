import { SourceError } from '../../core/errors.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  '28P01': 'the login or its password was refused; check the URL',
  '28000': 'the login was refused; check pg_hba.conf and the URL',
  '3D000': 'the database does not exist; check the URL',
  '42501': 'the login may not read this; GRANT SELECT on it',
  '53300': 'the server has no connection left; raise max_connections or lower the concurrency',
  '55P03': 'a lock was not granted within lockTimeout; something holds the table exclusively',
  '57014':
    'cancelled: the statement ran longer than the timeout of the check; raise it, or add the index that `lockstep explain` advises',
  '57P01': 'the connection was ended by the server (restart, failover or pg_terminate_backend)',
  '57P03': 'the server is starting up or shutting down',
  '40001':
    'the standby had to cancel the query to apply changes; set hot_standby_feedback or max_standby_streaming_delay',
  '42883': 'the two sides have types that cannot be compared; give one of them as `expr:` with a cast',
};

const CUT = 'the connection was cut';
/** `pg` has no code for what it says of a connection that broke under a query, or before the next one. */
const BROKEN = /^(Connection terminated|Client .* is not queryable)/;

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; is the database running, and are host and port right?',
  ENOTFOUND: 'the host name does not resolve',
  EHOSTUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'no answer in time',
  ECONNRESET: CUT,
  EPIPE: CUT,
};

/** Any failure of `pg` as one that says what to do. Text of a row never gets through: class 22 messages quote values. */
export function toSourceError(source: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const { code, message } = describe(error);
  if (code.startsWith('22')) {
    return new SourceError(source, `${reasonOf(error)}; a value does not fit its use in where: or expr:`);
  }
  const remedy = REMEDIES[code] ?? NETWORK[code] ?? (BROKEN.test(message) ? CUT : undefined);
  const label = code === '' ? '' : ` (${code})`;
  return new SourceError(source, remedy ? `${message}${label}: ${remedy}` : `${message}${label}`, {
    cause: error,
  });
}

/** What the server said of one row, without the row's values; only a trigger of the user's may say more. */
export function reasonOf(error: unknown): string {
  const { code, message } = describe(error);
  const what = code.startsWith('22') ? message.replace(/".*"/gs, '…').replace(/: .*$/s, '') : message;
  return `${what} (${code})`;
}

/** SQLSTATE of what `pg` threw, also when it is wrapped already; empty when the server did not say it. */
export function codeOf(error: unknown): string {
  if (error instanceof SourceError) return codeOf(error.cause);
  const { code } = describe(error);
  return /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

function describe(error: unknown): { code: string; message: string } {
  // an AggregateError (one error per address tried) has an empty message of its own
  const several = typeof error === 'object' && error !== null && 'errors' in error ? error.errors : null;
  const first: unknown = Array.isArray(several) ? several[0] : error;
  // by shape: an error of Node itself is no `Error` of ours where the code runs in a context of its own
  if (typeof first !== 'object' || first === null || !('message' in first)) {
    return { code: '', message: String(first) };
  }
  const code = 'code' in first && typeof first.code === 'string' ? first.code : '';
  return { code, message: String(first.message) };
}
