/** A proxy before a server that shows what its clients send. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** Of one connection. */
type Listener = { onSent(data: Buffer): void; onReceived?(): void };

export type TcpProxy = {
  /** The server's address by way of the proxy. */
  url: string;
  close(): Promise<void>;
};

export async function tcpProxy(serverUrl: string, listen: () => Listener): Promise<TcpProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const { onSent, onReceived } = listen();
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => {});
    }
    client.on('data', (data: Buffer) => {
      onSent(data);
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      onReceived?.();
      client.write(data);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
