/**
 * The gateway's side of a subgraph's subscriptions (libs/graphql/serveSubscriptions.ts has the protocol): all operations over one
 * WebSocket, each taken up again where it was when the connection is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TRACEPARENT_HEADER, traceparentOf } from '@libs/telemetry/trace';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { GatewayContext } from '../context.ts';
import type { LivePlan, Told } from './plan.ts';

/** The pauses before a lost subgraph is tried again, in milliseconds: doubled from the first to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** How long a connection without operations is kept, in milliseconds. */
const IDLE_CLOSE_MS = 10_000;
/** How often the subgraph is asked whether it is still there, in milliseconds; it is taken for lost when it does not answer. */
const PING_EVERY_MS = 10_000;

export type Upstream = {
  /**
   * The events of a plan's primary fetch. Ends when the subgraph completes it; throws an AggregateError of GraphQL errors where it
   * refuses or ends it. A lost connection is healed: events may come twice, none is missed where the field has resume tokens.
   */
  listen(
    plan: LivePlan,
    contextNow: () => Promise<GatewayContext>,
    signal: AbortSignal,
  ): AsyncGenerator<Told>;
  close(): Promise<void>;
};

type Message = {
  data?: Record<string, unknown>;
  errors?: readonly GraphQLFormattedError[];
  extensions?: { resume?: string };
};

/** Errors as the executor and our formatting take them: marked as a subgraph's, so that what is not the contract's is masked. */
const ofSubgraph = (errors: readonly GraphQLFormattedError[], serviceName: string): GraphQLError[] =>
  errors.map(
    ({ message, path, extensions }) =>
      new GraphQLError(message, { path, extensions: { ...extensions, serviceName } }),
  );

/** What a subgraph refuses an operation with, or ends it with; graphql-ws throws the bare list. */
const refused = (errors: readonly GraphQLFormattedError[], service: string): AggregateError =>
  new AggregateError(ofSubgraph(errors, service), undefined, { cause: errors });

/** Connects to the subgraphs at `urls` (their /graphql) when they are first listened to. */
export function upstream(urls: Readonly<Record<string, string>>): Upstream {
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

  return {
    async *listen(plan, contextNow, signal) {
      let resume: string | undefined;
      let pauseMs = FIRST_PAUSE_MS;
      while (!signal.aborted) {
        const { passport, language, traceId } = await contextNow();
        const extensions = {
          resumable: true,
          [TRACEPARENT_HEADER]: traceparentOf(traceId),
          ...(passport ? { passport } : {}),
          ...(language ? { acceptLanguage: language } : {}),
          ...(resume ? { resume } : {}),
        };
        const { query, operationName, variables } = plan;
        const events = clientOf(plan.service).iterate({ query, operationName, variables, extensions });
        const leave = () => void events.return?.();
        signal.addEventListener('abort', leave, { once: true });
        try {
          for await (const { data, errors, extensions: more } of events as AsyncIterable<Message>) {
            pauseMs = FIRST_PAUSE_MS;
            if (more?.resume) resume = more.resume;
            if (data !== undefined || errors)
              yield { data, ...(errors ? { errors: ofSubgraph(errors, plan.service) } : {}) };
          }
          return;
        } catch (error) {
          if (Array.isArray(error)) throw refused(error, plan.service);
        } finally {
          signal.removeEventListener('abort', leave);
        }
        await sleep(pauseMs, undefined, { signal }).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    },
    close: async () => void (await Promise.all([...clients.values()].map((client) => client.dispose()))),
  };
}
