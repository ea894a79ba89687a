/** Reviews of Vaga's resources: a subgraph of somebody else. Queries by HTTP, subscriptions by graphql-ws, both on /graphql. */
import { readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { fastify } from 'fastify';
import { parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { openReviewLog } from './reviewLog.ts';
import { reviewResolvers } from './resolvers.ts';

const PORT = Number(process.env['REVIEWS_PORT'] || 4100);
const HOST = process.env['HOST'] || '127.0.0.1';
const FILE = process.env['REVIEWS_FILE'] || 'reviews.jsonl';

const typeDefs = parse(readFileSync(new URL('schema.graphql', import.meta.url), 'utf8'));
const schema = buildSubgraphSchema({ typeDefs, resolvers: reviewResolvers(await openReviewLog(FILE)) });

const app = fastify({ forceCloseConnections: true });
const apollo = new ApolloServer({ schema, plugins: [ApolloServerPluginInlineTraceDisabled()] });
await apollo.start();
app.route({ url: '/graphql', method: ['GET', 'POST'], handler: fastifyApolloHandler(apollo) });
const sockets = new WebSocketServer({ server: app.server, path: '/graphql' });
const subscriptions = useServer({ schema }, sockets);

async function stop(): Promise<void> {
  await subscriptions.dispose();
  await app.close();
  await apollo.stop();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop());

console.log(`Reviews: ${await app.listen({ host: HOST, port: PORT })}/graphql, kept in ${FILE}`);
