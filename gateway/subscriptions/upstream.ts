/**
 * The gateway's side of a subgraph's subscriptions (libs/graphql/serveSubgraphSubscriptions.ts has the protocol): all operations over one
 * WebSocket, each taken up again where it was when the connection is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from '@libs/outcome/apiErrors';
import { TRACEPARENT_HEADER, traceparentOf } from '@libs/telemetry/trace';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { GatewayContext } from '../context.ts';
import { openUpstreamBuffer, type UpstreamMessage, type UpstreamBuffer } from './upstreamBuffer.ts';
import type { PrimaryFetch } from './subscriptionPlanner.ts';

/** The pauses before a lost subgraph is tried again, in milliseconds: doubled from the first to the longest. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** How often in a row an operation that has begun may be ended by the subgraph's own trouble before its clients are told. */
const MAX_FAILURES = 10;
/** How long a connection without operations is kept, in milliseconds. */
const IDLE_CLOSE_MS = 10_000;
/** How often the subgraph is asked whether it is still there, in milliseconds; it is taken for lost when it does not answer. */
const PING_EVERY_MS = 10_000;

/** Errors that say nothing of what was asked: the same, asked again, may be answered. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([
  'SERVICE_UNAVAILABLE',
  'RATE_LIMITED',
  'INTERNAL_SERVER_ERROR',
]);

export type Upstream = {
  /**
   * What a plan's primary fetch tells, all that came since it was last asked for at once. Ends when the subgraph completes it;
   * throws an AggregateError of GraphQL errors where it refuses or ends it for good. A lost connection, a subgraph's passing
   * trouble and a burst that is not taken in time are healed: events may come twice, none is missed where the field has resume
   * tokens.
   */
  listen(
    primary: PrimaryFetch,
    contextNow: () => Promise<GatewayContext>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly UpstreamMessage[], void>;
  close(): Promise<void>;
};

/** What a subgraph refuses or ends an operation with, marked as a subgraph's, so that what is not the contract's is masked. */
const refused = (errors: readonly GraphQLFormattedError[], serviceName: string): AggregateError =>
  new AggregateError(
    errors.map(
      ({ message, path, extensions }) =>
        new GraphQLError(message, { path, extensions: { ...extensions, serviceName } }),
    ),
  );

/** Connects to the subgraphs at `urls` (their /graphql) when they are first listened to. */
export function connectUpstream(urls: Readonly<Record<string, string>>): Upstream {
  const clients = new Map<string, Client>();

  function clientOf(service: string): Client {
    let client = clients.get(service);
    if (!client) {
      client = createClient({
        url: urls[service]!.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        lazyCloseTimeout: IDLE_CLOSE_MS,
        keepAlive: PING_EVERY_MS,
        // We try again ourselves, with a passport that is still valid and the place that was reached.
        retryAttempts: 0,
      });
      clients.set(service, client);
    }
    return client;
  }

  function openBuffer(
    { service, query, operationName, variables }: PrimaryFetch,
    context: GatewayContext,
    cursor: string | undefined,
  ): UpstreamBuffer {
    const { passport, language, traceId } = context;
    const extensions = {
      resumable: true,
      [TRACEPARENT_HEADER]: traceparentOf(traceId),
      ...(passport ? { passport } : {}),
      ...(language ? { acceptLanguage: language } : {}),
      ...(cursor ? { resume: cursor } : {}),
    };
    return openUpstreamBuffer(clientOf(service), service, { query, operationName, variables, extensions });
  }

  return {
    async *listen(primary, contextNow, signal) {
      let cursor: string | undefined;
      let pauseMs = FIRST_PAUSE_MS;
      let failures = 0;
      while (!signal.aborted) {
        const buffer = openBuffer(primary, await contextNow(), cursor);
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
            throw refused(end.errors, primary.service);
          }
        }
        if (end.reason === 'full') {
          // What the subgraph tells next would be missed.
          if (cursor === undefined)
            throw new AggregateError([unavailable(new Error('a burst without cursors'))]);
          continue;
        }
        await sleep(pauseMs, undefined, { signal }).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      }
    },
    async close() {
      await Promise.all([...clients.values()].map(async (client) => client.dispose()));
    },
  };
}
