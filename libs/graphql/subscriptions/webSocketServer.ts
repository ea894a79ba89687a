/**
 * The WebSocket server of the gateway and the subgraphs. It disconnects peers that do not answer pings or do not read, and closes
 * with 1001 on shutdown, so that peers reconnect. Anybody can connect, and Node ends a process in which a listener throws or a
 * socket emits an unhandled `error`. So each socket has an error listener for its whole life, and each listener catches its own
 * errors.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '@libs/telemetry/log';
import type { FastifyInstance } from 'fastify';
import { handleProtocols, type Server } from 'graphql-ws';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { asksForWebSocket, ignoreOtherUpgrades, serveWithoutUpgrade } from './otherUpgrades.ts';

/** A peer that has not answered by the next ping is disconnected. */
const PING_EVERY_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** 125 bytes (RFC 6455 §5.5), less two for the code. */
const MAX_REASON_BYTES = 123;
/** UTF-8 bytes of one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/** The connection that graphql-ws gives its hooks. */
export type UpgradedSocket = { socket: WebSocket; request: IncomingMessage };

export type WebSocketServerOptions = {
  path: string;
  protocol: Server<UpgradedSocket>;
  /** An HTTP status such as '403 Forbidden'; undefined accepts the upgrade. */
  rejectionStatusOf?: (request: IncomingMessage) => string | undefined;
  /** A larger message closes the socket with 1009. */
  maxMessageBytes: number;
  /** Beyond this a peer is disconnected. */
  maxUnreadBytes: number;
  pingEveryMs?: number | undefined;
  log: Log;
};

/** ws gives one Buffer by default. */
const textOf = (data: RawData): string => (data as Buffer).toString();

/** Truncated: for a longer reason ws throws, and leaves the socket open. */
const closeReasonOf = (reason: string | undefined): string | undefined =>
  reason === undefined || Buffer.byteLength(reason) <= MAX_REASON_BYTES
    ? reason
    : reason.slice(0, MAX_REASON_BYTES / MAX_BYTES_PER_UNIT);

/** Ends the connection with the answer, even if the peer keeps its own half open. */
function refuse(socket: Duplex, status: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function connectProtocol(
  { socket, request }: UpgradedSocket,
  { protocol, maxUnreadBytes, log }: WebSocketServerOptions,
): void {
  function disconnectSlowReader(): void {
    if (socket.bufferedAmount <= maxUnreadBytes) return;
    log.warn({ bytes: socket.bufferedAmount }, 'a peer was disconnected: it does not read its subscriptions');
    socket.terminate();
  }

  const send = (data: string): Promise<void> =>
    new Promise((resolve, reject) => {
      // Stops the operation, which would otherwise keep the process busy.
      if (socket.readyState !== socket.OPEN) return reject(new Error('the socket is closed'));
      socket.send(data, (error) => (error ? reject(error) : resolve()));
      disconnectSlowReader();
    });
  const close = (code?: number, reason?: string) => socket.close(code, closeReasonOf(reason));

  // ws answers pings: a peer that never reads would fill our memory.
  socket.on('ping', disconnectSlowReader);
  // For a bad message ws closes the socket with the right code.
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

/** Serves WebSockets on `path`. When `app` closes, it closes them first. */
export function startWebSocketServer(app: FastifyInstance, options: WebSocketServerOptions): void {
  const { path, rejectionStatusOf = () => undefined, pingEveryMs = PING_EVERY_MS, log } = options;
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: options.maxMessageBytes,
    closeTimeout: CLOSE_TIMEOUT_MS,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  const pings = pingSockets(server, pingEveryMs);

  ignoreOtherUpgrades(app.server);
  app.server.on('upgrade', (request, socket, head) => {
    if (!asksForWebSocket(request)) return serveWithoutUpgrade(app.server, request, socket, head);
    // Node has removed its own listeners.
    socket.on('error', (error) => log.debug({ err: error }, 'upgrade'));
    try {
      // A target may be any text: `new URL` would throw for '//'.
      const [pathname] = (request.url ?? '').split('?', 1);
      const refusal = pathname === path ? rejectionStatusOf(request) : '404 Not Found';
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
