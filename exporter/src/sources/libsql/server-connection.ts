/**
 * A libSQL server (sqld, Turso), asked over HTTP: https://github.com/tursodatabase/libsql/blob/main/docs/HTTP_V2_SPEC.md
 * (Hrana). Every statement is a request of its own, so no transaction of the server can expire between two of them, and
 * no two of them see one state.
 */
import { SourceError } from '../../core/errors.ts';
import type { Cell, Connection, Parameter } from './connection.ts';
import { codeOf, LibsqlError, toSourceError } from './errors.ts';

/** The server's own bound is 10 MB. */
const MOST_ANSWER_BYTES = 32 * 1024 * 1024;

interface HranaValue {
  readonly type: 'null' | 'integer' | 'float' | 'text' | 'blob';
  readonly value?: string | number | null;
  readonly base64?: string;
}

interface HranaError {
  readonly message?: string;
  readonly code?: string;
}

interface HranaResult {
  readonly type: 'ok' | 'error';
  readonly error?: HranaError;
  readonly response?: {
    readonly type: string;
    readonly result?: {
      readonly cols?: readonly { readonly name?: string | null }[];
      readonly rows?: readonly (readonly HranaValue[])[];
      readonly step_results?: readonly unknown[];
      readonly step_errors?: readonly (HranaError | null)[];
    };
  };
}

export class ServerConnection implements Connection {
  readonly source: string;
  readonly snapshot = false;
  readonly #url: URL;
  readonly #authToken: string | null;
  readonly #signal: AbortSignal;

  constructor(source: string, base: URL, authToken: string | null, signal: AbortSignal) {
    this.source = source;
    this.#url = new URL('v2/pipeline', base);
    this.#authToken = authToken;
    this.#signal = signal;
  }

  async *batches(
    sql: string,
    parameters: readonly Parameter[] = [],
  ): AsyncGenerator<readonly (readonly Cell[])[]> {
    const stmt = { sql, args: parameters.map(hranaValue) };
    const result = await this.#ask({ type: 'execute', stmt });
    yield (result?.rows ?? []).map((row) => row.map((value) => this.#cell(value)));
  }

  async columns(sql: string): Promise<readonly string[]> {
    const result = await this.#ask({ type: 'describe', sql });
    return (result?.cols ?? []).map(({ name }) => name ?? '');
  }

  /**
   * Runs the statement and takes back whatever it did; without a transaction it is not run, as it would be if it were a
   * request of its own. Asked only where the token has been good for reading.
   */
  async isRefused(write: string): Promise<boolean> {
    const condition = { type: 'ok', step: 0 };
    const later = [write, 'ROLLBACK'].map((sql) => ({ stmt: { sql }, condition }));
    try {
      const result = await this.#ask({
        type: 'batch',
        batch: { steps: [{ stmt: { sql: 'BEGIN' } }, ...later] },
      });
      if (result?.step_results?.[1]) return false;
      throw this.#refused(result?.step_errors?.find((error) => error !== null));
    } catch (error) {
      if (error instanceof SourceError && /_BLOCKED|READONLY|HTTP_403/.test(codeOf(error.cause))) return true;
      throw error;
    }
  }

  async #ask(request: object): Promise<NonNullable<HranaResult['response']>['result']> {
    const [answered] = await this.#pipeline([request]);
    if (answered?.type === 'ok') return answered.response?.result;
    throw this.#refused(answered?.error);
  }

  #refused({ code = '', message = 'the server gave no reason' }: HranaError = {}): SourceError {
    return toSourceError(this.source, new LibsqlError(code, message));
  }

  /** `close` at the end leaves no stream open on the server. */
  async #pipeline(requests: readonly object[]): Promise<readonly HranaResult[]> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.#authToken === null ? {} : { authorization: `Bearer ${this.#authToken}` }),
        },
        body: JSON.stringify({ baton: null, requests: [...requests, { type: 'close' }] }),
        // a token must not go where the configuration does not send it
        redirect: 'manual',
        signal: this.#signal,
      });
      const body = await boundedText(response);
      if (response.status !== 200) throw new LibsqlError(`HTTP_${String(response.status)}`, refusal(response.status, body)); // prettier-ignore
      return resultsOf(body);
    } catch (error) {
      this.#signal.throwIfAborted();
      throw toSourceError(this.source, networkCause(error));
    }
  }

  #cell({ type, value, base64 }: HranaValue): Cell {
    if (type === 'null') return null;
    if (type === 'blob') return Buffer.from(base64 ?? '', 'base64');
    if (type === 'integer') return BigInt(value ?? 0);
    if (type === 'text') return String(value ?? '');
    if (typeof value === 'number') return value;
    throw new SourceError(
      this.source,
      'a number is infinite, which the server has no way to send; leave it out by where:',
    );
  }
}

function hranaValue(parameter: Parameter): HranaValue {
  if (parameter === null) return { type: 'null' };
  if (typeof parameter === 'bigint') return { type: 'integer', value: String(parameter) };
  if (typeof parameter === 'number') return { type: 'float', value: parameter };
  if (typeof parameter === 'string') return { type: 'text', value: parameter };
  return { type: 'blob', base64: Buffer.from(parameter).toString('base64') };
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body = (response.body ?? []) as AsyncIterable<Uint8Array>;
  for await (const chunk of body) {
    bytes += chunk.length;
    // leaving the loop ends the request
    if (bytes > MOST_ANSWER_BYTES)
      throw new LibsqlError('ANSWER_TOO_LARGE', 'the answer is larger than 32 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws LibsqlError when what answers does not speak the protocol */
function resultsOf(body: string): readonly HranaResult[] {
  try {
    const parsed = JSON.parse(body) as { readonly results?: readonly HranaResult[] };
    if (parsed.results instanceof Array) return parsed.results;
  } catch {
    // told below
  }
  throw new LibsqlError('HTTP_404', 'the answer is not of the libSQL protocol');
}

/** The server's own words where it has some; an unknown page is not repeated. */
function refusal(status: number, body: string): string {
  let words = '';
  try {
    const parsed = JSON.parse(body) as { readonly message?: unknown; readonly error?: unknown };
    words = [parsed.message, parsed.error].find((text) => typeof text === 'string')?.slice(0, 200) ?? '';
  } catch {
    // no JSON, no words
  }
  return words === '' ? `the server answered ${String(status)}` : words;
}

/** fetch() wraps what happened in a `TypeError: fetch failed`; one without a cause may repeat a header, and so the token. */
function networkCause(error: unknown): unknown {
  const cause: unknown = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : null;
  if (cause === null || cause === undefined) {
    // by name: it may be of another context
    const isOfFetch =
      typeof error === 'object' && error !== null && 'name' in error && error.name === 'TypeError';
    return isOfFetch ? new LibsqlError('', 'the request cannot be sent; check url and authToken') : error;
  }
  const several = typeof cause === 'object' && 'errors' in cause && Array.isArray(cause.errors);
  return several ? (cause.errors as unknown[])[0] : cause;
}
