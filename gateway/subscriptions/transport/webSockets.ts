/** graphql-ws on /graphql: the protocol is graphql-ws's, answers go to the socket as they were serialized for all. */
import { serveSockets, type UpgradedSocket } from '@libs/graphql/sockets';
import { ApiError } from '@libs/outcome/apiErrors';
import type { FastifyInstance } from 'fastify';
import { GraphQLError, parse, type ExecutionArgs, type GraphQLFormattedError } from 'graphql';
import { makeServer, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { GatewayContext } from '../../context.ts';
import { formatGatewayError } from '../../errors.ts';
import type { LiveClient } from '../live.ts';
import { networkOf } from '../../limits/networks.ts';
import { authorizationOf, MOST_UNREAD_BYTES, type Transport } from './transport.ts';

/** A message at most, in bytes. */
export const MOST_MESSAGE_BYTES = 64 * 1024;
/** How long a client may take to send connection_init, in milliseconds. */
export const INIT_TIMEOUT_MS = 3_000;
/** Subscriptions of one connection. */
export const MOST_PER_CONNECTION = 50;

/** Close codes: of graphql-transport-ws, of WebSocket's registry (RFC 6455 §11.7), and 4429 after HTTP's 429. */
const UNAUTHORIZED = 4401;
const TOO_MANY_CONNECTIONS = 4429;
const TRY_AGAIN_LATER = 1013;
/** A client that is closed with it connects again by itself, and has its new rights then. */
const SERVICE_RESTART = 1012;

type Connection = {
  context?: GatewayContext;
  /** It is silent no longer. */
  spoke?: () => void;
  /** Ends what goes with the connection. */
  endings?: (() => void)[];
  running?: Set<LiveClient>;
};

/** What one subscription is told with; as an iterator, it yields nothing and ends when the subscription does. */
type Listening = LiveClient & AsyncIterableIterator<never, undefined>;
type Begun = ExecutionArgs & { listening: Listening };

/** What ends a subscription, for graphql-ws to send as an `error`. */
class Ended extends Error {
  readonly errors: readonly GraphQLFormattedError[];
  constructor(errors: readonly GraphQLFormattedError[]) {
    super('ended');
    this.errors = errors;
  }
}

function listeningOn(
  socket: WebSocket,
  id: string,
  options: { onEnd: () => void; onCut: () => void },
): Listening {
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
    take(answer) {
      socket.send(`${head}${answer}}`);
      if (socket.bufferedAmount > MOST_UNREAD_BYTES) options.onCut();
    },
    unread: () => socket.bufferedAmount,
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
  const { live, contextOf, addressOf, origins, connections, silent, watch, log } = transport;

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
    const release = connections.admit(context);
    if (!release) return [TOO_MANY_CONNECTIONS, 'Too many connections'];
    const stopWatching = watch(authorization, context.caller, (change) =>
      change === 'lost' ? close(UNAUTHORIZED, 'Unauthorized') : close(SERVICE_RESTART, 'Permissions changed'),
    );
    extra.context = context;
    extra.endings = [release, stopWatching];
    return undefined;
  }

  const server = makeServer<Record<string, unknown>, UpgradedSocket & Connection>({
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    async onConnect({ extra, connectionParams }) {
      extra.spoke?.();
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
      extra.spoke?.();
      for (const end of extra.endings ?? []) end();
    },
    onSubscribe({ extra }, id, payload) {
      const context = extra.context!;
      const running = (extra.running ??= new Set());
      if (running.size >= MOST_PER_CONNECTION) {
        const refusal = new ApiError('RATE_LIMITED', 'api.rateLimited');
        return asGraphQLErrors([formatGatewayError(refusal, context)]);
      }
      const { socket } = extra;
      let leave: (() => void) | undefined;
      let hasEnded = false;
      const listening = listeningOn(socket, id, {
        onEnd() {
          hasEnded = true;
          running.delete(listening);
          leave?.();
        },
        onCut() {
          log.warn({ bytes: socket.bufferedAmount }, 'a client does not read its subscriptions: cut');
          for (const one of running) one.end();
          socket.terminate();
        },
      });
      const begun = live.subscribe(payload, context, listening);
      if (!('leave' in begun)) return asGraphQLErrors(begun);
      leave = begun.leave;
      if (hasEnded) leave();
      else running.add(listening);
      // The document is for graphql-ws to see that this is a subscription; it has been run.
      return { document: parse(payload.query), operationName: payload.operationName, listening } as Begun;
    },
    subscribe: (args) => (args as Begun).listening,
    // Formatted already: graphql-ws sends what is returned as it is.
    onError: (_context, _id, _payload, errors) => {
      const [first] = errors;
      return first?.originalError instanceof Ended ? first.originalError.errors : undefined;
    },
  });
  const protocol: Server<UpgradedSocket & Connection> = {
    opened(socket, extra) {
      extra.spoke = silent.add(extra.socket, networkOf(addressOf(extra.request)));
      return server.opened(socket, extra);
    },
  };
  /** A page's browser says where the page is from; who is no page says nothing. */
  const isOurs = (origin: string | undefined) => !origin || origins.includes('*') || origins.includes(origin);
  serveSockets(app, {
    path: '/graphql',
    protocol,
    refusalOf: ({ headers }) => (isOurs(headers.origin) ? undefined : '403 Forbidden'),
    mostMessageBytes: MOST_MESSAGE_BYTES,
    mostUnreadBytes: MOST_UNREAD_BYTES,
    log,
  });
}
