/**
 * WebSockets whose client has not yet said `connection_init`. Nobody knows whose they are, so they are bounded by network and in total.
 * Where there are too many, the oldest gives way: a client that means to talk does so within a round trip, and cannot be kept out by
 * any number of sockets that stay silent.
 */

/** Silent sockets of all networks together. */
export const MAX_SILENT = 4_000;
/** Silent sockets of one network: more than come back at once after a restart from behind one address. */
export const MAX_SILENT_PER_NETWORK = 500;

export type SilentSockets = {
  /** Counts a socket until the function that it returns is called, which may be called again; `terminate` ends it where it gives way. */
  add(socket: { terminate(): void }, network: string): () => void;
};

export function countSilent(
  maxPerNetwork: number = MAX_SILENT_PER_NETWORK,
  max: number = MAX_SILENT,
): SilentSockets {
  // Each in the order in which they came: the function that ends a socket.
  const all = new Set<() => void>();
  const networks = new Map<string, Set<() => void>>();

  return {
    add(socket, network) {
      const neighbors = networks.get(network) ?? new Set();
      networks.set(network, neighbors);
      const remove = () => {
        all.delete(giveWay);
        if (neighbors.delete(giveWay) && neighbors.size === 0) networks.delete(network);
      };
      const giveWay = () => {
        remove();
        socket.terminate();
      };
      all.add(giveWay);
      neighbors.add(giveWay);
      const [oldestOfNetwork] = neighbors;
      if (neighbors.size > maxPerNetwork) oldestOfNetwork!();
      const [oldest] = all;
      if (all.size > max) oldest!();
      return remove;
    },
  };
}
