/** One request on a connection of its own, and every way in which it can end. What a service does is never thrown. */
import { request as overHttp, type IncomingMessage } from 'node:http';
import { request as overHttps, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ServiceAnswer, ServiceFailure } from '../source.ts';

export interface Sent {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Bounds {
  /** ends the request, and the reading of its answer */
  readonly until: AbortSignal;
  /** bytes of an answer that are read at most */
  readonly maxBody: number;
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'>;
}

/** The answer to one request, and where it sends us on. `tookMs` is left to who knows when it began. */
export type Hop = ServiceAnswer & { readonly location: string | null };

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Rejects only when a header is none. */
export function exchange({ url, method, headers, body }: Sent, bounds: Bounds): Promise<Hop> {
  const secure = url.protocol === 'https:';
  const options: RequestOptions = {
    method,
    // what is compressed could be larger than it looks
    headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'lockstep', ...headers },
    agent: false,
    signal: bounds.until,
    ...(secure ? bounds.tls : {}),
  };
  return new Promise((resolve) => {
    let certificateMs: number | null = null;
    const fail = (error: unknown): void => {
      resolve({ ...failed(toFailure(error), certificateMs), location: null });
    };
    const sending = (secure ? overHttps : overHttp)(url, options);
    sending.once('socket', (socket) => {
      socket.once('secureConnect', () => {
        certificateMs = certificateLeft(socket);
      });
    });
    sending.once('error', fail);
    // an error may follow the first one, when the connection breaks as it is given up
    sending.on('error', () => undefined);
    sending.once('response', (response) => {
      const { statusCode: status = 0, headers: received } = response;
      const location = REDIRECTS.includes(status) ? (received.location ?? null) : null;
      readBody(response, bounds.maxBody).then((text) => {
        resolve({ status, body: text, failure: null, tookMs: 0, certificateMs, location });
      }, fail);
    });
    sending.end(body);
  });
}

export function failed(failure: ServiceFailure, certificateMs: number | null): ServiceAnswer {
  return { status: null, body: null, failure, tookMs: 0, certificateMs };
}

class TooLarge extends Error {
  readonly bytes: number;
  constructor(bytes: number) {
    super('too large');
    this.bytes = bytes;
  }
}

async function readBody(response: IncomingMessage, maxBody: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // leaving the loop destroys the connection
    if (bytes > maxBody) throw new TooLarge(maxBody);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function certificateLeft(socket: Socket): number | null {
  if (!(socket instanceof TLSSocket)) return null;
  const until = Date.parse(socket.getPeerCertificate().valid_to);
  return Number.isNaN(until) ? null : until - Date.now();
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name cannot be resolved now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no connection in time',
};

const UNTRUSTED = 'its certificate is not trusted; give the authority as tls.ca';
const TLS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
};

/** By code alone: messages hold addresses, and of headers even values. */
function toFailure(error: unknown): ServiceFailure {
  if (error instanceof TooLarge)
    return { reason: 'too_large', message: `an answer of more than ${String(error.bytes)} bytes` };
  const code = codeOf(error);
  const network = NETWORK[code];
  if (network !== undefined) return { reason: 'refused', message: network };
  const tls = TLS[code] ?? (/^(EPROTO|ERR_SSL_)/.test(code) ? 'it speaks no TLS' : undefined);
  if (tls !== undefined) return { reason: 'tls', message: tls };
  const label = code === '' ? '' : ` (${code})`;
  return { reason: 'broken', message: `the answer broke off or is no HTTP${label}` };
}

function codeOf(error: unknown): string {
  // an AggregateError tells one error for each address that was tried
  const several = typeof error === 'object' && error !== null && 'errors' in error ? error.errors : null;
  const first: unknown = Array.isArray(several) ? several[0] : error;
  return typeof first === 'object' && first !== null && 'code' in first ? String(first.code) : '';
}
