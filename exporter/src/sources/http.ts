/** A service that speaks HTTP as a source: requests that only read, to the hosts that are named, each on a connection of its own. */
import { Type, type Static } from 'typebox';
import { humanDuration } from '../core/duration.ts';
import { SourceError } from '../core/errors.ts';
import { valueAt } from '../core/pointer.ts';
import { exchange, failed, type Hop, type Sent } from './http/exchange.ts';
import { requirePem } from './http/pem.ts';
import type {
  Engine,
  LookLimits,
  Probe,
  ServiceAnswer,
  ServiceFailure,
  ServiceRequest,
  Source,
} from './source.ts';

const strict = { additionalProperties: false } as const;
const Pem = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const PATH_PATTERN = '^/(?!/)[^#\\s]*$';

const HttpSpec = Type.Object({
  url: Type.String({
    pattern: '^https?://[^@/?#\\s]+(/[^?#\\s]*)?$',
    description: 'https://host or https://host:port/base; credentials go into headers or login',
  }),
  hosts: Type.Optional(
    Type.Array(Type.String({ pattern: '^[^@/?#\\s]+$', description: 'host or host:port' }), {
      description: 'Other hosts, as host or host:port, that a redirect may lead to',
    }),
  ),
  headers: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'Sent with every request to the host of url; keep secrets in ${NAME} or ${file:path}',
    }),
  ),
  login: Type.Optional(
    Type.Object(
      {
        path: Type.String({ pattern: PATH_PATTERN, description: 'Where to log in, by POST' }),
        body: Type.Record(Type.String(), Type.String(), {
          description: 'What to send; keep secrets in ${NAME}',
        }),
        as: Type.Optional(
          Type.Union([Type.Literal('json'), Type.Literal('form')], { default: 'json', description: 'How' }),
        ),
        token: Type.String({
          pattern: '^(/[^/]*)+$',
          description: 'Where the token stands in the answer: a JSON pointer such as /access_token',
        }),
      },
      { ...strict, description: 'A first request, whose token the others send as Authorization: Bearer' },
    ),
  ),
  tls: Type.Optional(
    Type.Object(
      {
        ca: Pem('PEM; use ${file:ca.pem}'),
        cert: Pem('PEM of a client certificate'),
        key: Pem('PEM of its key'),
        verify: Type.Optional(Type.Boolean({ default: true, description: 'false accepts any certificate' })),
      },
      { ...strict, description: 'How to verify the service; https verifies by the system’s authorities' },
    ),
  ),
  maxBody: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100_000_000,
      default: 1_000_000,
      description: 'Bytes of an answer that are read at most',
    }),
  ),
  concurrency: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 16, default: 1, description: 'How many checks may look at once' }),
  ),
});
type HttpEntry = Static<typeof HttpSpec>;

const MAX_BODY = 1_000_000;

/** What a log-in gave: a token, or why the service could not give one; both null where nobody logs in. */
interface Login {
  readonly token: string | null;
  readonly failure: ServiceFailure | null;
}

class HttpSource implements Source {
  readonly engine = 'http';
  readonly name: string;
  readonly concurrency: number;
  readonly #entry: HttpEntry;
  readonly #base: URL;

  constructor(name: string, entry: HttpEntry) {
    this.name = name;
    this.concurrency = entry.concurrency ?? 1;
    this.#entry = entry;
    this.#base = new URL(entry.url);
    requirePem(name, entry.tls);
  }

  async ping(limits: LookLimits): Promise<void> {
    await this.#reach(limits);
  }

  async probe(limits: LookLimits): Promise<Probe> {
    const status = await this.#reach(limits);
    const { failure } = await this.#logIn(limits);
    if (failure !== null) throw new SourceError(this.name, failure.message);
    return { version: `with status ${String(status)}`, user: null, writeGrants: [], writeRefused: null };
  }

  look<T>(): Promise<T> {
    return Promise.reject(new SourceError(this.name, 'it is a service and has no tables to look at'));
  }

  catalog(): Promise<never> {
    return this.look();
  }

