/**
 * Subscriptions for clients: graphql-ws on /graphql (WebSocket) and graphql-sse on /graphql/stream (POST). The access token is
 * `authorization` in connection_init's payload, or the header.
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
  type UninitializedSockets,
} from './connectionLimits.ts';
import { serveEventStreams } from './eventStreamTransport.ts';
import { sessionWatcher, type WatchSession } from './sessionWatcher.ts';
import { serveWebSockets } from './webSocketTransport.ts';

type CommonOptions = {
  hub: SubscriptionHub;
  contextOf: (request: IncomingMessage, authorization: string | undefined) => Promise<GatewayContext>;
  addressOf: (request: IncomingMessage) => string;
  origins: readonly string[];
  log: Log;
};

export type SubscriptionServerOptions = CommonOptions & {
  sessions: Sessions;
  /** Connections to this process by both transports; without a session they count for their network. */
  maxConnectionsPerUser: number;
  /** WebSockets without connection_init; the oldest is evicted. */
  maxUninitializedPerNetwork?: number | undefined;
};

export type TransportDeps = CommonOptions & {
  connectionLimits: ConnectionLimits;
  uninitializedSockets: UninitializedSockets;
  watchSession: WatchSession;
};

/** Adds both transports. When `app` closes, they close their connections first. */
export function serveClientSubscriptions(app: FastifyInstance, options: SubscriptionServerOptions): void {
  const { sessions, maxConnectionsPerUser, maxUninitializedPerNetwork, ...common } = options;
  const deps = {
    ...common,
    connectionLimits: limitConnections(maxConnectionsPerUser),
    uninitializedSockets: limitSilentSockets(maxUninitializedPerNetwork),
    watchSession: sessionWatcher(sessions),
  };
  serveWebSockets(app, deps);
  serveEventStreams(app, deps);
}
