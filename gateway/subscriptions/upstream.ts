/**
 * The gateway's client of a subgraph's subscriptions (protocol: libs/graphql/serveSubgraphSubscriptions.ts). All operations share one
 * WebSocket, and each resumes from its last cursor when the connection is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { pushQueue } from '@libs/graphql/pushQueue';
import { unavailable } from '@libs/outcome/apiErrors';
import { TRACEPARENT_HEADER, traceparentOf } from '@libs/telemetry/trace';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { GatewayContext } from '../context.ts';
import type { ExecutionResult, PrimaryFetch } from './subscriptionPlanner.ts';

/** Pauses before reconnecting to a subgraph, in milliseconds: doubled from the first to the maximum. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** Consecutive transient failures of a started operation before its clients get the errors. */
const MAX_FAILURES = 10;
/** How long a connection without operations stays open, in milliseconds. */
const IDLE_CLOSE_MS = 10_000;
/** Interval of pings, in milliseconds; without an answer the connection counts as lost. */
const PING_EVERY_MS = 10_000;
/**
 * Messages that may wait. Beyond that the operation is closed, and resumed once they are taken: replaying a week of changes costs no
 * more memory than this.
 */
export const MAX_BUFFERED_MESSAGES = 500;
/** Maximum messages taken at once, and so events completed by one request to another subgraph. */
const MAX_MESSAGES_PER_BATCH = 50;

/** Codes of errors that a retry may avoid. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([
  'SERVICE_UNAVAILABLE',
  'RATE_LIMITED',
  'INTERNAL_SERVER_ERROR',
]);

/** An event, its cursor, or both. A cursor without an event: nothing is missed from there on. */
export type UpstreamMessage = { cursor?: string | undefined; result?: ExecutionResult };

export type Upstream = {
  /**
   * The messages of a plan's primary fetch, in batches of all that wait (at most MAX_MESSAGES_PER_BATCH). Ends when the subgraph
   * completes it; throws an AggregateError of GraphQL errors if the subgraph refuses or ends it for good. Recovers from lost
   * connections, transient failures and full buffers: events may repeat, and none is missed if the field has resume tokens.
   */
  listen(
    primary: PrimaryFetch,
    contextNow: () => Promise<GatewayContext>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly UpstreamMessage[], void>;
  close(): Promise<void>;
};

/** Why a buffer ended. `full`: too many messages waited. */
type UpstreamEnd =
  | { reason: 'completed' | 'lost' | 'full' }
  | { reason: 'refused'; errors: readonly GraphQLFormattedError[] };

type UpstreamBuffer = {
  /** Waits for messages, and takes at most MAX_MESSAGES_PER_BATCH. Undefined at the end. One call at a time. */
  take(): Promise<readonly UpstreamMessage[] | undefined>;
  close(): void;
  /** Known once `take` has returned undefined. */
  end(): UpstreamEnd;
};

type RawMessage = {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
  extensions?: { resume?: string };
};

/** A subgraph's errors as GraphQLErrors, marked with its name so that formatting masks those outside the contract. */
const subgraphErrors = (errors: readonly GraphQLFormattedError[], serviceName: string): GraphQLError[] =>
  errors.map(
    ({ message, path, extensions }) =>
      new GraphQLError(message, { path, extensions: { ...extensions, serviceName } }),
  );

function messageOf({ data, errors, extensions }: RawMessage, service: string): UpstreamMessage {
  const cursor = extensions?.resume;
  if (data === undefined && errors === undefined) return { cursor };
  return { cursor, result: { data, ...(errors ? { errors: subgraphErrors(errors, service) } : {}) } };
}

/** Starts an operation over the client's connection, and buffers its messages. */
function openBuffer(client: Client, service: string, payload: SubscribePayload): UpstreamBuffer {
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
    next: (message) => queue.push(messageOf(message as RawMessage, service)),
    // An array has the subgraph's errors; anything else is a failure of the connection.
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

function payloadOf(
  { query, operationName, variables }: PrimaryFetch,
  { passport, language, traceId }: GatewayContext,
  cursor: string | undefined,
): SubscribePayload {
  const extensions = {
    resumable: true,
    [TRACEPARENT_HEADER]: traceparentOf(traceId),
    ...(passport ? { passport } : {}),
    ...(language ? { acceptLanguage: language } : {}),
    ...(cursor ? { resume: cursor } : {}),
  };
  return { query, operationName, variables, extensions };
}

/** One client for each subgraph; it connects with its first operation. */
function clientsOf(urls: Readonly<Record<string, string>>) {
  const clients = new Map<string, Client>();
  return {
    get(service: string): Client {
      let client = clients.get(service);
      if (!client) {
        client = createClient({
          url: urls[service]!.replace(/^http/, 'ws'),
          webSocketImpl: WebSocket,
          lazyCloseTimeout: IDLE_CLOSE_MS,
          keepAlive: PING_EVERY_MS,
          // `listen` retries itself, with a valid passport and the last cursor.
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

/** Connects to the subgraphs at `urls` (of their /graphql). */
export function connectUpstream(urls: Readonly<Record<string, string>>): Upstream {
  const clients = clientsOf(urls);
  return {
    async *listen(primary, contextNow, signal) {
      const { service } = primary;
      let cursor: string | undefined;
      let pauseMs = FIRST_PAUSE_MS;
      let failures = 0;
      while (!signal.aborted) {
        const payload = payloadOf(primary, await contextNow(), cursor);
        const buffer = openBuffer(clients.get(service), service, payload);
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
          // Without a cursor to resume from, the next events would be missed.
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
