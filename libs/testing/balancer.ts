/**
 * A TCP load balancer before the processes of one service, as kube-proxy is before pods: it gives each new connection to the next
 * process whose /ready is 200. Open connections stay with their process, and nothing is ever sent twice. Stopped after the tests.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';

/** Between two looks at /ready. */
const CHECK_EVERY_MS = 500;

export type Balancer = {
  /** 'http://127.0.0.1:PORT'. */
  url: string;
  /** By the ports of the processes: connections that each got. */
  connections: Map<number, number>;
};

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`, { headers: { connection: 'close' } });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Passes on bytes and the ends of both directions. */
function join(client: Socket, server: Socket): void {
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.setNoDelay(true);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      if (!from.readableEnded) to.destroy();
    });
  }
}

export async function balancer(ports: readonly number[]): Promise<Balancer> {
  const connections = new Map(ports.map((port) => [port, 0]));
  let ready: readonly number[] = [];
  let next = 0;
  let isStopped = false;
  const sockets = new Set<Socket>();

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const port = ready[next % ready.length];
    next += 1;
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    if (port === undefined) {
      client.on('error', () => {}).destroy();
      return;
    }
    connections.set(port, connections.get(port)! + 1);
    join(client, connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const check = async () => {
    while (!isStopped) {
      const answers = await Promise.all(ports.map(isReady));
      ready = ports.filter((_, index) => answers[index]);
      await sleep(CHECK_EVERY_MS);
    }
  };
  const checked = check();
  afterAll(async () => {
    isStopped = true;
    await checked;
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}
