/**
 * Subscriptions for clients: graphql-ws on /graphql (WebSocket, subprotocol graphql-transport-ws) and graphql-sse on
 * /graphql/stream (a POST each). Who asks is told by `authorization` in connection_init's payload or the header, and looked up
 * again while the connection lasts: one whose session has ended, or whose rights have changed, is closed with 4401.
 */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import { ApiError, unauthenticated, type ApiErrorCode } from '@libs/outcome/apiErrors';
import type { Log } from '@libs/telemetry/log';
import type { FastifyInstance } from 'fastify';
import {
  GraphQLError,
  parse,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import type { Response } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { handleProtocols } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import type { GatewayContext } from '../context.ts';
import { formatGatewayError, HTTP_STATUS } from '../errors.ts';
import type { Sessions } from '../session.ts';
import type { LiveOperations, LiveResult } from './live.ts';
import type { Queue } from './queue.ts';

/** How long a client may take to send connection_init, in milliseconds. */
export const INIT_TIMEOUT_MS = 3_000;
/** A message at most, in bytes. */
export const MOST_MESSAGE_BYTES = 64 * 1024;
/** Subscriptions of one connection. */
export const MOST_PER_CONNECTION = 50;
/** How often a client is asked whether it is still there, in milliseconds. */
export const PING_EVERY_MS = 15_000;
/** How often it is looked up whether a client may still be told, in milliseconds. */
export const CALLER_CHECK_MS = 2_000;
/** What a client may leave unread before it is cut, in bytes. */
export const MOST_UNREAD_BYTES = 1024 * 1024;

/** Close code of graphql-transport-ws. */
const UNAUTHORIZED = 4401;

const tooMany = () => new ApiError('RATE_LIMITED', 'api.rateLimited');

export type SubscriptionServerOptions = {
  live: LiveOperations;
  sessions: Sessions;
  /** The context of a connection or request: its token, headers and address. */
  contextOf: (request: IncomingMessage, authorization: string | undefined) => Promise<GatewayContext>;
  /** Origins whose pages may connect, as CORS has them. */
  origins: readonly string[];
  log: Log;
};

/** Calls `onLost` once when the session of `authorization` has ended or its rights are no longer the context's. */
function watch(
  { sessions, live }: SubscriptionServerOptions,
  authorization: string | undefined,
  { caller }: GatewayContext,
  onLost: () => void,
): () => void {
  if (!authorization) return () => {};
  const timer = setInterval(async () => {
    try {
      const now = await sessions.identify(authorization);
      if (live.isSameScope(caller, now.caller)) return;
    } catch (error) {
      // While nobody can tell, who was let in stays.
      if (!(error instanceof ApiError) || error.code !== 'UNAUTHENTICATED') return;
    }
    clearInterval(timer);
    onLost();
  }, CALLER_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

const authorizationOf = (
  params: Record<string, unknown> | undefined,
  request: IncomingMessage,
): string | undefined => {
  const given = params?.['authorization'] ?? params?.['Authorization'] ?? request.headers.authorization;
  return typeof given === 'string' && given !== '' ? given : undefined;
};

/** Adds both transports; they are closed, and clients told to come again (1001), before the server waits for its connections. */
export function serveSubscriptions(app: FastifyInstance, options: SubscriptionServerOptions): void {
  serveWebSockets(app, options);
  serveEventStreams(app, options);
}

type Connection = Partial<Record<PropertyKey, never>> & {
  context?: GatewayContext;
  stopWatching?: () => void;
  running?: number;
};
type Begun = ExecutionArgs & { events: Queue<LiveResult> };

function serveWebSockets(app: FastifyInstance, options: SubscriptionServerOptions): void {
  const { live, contextOf, origins, log } = options;
  const sockets = new WebSocketServer({ noServer: true, handleProtocols, maxPayload: MOST_MESSAGE_BYTES });
  const isOurs = (origin: string | undefined) => !origin || origins.includes('*') || origins.includes(origin);

  app.server.on('upgrade', (request, socket, head) => {
    const { pathname } = new URL(request.url ?? '/', 'http://gateway');
    const status =
      pathname !== '/graphql'
        ? '404 Not Found'
        : isOurs(request.headers.origin)
          ? undefined
          : '403 Forbidden';
    if (status) return void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });

  const errorsOf = (errors: readonly GraphQLFormattedError[]) =>
    errors.map(({ message, ...rest }) => new GraphQLError(message, rest));

  const server = useServer<Record<string, unknown>, Connection>(
    {
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      async onConnect({ extra, connectionParams }) {
        const authorization = authorizationOf(connectionParams, extra.request);
        extra.context = await contextOf(extra.request, authorization);
        const close = () => extra.socket.close(UNAUTHORIZED, 'Unauthorized');
        if (extra.context.refusal) {
          close();
          return false;
        }
        extra.stopWatching = watch(options, authorization, extra.context, close);
        return true;
      },
      onDisconnect: ({ extra }) => extra.stopWatching?.(),
      onSubscribe({ extra }, _id, payload) {
        extra.running = (extra.running ?? 0) + 1;
        const isTooMany = extra.running > MOST_PER_CONNECTION;
        const context = isTooMany ? { ...extra.context!, refusal: tooMany() } : extra.context!;
        const events = live.subscribe(payload, context);
        if (!('next' in events)) return errorsOf(events);
        // The document is for graphql-ws to see that this is a subscription; it has been run.
        return { document: parse(payload.query), operationName: payload.operationName, events } as Begun;
      },
      subscribe: (args) => (args as Begun).events as AsyncIterableIterator<ExecutionResult>,
      onNext({ extra }, _id, _payload, _args, result) {
        const { bufferedAmount } = extra.socket as WebSocket;
        if (bufferedAmount > MOST_UNREAD_BYTES) {
          log.warn({ bytes: bufferedAmount }, 'a client does not read its subscriptions: cut');
          extra.socket.terminate();
        }
        // Its errors are formatted already: graphql-ws sends what is returned as it is.
        return result;
      },
      onComplete({ extra }) {
        extra.running = (extra.running ?? 1) - 1;
      },
      onError({ extra }) {
        extra.running = (extra.running ?? 1) - 1;
      },
    },
    sockets,
    PING_EVERY_MS,
  );
  app.addHook('preClose', async () => {
    await server.dispose();
    sockets.close();
  });
}

/** Refused before anything is told: an HTTP status and the errors, as graphql-sse's protocol has it. */
function refusal(errors: readonly GraphQLFormattedError[]): Response {
  const status = HTTP_STATUS[errors[0]?.extensions?.['code'] as ApiErrorCode] ?? 400;
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return [JSON.stringify({ errors }), { status, statusText: STATUS_CODES[status]!, headers }];
}

function serveEventStreams(app: FastifyInstance, options: SubscriptionServerOptions): void {
  const { live, contextOf } = options;
  const running = new Set<Queue<LiveResult>>();
  const handler = createHandler({
    async onSubscribe({ raw }, { query, operationName, variables }) {
      const authorization = authorizationOf(undefined, raw.raw);
      const context = await contextOf(raw.raw, authorization);
      const events = live.subscribe({ query: String(query), operationName, variables }, context);
      if (!('next' in events)) return refusal(events);
      running.add(events);
      const stopWatching = watch(options, authorization, context, () =>
        events.end({ errors: [formatGatewayError(unauthenticated('api.sessionEnded'), context)] }),
      );
      raw.raw.once('close', () => {
        stopWatching();
        running.delete(events);
      });
      return events as AsyncIterableIterator<ExecutionResult>;
    },
  });
  app.route({
    url: '/graphql/stream',
    method: ['POST'],
    handler: (request, reply) => handler(request, reply),
  });
  app.addHook('preClose', async () => {
    for (const events of running) events.end();
  });
}
