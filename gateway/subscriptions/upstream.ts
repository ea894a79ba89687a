/**
 * The gateway's client of subgraphs' subscriptions (protocol: libs/graphql/serveSubgraphSubscriptions.ts). The operations of a
 * subgraph share one WebSocket, and resume from their last cursors when it is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { pushQueue } from '@libs/graphql/subscriptions/pushQueue';
import { unavailable } from '@libs/outcome/apiErrors';
import { spanContextOf, TRACEPARENT_HEADER, traceparentOf } from '@libs/telemetry/trace';
import { isTracing } from '@libs/telemetry/traceSpans';
import type { SpanContext } from '@opentelemetry/api';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { GatewayContext } from '../context.ts';
import type { SubgraphRoute, SubgraphRoutes } from '../upstream/subgraphRoutes.ts';
import type { PrimaryFetch, SubgraphEvent } from './subscriptionPlanner.ts';

/** Pauses between reconnections double up to the maximum. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** Consecutive transient failures before clients get the errors. */
const MAX_FAILURES = 10;
/** How long a connection without operations stays open. */
const IDLE_CLOSE_MS = 10_000;
/** A connection that does not answer counts as lost. */
const PING_EVERY_MS = 10_000;
/** Beyond this the operation is closed, and resumed once the messages are taken: bounds the memory of a long replay. */
export const MAX_BUFFERED_MESSAGES = 500;
/** Also the maximum events that one request to another subgraph completes. */
const MAX_MESSAGES_PER_BATCH = 50;

/** Codes of errors that a retry may avoid. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([
  'SERVICE_UNAVAILABLE',
  'RATE_LIMITED',
  'INTERNAL_SERVER_ERROR',
]);

/** An event, a cursor, or both. A cursor alone is the start of the operation. */
export type UpstreamMessage = {
  cursor?: string | undefined;
  result?: SubgraphEvent;
  /** The subgraph's span, if one is recorded. */
  cause?: SpanContext | undefined;
};

