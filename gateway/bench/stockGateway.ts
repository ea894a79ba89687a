/**
 * The stock Apollo gateway before the subgraphs at `*_SERVICE_URL`, as a process of its own: passes the client's passports on, and sends
 * its port to its parent.
 */
import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { PASSPORT_HEADER } from '@libs/auth/passport';

type StockContext = { passports?: Record<string, string> };

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(new URL('../supergraph.graphql', import.meta.url), 'utf8'),
  buildService: ({ name }) =>
    new RemoteGraphQLDataSource<StockContext>({
      url: process.env[`${name.toUpperCase()}_SERVICE_URL`]!,
      willSendRequest({ request, context }) {
        const passport = context.passports?.[name];
        if (passport) request.http!.headers.set(PASSPORT_HEADER, passport);
      },
    }),
});

const { url } = await startStandaloneServer(new ApolloServer<StockContext>({ gateway }), {
  listen: { host: '127.0.0.1', port: 0 },
  context: async ({ req }) => ({
    passports: JSON.parse(String(req.headers[PASSPORT_HEADER])) as Record<string, string>,
  }),
});
process.send!(Number(new URL(url).port));
process.on('disconnect', () => process.exit());
