import { UserError } from '../core/errors.ts';
import { errorCode, errorMessage } from './error-code.ts';

const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|08|57P0)/,
    'the database cannot be reached. Check host and port in store.url and that the server is up',
  ],
  [/^28/, 'the server refuses the login. Check user and password in store.url'],
  [/^3D000/, 'the database in store.url does not exist. Create it'],
  [
    /^42501/,
    'the login lacks a right. It needs CREATE on the database, or a schema that it owns, and its own tables in it',
  ],
  [/^42P07/, 'the schema holds tables of something else. Name a schema of its own in store.schema'],
  [/^25006/, 'the server is read-only (a replica?). store.url must name the primary'],
  [/^53100/, 'the disk of the database server is full. Nothing of this run was saved; free some space'],
  [/^53300/, 'the server has no connection left. Lockstep needs up to 4'],
  [
    /^(57014|55P03)/,
    'the database did not answer within 30 s. Look for long locks on the tables of this schema',
  ],
];

/** Driver messages are not repeated where they could hold part of the URL; the cause keeps them for debugging. */
export function explainPostgres(schema: string, error: unknown): unknown {
  if (error instanceof UserError) return error;
  const code = codeOf(error);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  return meaning === undefined
    ? error
    : new UserError(`store (Postgres, schema "${schema}"): ${meaning}`, { cause: error });
}

function codeOf(error: unknown): string {
  const code = errorCode(error);
  if (code !== '') return code;
  // pg has no code for these.
  if (
    /^(timeout exceeded when trying to connect|Connection terminated|Client .* is not queryable)/.test(
      errorMessage(error),
    )
  )
    return 'ETIMEDOUT';
  return errorMessage(error) === 'Query read timeout' ? 'ETIMEDOUT' : '';
}
