/** graphql-ws on /graphql: the protocol is graphql-ws's, answers go to the socket as they were serialized for all. */
import { startWebSocketServer, type UpgradedSocket } from '@libs/graphql/webSocketServer';
import { ApiError } from '@libs/outcome/apiErrors';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, parse, type ExecutionArgs, type GraphQLFormattedError } from 'graphql';
import { makeServer, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { GatewayContext } from '../../context.ts';
import { formatGatewayError } from '../../errors.ts';
import type { SubscriptionClient } from '../subscriptionHub.ts';
import { networkOf } from '../../limits/networks.ts';
import { authorizationOf, MAX_CLIENT_UNREAD_BYTES, type Transport } from './transport.ts';

/** A message at most, in bytes. */
export const MAX_CLIENT_MESSAGE_BYTES = 64 * 1024;
/** How long a client may take to send connection_init, in milliseconds. */
export const CLIENT_INIT_TIMEOUT_MS = 3_000;
/** Subscriptions of one connection. */
export const MAX_SUBSCRIPTIONS_PER_CONNECTION = 50;

/** Close codes: of graphql-transport-ws, of WebSocket's registry (RFC 6455 §11.7), and 4429 after HTTP's 429. */
const UNAUTHORIZED = 4401;
const TOO_MANY_CONNECTIONS = 4429;
const TRY_AGAIN_LATER = 1013;
/** A client that is closed with it connects again by itself, and has its new rights then. */
const SERVICE_RESTART = 1012;

type Connection = {
  context?: GatewayContext;
  /** It is silent no longer. */
  endSilence?: () => void;
  /** Ends what goes with the connection. */
  endings?: (() => void)[];
  running?: Set<SubscriptionClient>;
};

/** What one subscription is told with; as an iterator, it yields nothing and ends when the subscription does. */
type SocketSubscription = SubscriptionClient & AsyncIterableIterator<never, undefined>;
type StartedSubscription = ExecutionArgs & { subscription: SocketSubscription };

/** What ends a subscription, for graphql-ws to send as an `error`. */
class Ended extends Error {
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
      if (end?.errors) throw new Ended(end.errors);
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

export function serveWebSockets(app: FastifyInstance, transport: Transport): void {
  const { hub, contextOf, addressOf, origins, connectionLimits, silent, watchSession, log } = transport;

  /** Takes a connection on; the code and reason to close it with where it is not. */
  function admit(
    extra: Connection,
    authorization: string | undefined,
    context: GatewayContext,
    close: (code: number, reason: string) => void,
  ): [number, string] | undefined {
    if (context.refusal) {
      return context.refusal.code === 'UNAUTHENTICATED'
        ? [UNAUTHORIZED, 'Unauthorized']
        : [TRY_AGAIN_LATER, 'Try again later'];
    }
    const release = connectionLimits.admit(context);
    if (!release) return [TOO_MANY_CONNECTIONS, 'Too many connections'];
    const stopWatching = watchSession(authorization, context.caller, (change) =>
      change === 'lost' ? close(UNAUTHORIZED, 'Unauthorized') : close(SERVICE_RESTART, 'Permissions changed'),
    );
    extra.context = context;
    extra.endings = [release, stopWatching];
    return undefined;
  }

  const server = makeServer<Record<string, unknown>, UpgradedSocket & Connection>({
    connectionInitWaitTimeout: CLIENT_INIT_TIMEOUT_MS,
    async onConnect({ extra, connectionParams }) {
      extra.endSilence?.();
      const authorization = authorizationOf(connectionParams, extra.request);
      const context = await contextOf(extra.request, authorization);
      // It may have gone while it was looked up who it is.
      if (extra.socket.readyState !== extra.socket.OPEN) return false;
      const refused = admit(extra, authorization, context, (code, reason) =>
        extra.socket.close(code, reason),
      );
      if (refused) extra.socket.close(...refused);
      return !refused;
    },
    onClose({ extra }) {
      extra.endSilence?.();
      for (const end of extra.endings ?? []) end();
    },
    onSubscribe({ extra }, id, payload) {
      const context = extra.context!;
      const running = (extra.running ??= new Set());
      if (running.size >= MAX_SUBSCRIPTIONS_PER_CONNECTION) {
        const refusal = new ApiError('RATE_LIMITED', 'api.rateLimited');
        return asGraphQLErrors([formatGatewayError(refusal, context)]);
      }
      const { socket } = extra;
      let leave: (() => void) | undefined;
      let hasEnded = false;
      const subscription = openSocketSubscription(socket, id, {
        onEnd() {
          hasEnded = true;
          running.delete(subscription);
          leave?.();
        },
        onOverflow() {
          log.warn({ bytes: socket.bufferedAmount }, 'a client does not read its subscriptions: cut');
          for (const one of running) one.end();
          socket.terminate();
        },
      });
      const started = hub.subscribe(payload, context, subscription);
      if (!('leave' in started)) return asGraphQLErrors(started);
      leave = started.leave;
      if (hasEnded) leave();
      else running.add(subscription);
      // The document is for graphql-ws to see that this is a subscription; it has been run.
      return {
        document: parse(payload.query),
        operationName: payload.operationName,
        subscription,
      } as StartedSubscription;
    },
    subscribe: (args) => (args as StartedSubscription).subscription,
    // Formatted already: graphql-ws sends what is returned as it is.
    onError: (_context, _id, _payload, errors) => {
      const [first] = errors;
      return first?.originalError instanceof Ended ? first.originalError.errors : undefined;
    },
  });
  const protocol: Server<UpgradedSocket & Connection> = {
    opened(socket, extra) {
      extra.endSilence = silent.add(extra.socket, networkOf(addressOf(extra.request)));
      return server.opened(socket, extra);
    },
  };
  /** A page's browser says where the page is from; who is no page says nothing. */
  const isOurs = (origin: string | undefined) => !origin || origins.includes('*') || origins.includes(origin);
  startWebSocketServer(app, {
    path: '/graphql',
    protocol,
    refusalOf: ({ headers }) => (isOurs(headers.origin) ? undefined : '403 Forbidden'),
    maxMessageBytes: MAX_CLIENT_MESSAGE_BYTES,
    maxUnreadBytes: MAX_CLIENT_UNREAD_BYTES,
    log,
  });
}
