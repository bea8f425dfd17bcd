/** A network between a client and a server that can stop to forward without closing anything, as a broken router does. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface StallingProxy {
  readonly port: number;
  /** From now on nothing passes, in either direction; new connections are taken and get no answer. */
  stall(): void;
  /** New connections pass again; those that were stalled stay so. */
  recover(): void;
  close(): Promise<void>;
}

export async function stallingProxy(targetPort: number): Promise<StallingProxy> {
  const sockets = new Set<Socket>();
  const links = new Set<readonly [Socket, Socket]>();
  let stalled = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (stalled) return;
    const upstream = connect(targetPort, '127.0.0.1');
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.on('close', () => {
      // the server learns of it only as long as the network works
      if (!stalled) upstream.destroy();
    });
    upstream.on('close', () => client.destroy());
    links.add([client, upstream]);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    stall() {
      stalled = true;
      for (const [client, upstream] of links) {
        client.unpipe(upstream).pause();
        upstream.unpipe(client).pause();
      }
      links.clear();
    },
    recover() {
      stalled = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
