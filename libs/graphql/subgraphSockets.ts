/**
 * The WebSocket server of the gateway, for its clients, and of the subgraphs, for the gateway. A peer that does not answer or read is
 * disconnected; whoever is connected when we stop is told to come again.
 *
 * Anybody can connect, and Node ends a process in which a listener throws or a socket emits an `error` that nobody hears. So each
 * socket here has an error listener from its first moment to its last, and each listener catches what it throws.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '@libs/telemetry/log';
import type { FastifyInstance } from 'fastify';
import { handleProtocols, type Server } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';

/** A message to us at most, in bytes. */
const MAX_SUBGRAPH_MESSAGE_BYTES = 256 * 1024;
/** How often a peer is asked whether it is still there, in milliseconds; one that has not answered by the next time is cut. */
const SUBGRAPH_PING_EVERY_MS = 15_000;
/**
 * What a peer may leave unread before it is cut, in bytes. Of each operation one message at most waits to be read: this is more
 * than a burst to all of them takes.
 */
const MAX_SUBGRAPH_UNREAD_BYTES = 64 * 1024 * 1024;
/** How long a peer may take to close what we close, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;
/** A close frame holds 125 bytes (RFC 6455 §5.5), and two of them are the code. */
const MAX_REASON_BYTES = 123;
/** UTF-8 takes three bytes at most for one unit of a JavaScript string. */
const MAX_BYTES_PER_UNIT = 3;

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/** What graphql-ws is given with each message: the connection that it came over. */
export type UpgradedSocket = { socket: WebSocket; request: IncomingMessage };

export type SubgraphSocketOptions = {
  path: string;
  /** What graphql-ws makes of messages. */
  protocol: Server<UpgradedSocket>;
  /** Refuses an upgrade with an HTTP status, such as '403 Forbidden'; undefined takes it. */
  refusalOf?: (request: IncomingMessage) => string | undefined;
  log: Log;
  pingEveryMs?: number | undefined;
  maxMessageBytes?: number | undefined;
  maxUnreadBytes?: number | undefined;
};

/** A message as ws gives it: in one Buffer, unless it is told otherwise. */
const textOf = (data: RawData): string => (data as Buffer).toString();

/** The reason as far as a close frame can hold it: ws throws where it cannot, and then closes nothing. */
const reasonOf = (reason: string | undefined): string | undefined =>
  reason === undefined || Buffer.byteLength(reason) <= MAX_REASON_BYTES
    ? reason
    : reason.slice(0, MAX_REASON_BYTES / MAX_BYTES_PER_UNIT);

/** Answers an upgrade that is not taken. The connection ends with the answer, whatever the peer does with its own half. */
function refuse(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** Serves WebSockets on `path` until the server closes; they are closed before it waits for its connections. */
export function serveSubgraphSockets(app: FastifyInstance, options: SubgraphSocketOptions): void {
  const { path, protocol, refusalOf = () => undefined, log } = options;
  const { pingEveryMs = SUBGRAPH_PING_EVERY_MS, maxUnreadBytes = MAX_SUBGRAPH_UNREAD_BYTES } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: options.maxMessageBytes ?? MAX_SUBGRAPH_MESSAGE_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const alive = new WeakSet<WebSocket>();

  function cutWhereUnread(socket: WebSocket): void {
    if (socket.bufferedAmount <= maxUnreadBytes) return;
    log.warn({ bytes: socket.bufferedAmount }, 'a peer does not read its subscriptions: cut');
    socket.terminate();
  }

  const send = (socket: WebSocket, data: string): Promise<void> =>
    new Promise((resolve, reject) => {
      // Rejected, so that the operation goes no further: one that has much to tell would keep the process from all else.
      if (socket.readyState !== socket.OPEN) return reject(new Error('the socket is closed'));
      socket.send(data, (error) => (error ? reject(error) : resolve()));
      cutWhereUnread(socket);
    });

  function open(socket: WebSocket, request: IncomingMessage): void {
    alive.add(socket);
    socket.on('pong', () => alive.add(socket));
    // ws has answered it: a peer that only asks and never reads would fill our memory.
    socket.on('ping', () => cutWhereUnread(socket));
    // A message that is too large, or no message at all: the socket closes by itself, with the code that says so.
    socket.on('error', (error) => log.debug({ err: error }, 'subscription socket'));
    const close = (code?: number, reason?: string) => socket.close(code, reasonOf(reason));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        close,
        onMessage: (take) =>
          void socket.on('message', (data) => {
            take(textOf(data)).catch((error: unknown) => {
              if (socket.readyState !== socket.OPEN) return;
              log.error({ err: error }, 'subscription message');
              close(INTERNAL_ERROR);
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
    // Node has taken its own listeners off the socket that it hands over here.
    socket.on('error', (error) => log.debug({ err: error }, 'upgrade'));
    try {
      // Not by `new URL`, which throws for '//': what a client sends as its target need be no URL at all.
      const [pathname] = (request.url ?? '').split('?', 1);
      const refusal = pathname === path ? refusalOf(request) : '404 Not Found';
      if (refusal) refuse(socket, refusal);
      else sockets.handleUpgrade(request, socket, head, open);
    } catch (error) {
      log.error({ err: error }, 'upgrade');
      socket.destroy();
    }
  });

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
