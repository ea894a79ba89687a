/** Limits on clients' connections: how many each user has, how many are silent, and how much they leave unread. */
import type { GatewayContext } from '../../context.ts';
import { networkOf } from '../../limits/networks.ts';

/** Bytes that a client may leave unread before it is disconnected. */
export const MAX_CLIENT_UNREAD_BYTES = 1024 * 1024;
/** Maximum silent sockets of all networks. */
const MAX_SILENT_SOCKETS = 4_000;
/** Maximum silent sockets of one network: enough for all clients behind one address to reconnect at once. */
export const MAX_SILENT_SOCKETS_PER_NETWORK = 500;

export type ConnectionLimits = {
  /** Counts a connection until the returned function is called. Undefined if the limit is reached. */
  admit(context: Pick<GatewayContext, 'caller' | 'ip'>): (() => void) | undefined;
};

/** Limits the connections of each user to this process; without a session, of each network. */
export function limitConnections(limit: number): ConnectionLimits {
  const counts = new Map<string, number>();
  return {
    admit({ caller, ip }) {
      const key = 'userId' in caller ? caller.userId : networkOf(ip);
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

export type SilentSockets = {
  /** Counts a socket until the returned function is called, once or more. Calls `terminate` to evict the socket. */
  add(socket: { terminate(): void }, network: string): () => void;
};

/**
 * Limits WebSockets that have not sent `connection_init`. Their users are unknown, so they are limited by network and in total.
 * Beyond a limit the oldest is evicted: a real client sends `connection_init` within a round trip, and no number of silent sockets
 * can keep it out.
 */
export function limitSilentSockets(
  maxPerNetwork: number = MAX_SILENT_SOCKETS_PER_NETWORK,
  max: number = MAX_SILENT_SOCKETS,
): SilentSockets {
  // Functions that evict a socket, oldest first.
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
