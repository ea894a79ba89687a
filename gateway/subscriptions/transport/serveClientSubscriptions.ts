/**
 * Subscriptions for clients: graphql-ws on /graphql (WebSocket, subprotocol graphql-transport-ws) and graphql-sse on
 * /graphql/stream (a POST each). Who asks is told by `authorization` in connection_init's payload or the header, and looked up
 * again while the connection lasts: one whose session has ended, or who has lost a right, is closed with 4401.
 */
import type { FastifyInstance } from 'fastify';
import { limitConnections } from './connectionLimits.ts';
import { limitSilentSockets } from './silentSockets.ts';
import { serveEventStreams } from './eventStreamTransport.ts';
import type { SubscriptionServerOptions } from './transport.ts';
import { sessionWatcher } from './sessionWatcher.ts';
import { serveWebSockets } from './webSocketTransport.ts';

/** Adds both transports; they are closed, and clients told to come again, before the server waits for its connections. */
export function serveClientSubscriptions(app: FastifyInstance, options: SubscriptionServerOptions): void {
  const { sessions, maxConnectionsPerUser, maxSilentPerNetwork, ...rest } = options;
  const transport = {
    ...rest,
    connectionLimits: limitConnections(maxConnectionsPerUser),
    silent: limitSilentSockets(maxSilentPerNetwork),
    watchSession: sessionWatcher(sessions),
  };
  serveWebSockets(app, transport);
  serveEventStreams(app, transport);
}