  visit<T>(
    { signal }: LookLimits,
    body: (request: (request: ServiceRequest) => Promise<ServiceAnswer>) => Promise<T>,
  ): Promise<T> {
    let login: Promise<Login> | undefined;
    return body(async (request) => {
      if (request.anonymous) return this.#ask(request, null, signal);
      const { token, failure } = await (login ??= this.#logIn({ ...request, signal }));
      return failure === null ? this.#ask(request, token, signal) : failed(failure, null);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The status of any answer: what it should be is for checks to say. */
  async #reach({ signal, timeoutMs }: LookLimits): Promise<number> {
    const asked = { method: 'HEAD', path: '/', timeoutMs, redirects: 0, anonymous: true } as const;
    const { status, failure } = await this.#ask(asked, null, signal);
    if (failure !== null) throw new SourceError(this.name, failure.message);
    return status;
  }

  async #logIn({ signal, timeoutMs }: LookLimits): Promise<Login> {
    const { login } = this.#entry;
    if (!login) return { token: null, failure: null };
    const form = login.as === 'form';
    const sent: Sent = {
      url: this.#urlOf(login.path),
      method: 'POST',
      headers: { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' },
      body: form ? new URLSearchParams(login.body).toString() : JSON.stringify(login.body),
    };
    const answer = await this.#bounded(timeoutMs, signal, (until) => this.#send(sent, until));
    const { status, body, failure } = answer;
    if (failure !== null || status >= 500) {
      const why = failure?.message ?? `status ${String(status)}`;
      return { token: null, failure: { reason: 'login', message: `the log-in before it failed: ${why}` } };
    }
    if (status < 200 || status > 299) {
      const message = `the log-in was refused with status ${String(status)}; check login.path and login.body`;
      throw new SourceError(this.name, message);
    }
    const token = valueAt(body, login.token);
    if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return { token, failure: null };
    throw new SourceError(this.name, `the answer to the log-in holds no token at ${login.token}`);
  }

  #ask(
    { method, path, timeoutMs, redirects }: ServiceRequest,
    token: string | null,
    signal: AbortSignal,
  ): Promise<ServiceAnswer> {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    return this.#bounded(timeoutMs, signal, async (until) => {
      let url = this.#urlOf(path);
      for (let followed = 0; ; followed += 1) {
        const { location, ...answer } = await this.#send({ url, method, headers }, until);
        if (redirects === 0 || location === null) return answer;
        const next =
          followed < redirects ? this.#next(url, location) : `more than ${String(redirects)} redirects`;
        if (typeof next === 'string')
          return failed({ reason: 'redirect', message: next }, answer.certificateMs);
        url = next;
      }
    });
  }

  /** Where a redirect leads, or why it is not followed; without the address, which others chose. */
  #next(from: URL, location: string): URL | string {
    const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
    if (to === null || !['http:', 'https:'].includes(to.protocol)) return 'a redirect to no address';
    const named = [this.#base.host, ...(this.#entry.hosts ?? [])];
    if (!named.some((host) => hostOf(host, to.protocol) === to.host))
      return 'a redirect to a host that the source does not name';
    return from.protocol === 'https:' && to.protocol === 'http:' ? 'a redirect from https to http' : to;
  }

  #urlOf(path: string): URL {
    return new URL(this.#base.origin + this.#base.pathname.replace(/\/$/, '') + path);
  }

  /** What the source is to send goes to its own address only, wherever a redirect leads. */
  #send({ url, method, headers, body }: Sent, until: AbortSignal): Promise<Hop> {
    const { maxBody = MAX_BODY, headers: own, tls = {} } = this.#entry;
    const { verify = true, ...pem } = tls;
    const sent = url.origin === this.#base.origin ? { ...own, ...headers } : {};
    const bounds = { until, maxBody, tls: { ...pem, rejectUnauthorized: verify } };
    const request = { url, method, headers: sent, ...(body === undefined ? {} : { body }) };
    return exchange(request, bounds).catch((error: unknown) => {
      const message = 'a header cannot be sent; check the names and values of headers';
      throw new SourceError(this.name, message, { cause: error });
    });
  }

  /** To its end or to the time-out; a look that was cancelled throws why. */
  async #bounded<Answer extends ServiceAnswer>(
    timeoutMs: number,
    signal: AbortSignal,
    body: (until: AbortSignal) => Promise<Answer>,
  ): Promise<ServiceAnswer> {
    signal.throwIfAborted();
    const start = performance.now();
    const expiry = AbortSignal.timeout(timeoutMs);
    const answer = await body(AbortSignal.any([signal, expiry]));
    signal.throwIfAborted();
    const tookMs = performance.now() - start;
    if (answer.failure === null || !expiry.aborted) return { ...answer, tookMs };
    const message = `no answer within ${humanDuration(timeoutMs)}`;
    return { ...failed({ reason: 'timeout', message }, answer.certificateMs), tookMs };
  }
}

/** As a URL writes it: in lower case, and without the port that its protocol has anyway. */
function hostOf(named: string, protocol: string): string | null {
  const url = `${protocol}//${named}`;
  return URL.canParse(url) ? new URL(url).host : null;
}

export const http: Engine = {
  nature: 'service',
  schema: HttpSpec,
  open: (name, spec) => new HttpSource(name, spec as HttpEntry),
};
