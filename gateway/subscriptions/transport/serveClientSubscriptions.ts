/**
 * Subscriptions for clients: graphql-ws on /graphql (WebSocket, subprotocol graphql-transport-ws) and graphql-sse on
 * /graphql/stream (a POST each). The access token is `authorization` in connection_init's payload, or the header.
 */
import type { IncomingMessage } from 'node:http';
import type { Log } from '@libs/telemetry/log';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../../context.ts';
import type { Sessions } from '../../session/session.ts';
import type { SubscriptionHub } from '../subscriptionHub.ts';
import {
  limitConnections,
  limitSilentSockets,
  type ConnectionLimits,
  type SilentSockets,
} from './connectionLimits.ts';
import { serveEventStreams } from './eventStreamTransport.ts';
import { sessionWatcher, type WatchSession } from './sessionWatcher.ts';
import { serveWebSockets } from './webSocketTransport.ts';

type CommonOptions = {
  hub: SubscriptionHub;
  /** The context of a connection or request, from its token, headers and address. */
  contextOf: (request: IncomingMessage, authorization: string | undefined) => Promise<GatewayContext>;
  /** The address of a request's client. */
  addressOf: (request: IncomingMessage) => string;
  /** Origins whose pages may connect, as for CORS. */
  origins: readonly string[];
  log: Log;
};

export type SubscriptionServerOptions = CommonOptions & {
  sessions: Sessions;
  /** Maximum connections of one user, over both transports, to this process; without a session, of one network. */
  maxConnectionsPerUser: number;
  /** Maximum WebSockets of one network that have not sent connection_init; the oldest is evicted. */
  maxSilentPerNetwork?: number | undefined;
};

/** The dependencies of both transports. */
export type TransportDeps = CommonOptions & {
  connectionLimits: ConnectionLimits;
  silentSockets: SilentSockets;
  watchSession: WatchSession;
};

/** Adds both transports to `app`. When it closes, they tell their clients to reconnect before it waits for its connections. */
export function serveClientSubscriptions(app: FastifyInstance, options: SubscriptionServerOptions): void {
  const { sessions, maxConnectionsPerUser, maxSilentPerNetwork, ...common } = options;
  const deps = {
    ...common,
    connectionLimits: limitConnections(maxConnectionsPerUser),
    silentSockets: limitSilentSockets(maxSilentPerNetwork),
    watchSession: sessionWatcher(sessions),
  };
  serveWebSockets(app, deps);
  serveEventStreams(app, deps);
}
