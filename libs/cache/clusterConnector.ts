/**
 * Finds the primary of a Redis Cluster that has Vaga's keys, at each connection anew. All keys have one hash tag and so one slot
 * (decision 44): a relay's MULTI has events of several streams and their checkpoint, which must be on one server.
 */
import { connect as connectTcp, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';

/** Comes before every key; the hash tag is what the braces enclose. */
export const CLUSTER_KEY_PREFIX = '{vaga}';
const HASH_TAG = CLUSTER_KEY_PREFIX.slice(1, -1);

/** Remembered; those longest not asked are forgotten. */
const MAX_NODES = 100;

export type Host = { host: string; port: number };

/** A range of slots, its primary and its replicas: the reply to CLUSTER SLOTS. */
type SlotRange = [first: number, last: number, ...nodes: [host: string | null, port: number][]];

export type ClusterOptions = RedisOptions & { clusterNodes: readonly Host[] };

/** Asks one node who has our slot, and which other nodes there are. */
async function askNode(
  node: Host,
  options: ClusterOptions,
): Promise<{ primary: Host | undefined; nodes: Host[] }> {
  const { username, password, tls, connectTimeout } = options;
  const redis = new Redis({
    ...node,
    ...{ username, password, connectTimeout, commandTimeout: connectTimeout },
    ...(tls ? { tls } : {}),
    lazyConnect: true,
    retryStrategy: () => null,
  });
  // Failed commands reject anyway.
  redis.on('error', () => {});
  try {
    await redis.connect();
    const slot = await redis.cluster('KEYSLOT', HASH_TAG);
    const ranges = (await redis.cluster('SLOTS')) as unknown as SlotRange[];
    const ours = ranges.find(([first, last]) => first <= slot && slot <= last);
    // A node that does not know its own address leaves it out.
    const hostOf = ([host, port]: SlotRange[2]): Host => ({ host: host || node.host, port });
    const [, , primary] = ours ?? [];
    return {
      primary: primary && hostOf(primary),
      nodes: ranges.flatMap(([, , ...members]) => members.map(hostOf)),
    };
  } finally {
    redis.disconnect();
  }
}

export class ClusterConnector extends AbstractConnector {
  readonly #options: ClusterOptions;
  /** The configured nodes, and those that they reported. The first is asked next. */
  #nodes: readonly Host[];

  constructor(options: ClusterOptions) {
    super(options.disconnectTimeout!);
    this.#options = options;
    this.#nodes = options.clusterNodes;
  }

  async connect(): Promise<Socket> {
    this.connecting = true;
    try {
      const { host, port } = await this.#primary();
      if (!this.connecting) throw new Error('Connection is closed.');
      const { tls } = this.#options;
      this.stream = tls ? connectTls({ host, port, ...tls }) : connectTcp({ host, port });
      this.stream.once('error', (error) => (this.firstError = error));
    } catch (error) {
      // A rejection would be final: for a socket that failed, the driver tries again.
      this.firstError = error as Error;
      this.stream = new Socket().destroy();
    }
    return this.stream;
  }

  async #primary(): Promise<Host> {
    let problem: unknown = new Error('no node of the Redis Cluster knows a primary of our slot');
    for (const node of this.#nodes) {
      // A node that the others have lost may tell what was: the next connection asks another one first.
      this.#nodes = [...this.#nodes.filter((other) => other !== node), node];
      try {
        const { primary, nodes } = await askNode(node, this.#options);
        const isNew = ({ host, port }: Host) =>
          !this.#nodes.some((known) => known.host === host && known.port === port);
        this.#nodes = [...this.#nodes, ...nodes.filter(isNew)].slice(-MAX_NODES);
        if (primary) return primary;
      } catch (error) {
        problem = error;
      }
    }
    throw problem;
  }
}
