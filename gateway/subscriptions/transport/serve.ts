/**
 * Subscriptions for clients: graphql-ws on /graphql (WebSocket, subprotocol graphql-transport-ws) and graphql-sse on
 * /graphql/stream (a POST each). Who asks is told by `authorization` in connection_init's payload or the header, and looked up
 * again while the connection lasts: one whose session has ended, or who has lost a right, is closed with 4401.
 */
import type { FastifyInstance } from 'fastify';
import { countConnections } from './connections.ts';
import { countSilent } from './silent.ts';
import { serveEventStreams } from './streams.ts';
import type { SubscriptionServerOptions } from './transport.ts';
import { watchCallers } from './watch.ts';
import { serveWebSockets } from './webSockets.ts';

/** Adds both transports; they are closed, and clients told to come again, before the server waits for its connections. */
export function serveSubscriptions(app: FastifyInstance, options: SubscriptionServerOptions): void {
  const { sessions, mostConnectionsPerUser, maxSilentPerNetwork, ...rest } = options;
  const transport = {
    ...rest,
    connections: countConnections(mostConnectionsPerUser),
    silent: countSilent(maxSilentPerNetwork),
    watch: watchCallers(sessions),
  };
  serveWebSockets(app, transport);
  serveEventStreams(app, transport);
}
