/** Where the demo listens. */
import { createServer } from 'node:net';
import { UserError } from '../core/errors.ts';

export interface ListenAddress {
  readonly text: string;
  readonly host: string;
  readonly port: number;
}

const DEFAULT = '127.0.0.1:9464';

/** From `LOCKSTEP_LISTEN`. */
export function listenAddress(): ListenAddress {
  const text = process.env['LOCKSTEP_LISTEN'] ?? DEFAULT;
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    throw new UserError(`LOCKSTEP_LISTEN is "${text}"; write host:port, for example ${DEFAULT}`);
  }
  return { text, host, port: Number(port) };
}

/** Says so before anything is started, rather than after half a minute of it. */
export async function refuseTaken({ text, host, port }: ListenAddress): Promise<void> {
  const server = createServer();
  const code = await new Promise<string | null>((tried) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      tried(error.code ?? error.message);
    });
    server.listen(port, host, () => {
      server.close(() => {
        tried(null);
      });
    });
  });
  if (code === null) return;
  const why = code === 'EADDRINUSE' ? 'another program listens there already' : code;
  const other = `${host.includes(':') ? `[${host}]` : host}:${String(port < 65_535 ? port + 1 : port - 1)}`;
  throw new UserError(
    `cannot listen on ${text}: ${why}. Choose another address, for example\n  LOCKSTEP_LISTEN=${other} npm start`,
  );
}
