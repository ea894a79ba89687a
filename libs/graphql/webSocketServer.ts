/**
 * The WebSocket server of the gateway, for its clients, and of the subgraphs, for the gateway. It disconnects peers that do not
 * answer pings or do not read, and closes all with 1001 on shutdown, so that they reconnect.
 *
 * Anybody can connect, and Node ends a process in which a listener throws or a socket emits an `error` without a listener. So each
 * socket has an error listener for its whole life, and each listener catches its own errors.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '@libs/telemetry/log';
import type { FastifyInstance } from 'fastify';
import { handleProtocols, type Server } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';

/** Interval of pings, in milliseconds; a peer that has not answered one by the next is disconnected. */
export const PING_EVERY_MS = 15_000;
/** How long a peer may take to answer a close frame, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;
/** A close frame holds 125 bytes (RFC 6455 §5.5), two of which are the code. */
const MAX_REASON_BYTES = 123;
/** Maximum length in UTF-8 of one UTF-16 unit, in bytes. */
const MAX_BYTES_PER_UNIT = 3;

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/** The connection of a message, as graphql-ws hands it to its hooks. */
export type UpgradedSocket = { socket: WebSocket; request: IncomingMessage };

export type WebSocketServerOptions = {
  path: string;
  protocol: Server<UpgradedSocket>;
  /** The HTTP status that refuses an upgrade, such as '403 Forbidden'; undefined accepts it. */
  refusalOf?: (request: IncomingMessage) => string | undefined;
  /** Maximum size of an incoming message, in bytes; a larger one closes the socket with 1009. */
  maxMessageBytes: number;
  /** Bytes that a peer may leave unread before it is disconnected. */
  maxUnreadBytes: number;
  pingEveryMs?: number | undefined;
  log: Log;
};

/** ws gives each message in one Buffer unless configured otherwise. */
const textOf = (data: RawData): string => (data as Buffer).toString();

/** The reason, truncated to what a close frame can hold: ws throws for a longer one, and leaves the socket open. */
const closeReasonOf = (reason: string | undefined): string | undefined =>
  reason === undefined || Buffer.byteLength(reason) <= MAX_REASON_BYTES
    ? reason
    : reason.slice(0, MAX_REASON_BYTES / MAX_BYTES_PER_UNIT);

/** Refuses an upgrade. The connection ends with the answer, even if the peer keeps its own half open. */
function refuse(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** Passes a socket's messages to the protocol, and the protocol's answers to the socket. */
function connectProtocol(
  { socket, request }: UpgradedSocket,
  { protocol, maxUnreadBytes, log }: WebSocketServerOptions,
): void {
  function disconnectSlowReader(): void {
    if (socket.bufferedAmount <= maxUnreadBytes) return;
    log.warn({ bytes: socket.bufferedAmount }, 'a peer does not read its subscriptions: cut');
    socket.terminate();
  }

  const send = (data: string): Promise<void> =>
    new Promise((resolve, reject) => {
      // Rejecting stops the operation: one with many events would otherwise keep the process busy.
      if (socket.readyState !== socket.OPEN) return reject(new Error('the socket is closed'));
      socket.send(data, (error) => (error ? reject(error) : resolve()));
      disconnectSlowReader();
    });
  const close = (code?: number, reason?: string) => socket.close(code, closeReasonOf(reason));

  // ws answers pings itself: those of a peer that never reads would fill our memory.
  socket.on('ping', disconnectSlowReader);
  // After an oversized or malformed message ws closes the socket with the right code.
  socket.on('error', (error) => log.debug({ err: error }, 'subscription socket'));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send,
      close,
      onMessage: (receive) =>
        void socket.on('message', (data) => {
          receive(textOf(data)).catch((error: unknown) => {
            if (socket.readyState !== socket.OPEN) return;
            log.error({ err: error }, 'subscription message');
            close(INTERNAL_ERROR);
          });
        }),
    },
    { socket, request },
  );
  socket.once('close', (code, reason) => {
    closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'subscription socket'));
  });
}

/** Pings all sockets in turn, and disconnects those that did not answer the last ping. Call `stop` at shutdown. */
function pingSockets(server: WebSocketServer, everyMs: number): { stop(): void } {
  const answered = new WeakSet<WebSocket>();
  server.on('connection', (socket) => {
    answered.add(socket);
    socket.on('pong', () => answered.add(socket));
  });
  const timer = setInterval(() => {
    for (const socket of server.clients) {
      if (!answered.delete(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
    }
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** Serves WebSockets on `path` until `app` closes; they are closed before `app` waits for its connections. */
export function startWebSocketServer(app: FastifyInstance, options: WebSocketServerOptions): void {
  const { path, refusalOf = () => undefined, pingEveryMs = PING_EVERY_MS, log } = options;
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: options.maxMessageBytes,
    closeTimeout: CLOSE_TIMEOUT_MS,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const pings = pingSockets(server, pingEveryMs);

  app.server.on('upgrade', (request, socket, head) => {
    // Node has removed its own listeners from the socket.
    socket.on('error', (error) => log.debug({ err: error }, 'upgrade'));
    try {
      // `new URL` would throw for '//': a client may send any text as its target.
      const [pathname] = (request.url ?? '').split('?', 1);
      const refusal = pathname === path ? refusalOf(request) : '404 Not Found';
      if (refusal) return refuse(socket, refusal);
      server.handleUpgrade(request, socket, head, (upgraded) => {
        server.emit('connection', upgraded, request);
        connectProtocol({ socket: upgraded, request }, options);
      });
    } catch (error) {
      log.error({ err: error }, 'upgrade');
      socket.destroy();
    }
  });

  app.addHook('preClose', async () => {
    pings.stop();
    for (const socket of server.clients) socket.close(GOING_AWAY, 'Going away');
    await new Promise((resolve) => server.close(resolve));
  });
}
