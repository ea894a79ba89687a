/** The WebSockets of a subgraph: who does not answer or read is cut, and whoever is connected when we stop is told to come again. */
import type { Log } from '@libs/telemetry/log';
import type { FastifyInstance } from 'fastify';
import { handleProtocols, type Server } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';

/** A message to us at most, in bytes. */
export const MOST_MESSAGE_BYTES = 256 * 1024;
/** How often a peer is asked whether it is still there, in milliseconds. */
export const PING_EVERY_MS = 15_000;
/**
 * What a peer may leave unread before it is cut, in bytes. Of each operation one message at most waits to be read: this is more
 * than a burst to all of them takes.
 */
export const MOST_UNREAD_BYTES = 64 * 1024 * 1024;
/** How long a peer may take to close what we close, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

export type SocketOptions = {
  path: string;
  /** What graphql-ws makes of messages. */
  protocol: Server<object>;
  log: Log;
  pingEveryMs?: number;
  mostUnreadBytes?: number;
};

/** A message as ws gives it: in one Buffer, unless it is told otherwise. */
const textOf = (data: RawData): string => (data as Buffer).toString();

/** Serves WebSockets on `path` until the server closes; they are closed before it waits for its connections. */
export function serveSockets(app: FastifyInstance, options: SocketOptions): void {
  const { path, protocol, log } = options;
  const { pingEveryMs = PING_EVERY_MS, mostUnreadBytes = MOST_UNREAD_BYTES } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    path,
    handleProtocols,
    maxPayload: MOST_MESSAGE_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const alive = new WeakSet<WebSocket>();

  const send = (socket: WebSocket, data: string): Promise<void> =>
    new Promise((resolve, reject) => {
      // Rejected, so that the operation goes no further: one that has much to tell would keep the process from all else.
      if (socket.readyState !== socket.OPEN) return reject(new Error('the socket is closed'));
      socket.send(data, (error) => (error ? reject(error) : resolve()));
      if (socket.bufferedAmount > mostUnreadBytes) {
        log.warn({ bytes: socket.bufferedAmount }, 'a peer does not read its subscriptions: cut');
        socket.terminate();
      }
    });

  function open(socket: WebSocket): void {
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    // The socket closes by itself after an error.
    socket.on('error', (error) => log.debug({ err: error }, 'subscription socket'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          void socket.on('message', (data) => {
            take(textOf(data)).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return;
              log.error({ err: error }, 'subscription message');
              socket.close(INTERNAL_ERROR);
            });
          }),
      },
      {},
    );
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch((error: unknown) =>
        log.error({ err: error }, 'subscription socket'),
      );
    });
  }

  app.server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, open));

  const pinging = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
    }
  }, pingEveryMs);
  pinging.unref();

  app.addHook('preClose', async () => {
    clearInterval(pinging);
    for (const socket of sockets.clients) socket.close(GOING_AWAY, 'Going away');
    await new Promise((resolve) => sockets.close(resolve));
  });
}
