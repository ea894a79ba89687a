/** A proxy before a server that shows what its clients send, and can keep silent. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** Listens to one connection. */
type Listener = { onSent(data: Buffer): void; onReceived?(): void };

export type TcpProxy = {
  /** The server's address by way of the proxy. */
  url: string;
  /** From now on nothing passes, as if the server hung; it accepts connections. */
  pause(): void;
  resume(): void;
  /** Existing connections stay open and silent for ever, as if their host had vanished; new ones pass. */
  abandon(): void;
  close(): Promise<void>;
};

export async function tcpProxy(serverUrl: string, listen?: () => Listener): Promise<TcpProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const abandoned = new WeakSet<Socket>();
  let isPaused = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const listener = listen?.();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (data: Buffer) => {
      listener?.onSent(data);
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      listener?.onReceived?.();
      client.write(data);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    if (isPaused) for (const socket of [client, upstream]) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    pause() {
      isPaused = true;
      for (const socket of sockets) socket.pause();
    },
    resume() {
      isPaused = false;
      for (const socket of sockets) if (!abandoned.has(socket)) socket.resume();
    },
    abandon() {
      for (const socket of sockets) abandoned.add(socket.pause());
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
