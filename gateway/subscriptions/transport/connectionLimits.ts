/** Limits on clients' connections. */
import type { GatewayContext } from '../../context.ts';
import { clientOf } from '../../limits/networks.ts';

/** Beyond this a client is disconnected. */
export const MAX_CLIENT_UNREAD_BYTES = 1024 * 1024;
/** From all networks together. */
const MAX_UNINITIALIZED_SOCKETS = 4_000;
/** Enough for all clients behind one address to reconnect at once. */
export const MAX_SILENT_SOCKETS_PER_NETWORK = 500;

export type ConnectionLimits = {
  /** Counts a connection until the returned function is called. Undefined at the limit. */
  admit(context: Pick<GatewayContext, 'caller' | 'ip'>): (() => void) | undefined;
};

/** Limits connections by user or API key; without either, by network. */
export function limitConnections(limit: number): ConnectionLimits {
  const counts = new Map<string, number>();
  return {
    admit(context) {
      const key = clientOf(context);
      const count = counts.get(key) ?? 0;
      if (count >= limit) return undefined;
      counts.set(key, count + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = counts.get(key)! - 1;
        if (left > 0) counts.set(key, left);
        else counts.delete(key);
      };
    },
  };
}

export type UninitializedSockets = {
  /** Counts a socket until the returned function is called; further calls do nothing. `terminate` evicts the socket. */
  add(socket: { terminate(): void }, network: string): () => void;
};

/**
 * Limits WebSockets without `connection_init`, whose users are unknown. Beyond a limit the oldest is evicted: no number of silent
 * sockets keeps out a client that sends `connection_init` within a round trip.
 */
export function limitSilentSockets(
  maxPerNetwork: number = MAX_SILENT_SOCKETS_PER_NETWORK,
  max: number = MAX_UNINITIALIZED_SOCKETS,
): UninitializedSockets {
  // Evicting functions, oldest first.
  const all = new Set<() => void>();
  const networks = new Map<string, Set<() => void>>();

  return {
    add(socket, network) {
      const ofNetwork = networks.get(network) ?? new Set();
      networks.set(network, ofNetwork);
      const remove = () => {
        all.delete(evict);
        if (ofNetwork.delete(evict) && ofNetwork.size === 0) networks.delete(network);
      };
      const evict = () => {
        remove();
        socket.terminate();
      };
      all.add(evict);
      ofNetwork.add(evict);
      const [oldestOfNetwork] = ofNetwork;
      if (ofNetwork.size > maxPerNetwork) oldestOfNetwork!();
      const [oldest] = all;
      if (all.size > max) oldest!();
      return remove;
    },
  };
}
