/** Subscription clients of frontends. Runs in Node and, bundled, in Chromium, so it imports only what both have. */
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client as UrqlClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';

export const CLIENTS = ['graphql-ws', 'graphql-sse', 'apollo', 'urql', 'urql-sse'] as const;
export type ClientName = (typeof CLIENTS)[number];

export type FollowRequest = {
  url: string;
  token: string;
  query: string;
  variables?: Record<string, unknown>;
};
export type ClientDeps = { webSocketImpl?: unknown };

/** Calls `onData` with the data of each event; returns a function that unsubscribes. */
export function followSubscription(
  name: ClientName,
  { url, token, query, variables = {} }: FollowRequest,
  onData: (data: never) => void,
  { webSocketImpl }: ClientDeps = {},
): () => void {
  const authorization = `Bearer ${token}`;
  const sockets = () =>
    createSocketClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl,
      connectionParams: { authorization },
    });
  const streams = () => createStreamClient({ url: `${url}/graphql/stream`, headers: { authorization } });
  const sink = {
    next: ({ data }: { data?: unknown }) => onData(data as never),
    error: (error: unknown) => {
      throw error instanceof Error ? error : new Error(JSON.stringify(error));
    },
    complete: () => {},
  };

  if (name === 'graphql-ws' || name === 'graphql-sse') {
    const client = name === 'graphql-ws' ? sockets() : streams();
    client.subscribe({ query, variables }, sink);
    return () => void client.dispose();
  }
  if (name === 'apollo') {
    const client = sockets();
    const apollo = new ApolloClient({ link: new GraphQLWsLink(client), cache: new InMemoryCache() });
    const subscription = apollo.subscribe({ query: gql(query), variables }).subscribe({
      next: ({ data, error }) => (error ? sink.error(error) : onData(data as never)),
    });
    return () => {
      subscription.unsubscribe();
      void client.dispose();
    };
  }
  const client = name === 'urql' ? sockets() : streams();
  const urql = new UrqlClient({
    url: `${url}/graphql`,
    preferGetMethod: false,
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (observer) => ({
            unsubscribe: client.subscribe(
              { query: request.query ?? '', variables: request.variables },
              observer as never,
            ),
          }),
        }),
      }),
    ],
  });
  const subscription = urql
    .subscription(query, variables)
    .subscribe(({ data, error }) => (error ? sink.error(error) : onData(data as never)));
  return () => {
    subscription.unsubscribe();
    void client.dispose();
  };
}
