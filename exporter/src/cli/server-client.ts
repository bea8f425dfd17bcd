/** A running server, asked by the command line. */
import { UserError } from '../core/errors.ts';

const TIMEOUT_MS = 30_000;

/** The server answered, but not with what was asked for. */
export class ServerRefusal extends UserError {
  override name = 'ServerRefusal';
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export class ServerClient {
  readonly #base: string;
  readonly #token: string | undefined;

  /** @param url of the server, without a path; `token` never appears in a message */
  constructor(url: string, token: string | undefined) {
    if (!/^https?:\/\//.test(url)) throw new UserError(`--url ${url} is no address; write http://host:9464`);
    this.#base = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** @param path below `/api/v1/`. Throws a `UserError` that says what the server said, or that it says nothing. */
  async call<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
    timeoutMs = TIMEOUT_MS,
  ): Promise<T> {
    const response = await this.#fetch(method, `/api/v1/${path}`, body, timeoutMs);
    const document: unknown = await response.json().catch(() => null);
    if (response.ok) return document as T;
    throw this.#refused(response.status, document);
  }

  /** A document that is not JSON, as it is; throws like `call`. */
  async text(path: string): Promise<string> {
    const response = await this.#fetch('GET', `/api/v1/${path}`);
    if (response.ok) return response.text();
    const document: unknown = await response.json().catch(() => null);
    throw this.#refused(response.status, document);
  }

  #refused(status: number, document: unknown): ServerRefusal {
    return new ServerRefusal(
      `${this.#base}: ${refusal(status, document, this.#token !== undefined)}`,
      status,
    );
  }

  async #fetch(method: string, path: string, body?: object, timeoutMs = TIMEOUT_MS): Promise<Response> {
    try {
      return await fetch(this.#base + path, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason = cause instanceof Error ? cause.message : 'no reason given';
      throw new UserError(
        `${this.#base} does not answer (${reason}); is the server running, and is --url right?`,
      );
    }
  }
}

function refusal(status: number, document: unknown, hasToken: boolean): string {
  if (status === 401) {
    return hasToken
      ? 'the token in LOCKSTEP_TOKEN is refused'
      : 'a token is needed; put it into LOCKSTEP_TOKEN';
  }
  const { detail } = (document ?? {}) as { detail?: unknown };
  return typeof detail === 'string' ? detail : `answered ${String(status)} without a reason`;
}
