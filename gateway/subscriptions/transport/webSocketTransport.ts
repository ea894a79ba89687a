/** graphql-ws on /graphql. Answers bypass graphql-ws: they are serialized once for all clients. */
import { startWebSocketServer, type UpgradedSocket } from '@libs/graphql/subscriptions/webSocketServer';
import { ApiError } from '@libs/outcome/apiErrors';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, parse, type ExecutionArgs, type GraphQLFormattedError } from 'graphql';
import { makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { GatewayContext } from '../../context.ts';
import { formatGatewayError } from '../../errors.ts';
import { subscribersCut } from '../../gatewayMetrics.ts';
import { networkOf } from '../../limits/networks.ts';
import type { SubscriptionClient } from '../subscriptionHub.ts';
import { MAX_CLIENT_UNREAD_BYTES } from './connectionLimits.ts';
import type { TransportDeps } from './serveClientSubscriptions.ts';
import { authorizationOf } from './sessionWatcher.ts';

export const MAX_CLIENT_MESSAGE_BYTES = 64 * 1024;
export const CLIENT_INIT_TIMEOUT_MS = 3_000;
/** More are refused with RATE_LIMITED. */
export const MAX_SUBSCRIPTIONS_PER_CONNECTION = 50;

/** Close codes of graphql-transport-ws and of WebSocket's registry (RFC 6455 §11.7); 4429 follows HTTP's 429. */
const UNAUTHORIZED = 4401;
const TOO_MANY_CONNECTIONS = 4429;
const TRY_AGAIN_LATER = 1013;
/** Clients reconnect, with their new rights. */
const SERVICE_RESTART = 1012;

/** For graphql-ws, which only checks that it is a subscription. */
const ANY_SUBSCRIPTION = parse('subscription { __typename }');

type Connection = UpgradedSocket & {
  context?: GatewayContext;
  markInitialized?: () => void;
  /** Run when the connection closes. */
  cleanups?: (() => void)[];
  running?: Set<SubscriptionClient>;
};

/** As an iterator it yields nothing, and ends when the subscription does. */
type SocketSubscription = SubscriptionClient & AsyncIterableIterator<never, undefined>;
type StartedSubscription = ExecutionArgs & { subscription: SocketSubscription };

/** Makes graphql-ws send an `error` message. */
class EndedWithErrors extends Error {
  readonly errors: readonly GraphQLFormattedError[];
  constructor(errors: readonly GraphQLFormattedError[]) {
    super('ended');
    this.errors = errors;
  }
}

function openSocketSubscription(
  socket: WebSocket,
  id: string,
  options: { onEnd: () => void; onOverflow: () => void },
): SocketSubscription {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  let end: { errors: readonly GraphQLFormattedError[] | undefined } | undefined;
  let wake: () => void = () => {};
  const finish = (errors?: readonly GraphQLFormattedError[]) => {
    if (end) return;
    end = { errors };
    options.onEnd();
    wake();
  };
  return {
    send(answer) {
      socket.send(`${head}${answer}}`);
      if (socket.bufferedAmount > MAX_CLIENT_UNREAD_BYTES) options.onOverflow();
    },
    unreadBytes: () => socket.bufferedAmount,
    end: finish,
    async next() {
      if (!end) await new Promise<void>((resolve) => (wake = resolve));
      if (end?.errors) throw new EndedWithErrors(end.errors);
      return { done: true, value: undefined };
    },
    async return() {
      finish();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const asGraphQLErrors = (errors: readonly GraphQLFormattedError[]) =>
  errors.map(({ message, ...rest }) => new GraphQLError(message, rest));

/** Returns the code and reason to close a refused connection with. */
function admit(
  connection: Connection,
  authorization: string | undefined,
  context: GatewayContext,
  { connectionLimits, watchSession }: TransportDeps,
): [number, string] | undefined {
  if (context.refusal) {
    return context.refusal.code === 'UNAUTHENTICATED'
      ? [UNAUTHORIZED, 'Unauthorized']
      : [TRY_AGAIN_LATER, 'Try again later'];
  }
  const release = connectionLimits.admit(context);
  if (!release) return [TOO_MANY_CONNECTIONS, 'Too many connections'];
  const { socket } = connection;
  const stopWatching = watchSession(authorization, context.caller, (change) =>
    change === 'lost'
      ? socket.close(UNAUTHORIZED, 'Unauthorized')
      : socket.close(SERVICE_RESTART, 'Permissions changed'),
  );
  connection.context = context;
  connection.cleanups = [release, stopWatching];
  return undefined;
}

function startSubscription(
  connection: Connection,
  id: string,
  payload: SubscribePayload,
  { hub, log }: TransportDeps,
): StartedSubscription | readonly GraphQLError[] {
  const context = connection.context!;
  const running = (connection.running ??= new Set());
  if (running.size >= MAX_SUBSCRIPTIONS_PER_CONNECTION) {
    const refusal = new ApiError('RATE_LIMITED', 'api.rateLimited');
    return asGraphQLErrors([formatGatewayError(refusal, context)]);
  }
  const { socket } = connection;
  let leave: (() => void) | undefined;
  let hasEnded = false;
  const subscription = openSocketSubscription(socket, id, {
    onEnd() {
      hasEnded = true;
      running.delete(subscription);
      leave?.();
    },
    onOverflow() {
      subscribersCut.inc();
      log.warn(
        { bytes: socket.bufferedAmount },
        'a client was disconnected: it does not read its subscriptions',
      );
      for (const one of running) one.end();
      socket.terminate();
    },
  });
  const started = hub.subscribe(payload, context, subscription);
  if (!('leave' in started)) return asGraphQLErrors(started);
  leave = started.leave;
  if (hasEnded) leave();
  else running.add(subscription);
  return { document: ANY_SUBSCRIPTION, subscription } as StartedSubscription;
}

export function serveWebSockets(app: FastifyInstance, deps: TransportDeps): void {
  const { contextOf, addressOf, origins, uninitializedSockets, log } = deps;
  const server = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: CLIENT_INIT_TIMEOUT_MS,
    async onConnect({ extra: connection, connectionParams }) {
      const { socket, request } = connection;
      connection.markInitialized?.();
      const authorization = authorizationOf(connectionParams, request);
      const context = await contextOf(request, authorization);
      // The client may have disconnected meanwhile.
      if (socket.readyState !== socket.OPEN) return false;
      const refusal = admit(connection, authorization, context, deps);
      if (refusal) socket.close(...refusal);
      return !refusal;
    },
    onClose({ extra: connection }) {
      connection.markInitialized?.();
      for (const cleanup of connection.cleanups ?? []) cleanup();
    },
    onSubscribe: ({ extra: connection }, id, payload) => startSubscription(connection, id, payload, deps),
    subscribe: (args) => (args as StartedSubscription).subscription,
    // Already formatted.
    onError: (_context, _id, _payload, errors) => {
      const [first] = errors;
      return first?.originalError instanceof EndedWithErrors ? first.originalError.errors : undefined;
    },
  });
  const protocol: Server<Connection> = {
    opened(socket, connection) {
      const network = networkOf(addressOf(connection.request));
      connection.markInitialized = uninitializedSockets.add(connection.socket, network);
      return server.opened(socket, connection);
    },
  };
  /** Browsers send the page's origin; other clients send none. */
  const isAllowedOrigin = (origin: string | undefined) =>
    !origin || origins.includes('*') || origins.includes(origin);
  startWebSocketServer(app, {
    path: '/graphql',
    protocol,
    rejectionStatusOf: ({ headers }) => (isAllowedOrigin(headers.origin) ? undefined : '403 Forbidden'),
    maxMessageBytes: MAX_CLIENT_MESSAGE_BYTES,
    maxUnreadBytes: MAX_CLIENT_UNREAD_BYTES,
    log,
  });
}
