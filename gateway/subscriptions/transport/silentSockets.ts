/**
 * WebSockets whose client has not yet said `connection_init`. Nobody knows whose they are, so they are bounded by network and in total.
 * Where there are too many, the oldest gives way: a client that means to talk does so within a round trip, and cannot be kept out by
 * any number of sockets that stay silent.
 */

/** Silent sockets of all networks together. */
const MAX_SILENT_SOCKETS = 4_000;
/** Silent sockets of one network: more than come back at once after a restart from behind one address. */
export const MAX_SILENT_SOCKETS_PER_NETWORK = 500;

export type SilentSockets = {
  /** Counts a socket until the function that it returns is called, which may be called again; `terminate` ends it where it gives way. */
  add(socket: { terminate(): void }, network: string): () => void;
};

export function limitSilentSockets(
  maxPerNetwork: number = MAX_SILENT_SOCKETS_PER_NETWORK,
  max: number = MAX_SILENT_SOCKETS,
): SilentSockets {
  // Each in the order in which they came: the function that ends a socket.
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
