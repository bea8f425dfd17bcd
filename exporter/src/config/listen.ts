/** Where the server listens, and whether only this machine can reach it. */
import { isIP } from 'node:net';

export interface Listen {
  readonly host: string;
  /** 0 lets the system choose */
  readonly port: number;
}

/** `127.0.0.1:9464`, `localhost:9464` or `[::1]:9464`; null when it is none of these. */
export function parseListen(text: string): Listen | null {
  const { host, bracketed, port } =
    /^(?:\[(?<bracketed>[^\]]+)\]|(?<host>[^:\s[\]]+)):(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) return null;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port: Number(port) } : null;
  return host === undefined ? null : { host, port: Number(port) };
}

export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 4) return host.startsWith('127.');
  if (version === 6) return /^(0*:)*:?0*1$/.test(host) && !/[2-9a-f]/i.test(host);
  return host.toLowerCase() === 'localhost';
}

/** Said by the config and by whatever overrides its `listen`. */
export const OPEN_TO_THE_NETWORK =
  'Without any token configured, the server refuses to listen on anything but loopback';
