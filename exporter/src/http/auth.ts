/** Who is asking, and what they may do. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { HttpConfig, JwtConfig, Role } from '../config/config.ts';
import { Problem } from './problem.ts';

export interface Actor {
  readonly name: string;
  /** null: known, but allowed nothing */
  readonly role: Role | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** null until the request has been authenticated */
    actor: Actor | null;
    /** why it could not be; thrown only after the attempt was counted against the rate limit */
    authFailure: Problem | null;
  }
  interface FastifyContextConfig {
    /** every route of the API says who may use it */
    role?: Role;
  }
}

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
/** Asymmetric only: with HS256 among them, a public key could be used as a secret. */
const JWKS_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
];

export class Authenticator {
  readonly #http: () => HttpConfig;
  readonly #log: FastifyBaseLogger;
  #jwks: { readonly url: string; readonly keys: JWTVerifyGetKey } | null = null;

  /** @param http read at each request, so that a reload counts at once */
  constructor(http: () => HttpConfig, log: FastifyBaseLogger) {
    this.#http = http;
    this.#log = log;
  }

  /** Throws a 400, 401, 403 or (when the key set cannot be had) 503 `Problem`. */
  async authenticate(request: FastifyRequest): Promise<Actor> {
    return lowered(await this.#identify(request), request.headers['x-lockstep-role']);
  }

  async #identify(request: FastifyRequest): Promise<Actor> {
    const { tokens, jwt } = this.#http();
    if (tokens.length === 0 && jwt === null) return local(request);
    const credential = /^Bearer +([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (credential === undefined) throw unauthenticated('Send a token: "Authorization: Bearer <token>".');
    const token = matchingToken(tokens, credential);
    if (token) return { name: nameOf(token, request), role: token.role };
    if (jwt && credential.split('.').length === 3) return this.#fromJwt(jwt, credential);
    throw unauthenticated('The token is not known here.');
  }

  async #fromJwt(config: JwtConfig, credential: string): Promise<Actor> {
    try {
      const payload = await this.#verify(config, credential);
      return { name: `jwt:${payload.sub ?? 'anonymous'}`, role: roleOf(payload[config.roleClaim]) };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('The token has expired.');
      if (isRefusal(error)) throw unauthenticated('The token is not valid here.');
      // Only the name: the message may hold the URL, and a URL may hold a password.
      const reason = error instanceof Error ? error.name : 'unknown';
      this.#log.warn({ reason }, 'the key set of http.jwt.jwksUrl cannot be had; JWTs cannot be verified');
      throw new Problem(503, 'Tokens cannot be verified at the moment. Try again later.');
    }
  }

  async #verify(config: JwtConfig, credential: string): Promise<JWTPayload> {
    const { issuer, audience, secret, jwksUrl } = config;
    const claims = { issuer, audience, requiredClaims: ['exp'] };
    if (jwksUrl !== null) {
      if (this.#jwks?.url !== jwksUrl) {
        this.#jwks = { url: jwksUrl, keys: createRemoteJWKSet(new URL(jwksUrl)) };
      }
      return (await jwtVerify(credential, this.#jwks.keys, { ...claims, algorithms: JWKS_ALGORITHMS }))
        .payload;
    }
    const key = new TextEncoder().encode(secret ?? '');
    return (await jwtVerify(credential, key, { ...claims, algorithms: ['HS256'] })).payload;
  }
}

export function authorize(actor: Actor | null, role: Role | undefined): void {
  if (role === undefined) throw new Error('a route of the API that does not say who may use it');
  if (actor?.role === 'admin' || (actor?.role === 'viewer' && role === 'viewer')) return;
  throw new Problem(
    403,
    `This needs the role "${role}"; the token has ${actor?.role ? `"${actor.role}"` : 'none'}.`,
  );
}

/** Constant time, and in the same time for a wrong user name as for a wrong password. */
export function basicAuthMatches(
  expected: HttpConfig['metricsBasicAuth'],
  header: string | undefined,
): boolean {
  if (!expected) return true;
  const encoded = /^Basic +(\S+)$/i.exec(header ?? '')?.[1] ?? '';
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const nameMatches = timingSafeEqual(sha256(username), sha256(expected.username));
  const hash = Buffer.from(expected.passwordSha256, 'hex');
  return timingSafeEqual(sha256(password.join(':')), hash) && nameMatches;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares with every token, so that the time taken tells nothing. */
function matchingToken(
  tokens: HttpConfig['tokens'],
  credential: string,
): HttpConfig['tokens'][number] | undefined {
  const given = sha256(credential);
  return tokens.filter((token) => timingSafeEqual(given, Buffer.from(token.sha256, 'hex')))[0];
}

function nameOf(token: HttpConfig['tokens'][number], request: FastifyRequest): string {
  const user = request.headers['x-grafana-user'];
  if (!token.trustUserHeader || typeof user !== 'string' || user === '') return token.name;
  return `${user.slice(0, 200)} via ${token.name}`;
}

/**
 * A gateway that holds one token for many people asks for less than the token allows: Grafana's proxy does so for
 * Viewers, whom the exporter itself then refuses rows. Nobody gets more by asking.
 */
function lowered(actor: Actor, asked: string | string[] | undefined): Actor {
  if (asked === undefined || asked === 'admin') return actor;
  if (asked !== 'viewer') throw new Problem(400, 'The header X-Lockstep-Role must be viewer or admin.');
  return actor.role === 'admin' ? { ...actor, role: 'viewer' } : actor;
}

function roleOf(claim: unknown): Role | null {
  const roles: unknown[] = Array.isArray(claim) ? claim : [claim];
  if (roles.includes('admin')) return 'admin';
  return roles.includes('viewer') ? 'viewer' : null;
}

/**
 * Without any token the server listens on loopback only, and whoever reaches it may do everything. A web page in the
 * operator's browser reaches it too: by DNS rebinding (its own host name) or by posting across sites.
 */
function local(request: FastifyRequest): Actor {
  const { host = '', origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const foreign = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
  if (!LOOPBACK_HOST.test(host) || foreign || site === 'cross-site') {
    throw new Problem(
      403,
      'Without a token only this machine may ask, by the name localhost. Configure http.tokens.',
    );
  }
  return { name: 'local', role: 'admin' };
}

function unauthenticated(detail: string): Problem {
  return new Problem(401, detail);
}

/** What the token itself is to blame for; a key set that cannot be fetched or read is not. */
function isRefusal(error: unknown): boolean {
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return true;
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  // `JOSEError` itself is what jose throws for an answer of the key server that is not 200.
  return error instanceof errors.JOSEError && error.code !== 'ERR_JOSE_GENERIC';
}
