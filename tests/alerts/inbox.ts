/** Where notifications arrive: webhooks and chat over HTTP, e-mail over SMTP, all on loopback. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Message {
  /** `/page` of a webhook, `/slack`, or the address of an e-mail */
  readonly to: string;
  readonly at: number;
  /** JSON of a webhook; subject and text of an e-mail */
  readonly body: string;
}

export interface Inbox {
  readonly url: string;
  /** host:port */
  readonly smtp: string;
  readonly messages: readonly Message[];
  /** The first message that fits, now or within the time. */
  arrival(what: (message: Message) => boolean, withinMs: number): Promise<Message>;
  close(): void;
}

export async function openInbox(): Promise<Inbox> {
  const messages: Message[] = [];
  const sockets = new Set<Socket>();
  const receive = (to: string, body: string): void => {
    messages.push({ to, at: Date.now(), body });
  };
  const http = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      receive(request.url ?? '', body);
      response.end('ok');
    });
  }).listen(0, '127.0.0.1');
  const smtp = createTcpServer((socket) => {
    sockets.add(socket);
    talkSmtp(socket, receive);
  }).listen(0, '127.0.0.1');
  for (const server of [http, smtp]) if (!server.listening) await once(server, 'listening');
  const at = (server: typeof http | typeof smtp): string =>
    `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url: `http://${at(http)}`,
    smtp: at(smtp),
    messages,
    arrival: async (what, withinMs) => {
      const end = Date.now() + withinMs;
      while (Date.now() < end) {
        const found = messages.find(what);
        if (found) return found;
        await sleep(50);
      }
      const seen = messages.map(({ to, body }) => `${to}: ${body.slice(0, 300)}`).join('\n');
      throw new Error(`nothing such arrived within ${String(withinMs)} ms; what did:\n${seen}`);
    },
    close: () => {
      http.closeAllConnections();
      http.close();
      for (const socket of sockets) socket.destroy();
      smtp.close();
    },
  };
}

/** As much of RFC 5321 as one sender needs. */
function talkSmtp(socket: Socket, receive: (to: string, body: string) => void): void {
  let recipient = '';
  let letter: string[] | null = null;
  const answer = (line: string): void => {
    if (letter !== null) {
      if (line !== '.') {
        letter.push(line);
        return;
      }
      receive(recipient, readable(letter.join('\r\n')));
      letter = null;
      socket.write('250 taken\r\n');
      return;
    }
    const command = line.slice(0, 4).toUpperCase();
    if (command === 'RCPT') recipient = /<(.*)>/.exec(line)?.[1] ?? '';
    if (command === 'DATA') letter = [];
    socket.write({ DATA: '354 go on\r\n', QUIT: '221 bye\r\n' }[command] ?? '250 ok\r\n');
  };
  let rest = '';
  socket.on('error', () => undefined);
  socket.on('data', (part) => {
    const lines = (rest + part.toString()).split('\r\n');
    rest = lines.pop() ?? '';
    lines.forEach(answer);
  });
  socket.write('220 inbox\r\n');
}

/** Quoted-printable (RFC 2045, 6.7) as a person sees it. */
function readable(letter: string): string {
  return letter
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