export type Upstream = {
  /**
   * Batches of at most MAX_MESSAGES_PER_BATCH waiting messages. Ends when the subgraph completes the operation; throws an
   * AggregateError of GraphQLErrors if the subgraph refuses or fails it permanently. Recovers from lost connections, transient failures and full buffers: events may
   * repeat, and none is missed if the field has resume tokens.
   */
  listen(
    primary: PrimaryFetch,
    contextNow: () => Promise<GatewayContext>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly UpstreamMessage[], void>;
  close(): Promise<void>;
};

type UpstreamEnd =
  | { reason: 'completed' | 'lost' | 'full' }
  | { reason: 'refused'; errors: readonly GraphQLFormattedError[] };

type UpstreamBuffer = {
  /** Waits for messages. Undefined at the end. One call at a time. */
  take(): Promise<readonly UpstreamMessage[] | undefined>;
  close(): void;
  /** Known once `take` has returned undefined. */
  end(): UpstreamEnd;
};

type RawMessage = {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
  extensions?: { resume?: string; traceparent?: string };
};

/** Marked with `serviceName`, so that formatting masks codes outside the contract. */
const subgraphErrors = (errors: readonly GraphQLFormattedError[], serviceName: string): GraphQLError[] =>
  errors.map(
    ({ message, path, extensions }) =>
      new GraphQLError(message, { path, extensions: { ...extensions, serviceName } }),
  );

function messageOf(
  { data, errors, extensions }: RawMessage,
  service: string,
  { isForeign }: SubgraphRoute,
): UpstreamMessage {
  const cursor = extensions?.resume;
  if (data === undefined && errors === undefined) return { cursor };
  const result = { data, ...(errors ? { errors: subgraphErrors(errors, service) } : {}) };
  // A foreign subgraph does not decide what is recorded.
  const cause = isTracing() && !isForeign ? spanContextOf(extensions?.traceparent) : undefined;
  return { cursor, result, cause };
}

function openBuffer(
  client: Client,
  service: string,
  route: SubgraphRoute,
  payload: SubscribePayload,
): UpstreamBuffer {
  let end: UpstreamEnd | undefined;
  const queue = pushQueue<UpstreamMessage>({
    limit: MAX_BUFFERED_MESSAGES,
    onOverflow() {
      finish({ reason: 'full' });
      unsubscribe();
    },
  });
  function finish(reason: UpstreamEnd): void {
    end ??= reason;
    queue.end();
  }
  const unsubscribe = client.subscribe(payload, {
    next: (message) => queue.push(messageOf(message as RawMessage, service, route)),
    // An array of the subgraph's errors, or a connection failure.
    error: (reason) =>
      finish(Array.isArray(reason) ? { reason: 'refused', errors: reason } : { reason: 'lost' }),
    complete: () => finish({ reason: 'completed' }),
  });
  return {
    take: () => queue.take(MAX_MESSAGES_PER_BATCH),
    close() {
      if (end) return;
      finish({ reason: 'lost' });
      queue.close();
      unsubscribe();
    },
    end: () => end!,
  };
}

async function payloadOf(
  { service, query, operationName, variables }: PrimaryFetch,
  { passport, language, traceId }: GatewayContext,
  cursor: string | undefined,
  { isForeign }: SubgraphRoute,
): Promise<SubscribePayload> {
  const extensions = {
    resumable: true,
    [TRACEPARENT_HEADER]: traceparentOf(traceId),
    ...(passport && !isForeign ? { passport: await passport(service) } : {}),
    ...(language ? { acceptLanguage: language } : {}),
    ...(cursor ? { resume: cursor } : {}),
  };
  return { query, operationName, variables, extensions };
}

/** Clients connect with their first operation. */
function clientsOf(routes: SubgraphRoutes) {
  const clients = new Map<string, Client>();
  return {
    get(service: string): Client {
      let client = clients.get(service);
      if (!client) {
        client = createClient({
          url: routes[service]!.url.replace(/^http/, 'ws'),
          webSocketImpl: WebSocket,
          lazyCloseTimeout: IDLE_CLOSE_MS,
          keepAlive: PING_EVERY_MS,
          // `listen` retries, with a valid passport and the last cursor.
          retryAttempts: 0,
        });
        clients.set(service, client);
      }
      return client;
    },
    async close(): Promise<void> {
      await Promise.all([...clients.values()].map(async (client) => client.dispose()));
    },
  };
}

/** Connects to the subgraphs. */
export function connectUpstream(routes: SubgraphRoutes): Upstream {
  const clients = clientsOf(routes);
  return {
    async *listen(primary, contextNow, signal) {
      const { service } = primary;
      let cursor: string | undefined;
      let pauseMs = FIRST_PAUSE_MS;
      let failures = 0;
      while (!signal.aborted) {
        const route = routes[service]!;
        const payload = await payloadOf(primary, await contextNow(), cursor, route);
        const buffer = openBuffer(clients.get(service), service, route, payload);
        signal.addEventListener('abort', buffer.close, { once: true });
        try {
          for (let messages = await buffer.take(); messages; messages = await buffer.take()) {
            cursor = messages.at(-1)!.cursor ?? cursor;
            if (messages.some(({ result }) => result)) {
              pauseMs = FIRST_PAUSE_MS;
              failures = 0;
            }
            yield messages;
          }
        } finally {
          buffer.close();
          signal.removeEventListener('abort', buffer.close);
        }
        const end = buffer.end();
        if (end.reason === 'completed') return;
        if (end.reason === 'refused') {
          failures += 1;
          const isTransient = end.errors.every(({ extensions }) => TRANSIENT_CODES.has(extensions?.['code']));
          if (!isTransient || cursor === undefined || failures > MAX_FAILURES) {
            throw new AggregateError(subgraphErrors(end.errors, service));
          }
        }
        if (end.reason === 'full') {
          // Resuming would miss events.
          if (cursor === undefined)
            throw new AggregateError([unavailable(new Error('a burst without cursors'))]);
          continue;
        }
        await sleep(pauseMs, undefined, { signal }).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      }
    },
    close: () => clients.close(),
  };
}
