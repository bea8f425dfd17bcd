/** What stands in for the role system's HTTP API: healthy until it is told to be slow or to fail. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandInApi {
  readonly url: string;
  stop(): Promise<void>;
}

interface Mood {
  delayMs: number;
  status: number;
}

const HEALTHY: Mood = { delayMs: 0, status: 200 };
const LONGEST_DELAY_MS = 60_000;

const ANSWERS: Readonly<Record<string, object>> = {
  '/health': { status: 'healthy' },
  '/api/v1/auth/status': { status: 'operational' },
};

/** Listens on a free port of this machine, or on the given one. */
export async function startStandInApi(port = 0): Promise<StandInApi> {
  const server = standIn();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    async stop() {
      await new Promise<void>((closed) => {
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      });
    },
  };
}

/** `POST /mood?delay=3000&status=503` changes how it answers from then on, `POST /mood` makes it healthy again. */
function standIn(): Server {
  let mood = HEALTHY;
  const waiting = new Set<NodeJS.Timeout>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stand-in');
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    if (pathname === '/mood') {
      const wanted = moodOf(request, searchParams);
      if (wanted) mood = wanted;
      send(wanted ? 200 : 400, wanted ?? { error: USAGE });
      return;
    }
    const body = ANSWERS[pathname];
    const { delayMs, status } = mood;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      if (!body) send(404, { error: 'there is no such path' });
      else send(status, status < 400 ? body : { status: 'unhealthy' });
    }, delayMs);
    waiting.add(timer);
  });
  server.on('close', () => {
    for (const timer of waiting) clearTimeout(timer);
  });
  return server;
}

const USAGE = 'POST /mood?delay=MILLISECONDS&status=CODE';

function moodOf({ method }: IncomingMessage, asked: URLSearchParams): Mood | null {
  const delayMs = Number(asked.get('delay') ?? HEALTHY.delayMs);
  const status = Number(asked.get('status') ?? HEALTHY.status);
  const fits =
    delayMs >= 0 && delayMs <= LONGEST_DELAY_MS && Number.isInteger(status) && status >= 200 && status <= 599;
  return method === 'POST' && fits ? { delayMs, status } : null;
}
