/** The WebSockets of clients: from pages that may, alive, in small messages, and told to come again when we stop. */
import type { IncomingMessage } from 'node:http';
import type { Log } from '@libs/telemetry/log';
import type { FastifyInstance } from 'fastify';
import { handleProtocols, type Server } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';

/** A message at most, in bytes. */
export const MOST_MESSAGE_BYTES = 64 * 1024;
/** How often a client is asked whether it is still there, in milliseconds; one that has not answered by the next time is cut. */
export const PING_EVERY_MS = 15_000;
/** How long a client may take to close what we close, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/** The connection that a message belongs to. */
export type Origin = { socket: WebSocket; request: IncomingMessage };

export type SocketOptions = {
  path: string;
  /** What graphql-ws makes of messages. */
  protocol: Server<Origin>;
  /** Origins whose pages may connect; '*' is any. Who is no page sends none. */
  origins: readonly string[];
  log: Log;
};

/** A message as ws gives it: in one Buffer, unless it is told otherwise. */
const textOf = (data: RawData): string => (data as Buffer).toString();

/** Serves WebSockets on `path` until the server closes. */
export function serveSockets(app: FastifyInstance, { path, protocol, origins, log }: SocketOptions): void {
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: MOST_MESSAGE_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const alive = new WeakSet<WebSocket>();
  const isOurs = (origin: string | undefined) => !origin || origins.includes('*') || origins.includes(origin);

  function open(socket: WebSocket, request: IncomingMessage): void {
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    // A message that is too large, or no message at all: the socket closes by itself, with the code that says so.
    socket.on('error', (error) => log.debug({ err: error }, 'subscription socket'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => new Promise((resolve) => socket.send(data, () => resolve())),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          void socket.on('message', (data) => {
            take(textOf(data)).catch((error: unknown) => {
              log.error({ err: error }, 'subscription message');
              socket.close(INTERNAL_ERROR);
            });
          }),
      },
      { socket, request },
    );
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch((error: unknown) =>
        log.error({ err: error }, 'subscription socket'),
      );
    });
  }

  app.server.on('upgrade', (request, socket, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://gateway');
    const refusal =
      pathname !== path ? '404 Not Found' : isOurs(request.headers.origin) ? undefined : '403 Forbidden';
    if (refusal) return void socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, open);
  });

  const pinging = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!alive.delete(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
    }
  }, PING_EVERY_MS);
  pinging.unref();

  app.addHook('preClose', async () => {
    clearInterval(pinging);
    for (const socket of sockets.clients) socket.close(GOING_AWAY, 'Going away');
    await new Promise((resolve) => sockets.close(resolve));
  });
}
