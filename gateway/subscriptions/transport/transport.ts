/** What both transports of subscriptions share. */
import type { IncomingMessage } from 'node:http';
import type { Log } from '@libs/telemetry/log';
import type { GatewayContext } from '../../context.ts';
import type { Sessions } from '../../session/session.ts';
import type { SubscriptionHub } from '../subscriptionHub.ts';
import type { ConnectionLimits } from './connectionLimits.ts';
import type { SilentSockets } from './silentSockets.ts';
import type { WatchSession } from './sessionWatcher.ts';

/** What a client may leave unread before it is cut, in bytes. */
export const MAX_CLIENT_UNREAD_BYTES = 1024 * 1024;

export type SubscriptionServerOptions = {
  hub: SubscriptionHub;
  sessions: Sessions;
  /** The context of a connection or request: its token, headers and address. */
  contextOf: (request: IncomingMessage, authorization: string | undefined) => Promise<GatewayContext>;
  /** The address of a request's client. */
  addressOf: (request: IncomingMessage) => string;
  /** Origins whose pages may connect, as CORS has them. */
  origins: readonly string[];
  /** Connections of one user, over both transports, to this process; without a session, of one network. */
  maxConnectionsPerUser: number;
  /** WebSockets of one network that have not said connection_init; the oldest gives way to another. */
  maxSilentPerNetwork?: number | undefined;
  log: Log;
};

export type Transport = Omit<
  SubscriptionServerOptions,
  'sessions' | 'maxConnectionsPerUser' | 'maxSilentPerNetwork'
> & {
  connectionLimits: ConnectionLimits;
  silent: SilentSockets;
  watchSession: WatchSession;
};

/** The Authorization header, or what stands for it where a browser cannot send one. */
export const authorizationOf = (
  params: Record<string, unknown> | undefined,
  request: IncomingMessage,
): string | undefined => {
  const given = params?.['authorization'] ?? params?.['Authorization'] ?? request.headers.authorization;
  return typeof given === 'string' && given !== '' ? given : undefined;
};
