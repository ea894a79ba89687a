/** A Redis Cluster of three primaries with a replica each. Stopped after the tests of the file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { CLUSTER_KEY_PREFIX } from '@libs/cache/clusterConnector';
import { waitUntil } from '@scripts/dev/servers/processes';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import { afterAll, inject } from 'vitest';
import { askRedis } from './askRedis.ts';
import { testPort } from './testPorts.ts';

const PRIMARIES = 3;
const SLOTS = 16_384;
/** After which a primary that does not answer counts as lost, in milliseconds. */
const NODE_TIMEOUT_MS = 2_000;
const CLUSTER_READY_LIMIT_MS = 60_000;

export type RedisCluster = {
  /** The addresses of all its nodes, for REDIS_URL. */
  url: string;
  /** The primary of the slot that has Vaga's keys. */
  primary(): Promise<RedisServer>;
  /** As an operator does before work on the primary, which becomes a replica. */
  orderFailOver(): Promise<void>;
  /** Whether every slot has a primary, and ours a replica that is up to date. */
  isReady(): Promise<boolean>;
};

type SlotRange = [first: number, last: number, ...nodes: [host: string, port: number][]];

export async function redisCluster(): Promise<RedisCluster> {
  const folder = await mkdtemp(path.join(inject('servers').runDir, 'cluster-'));
  spawnSync('chmod', ['755', folder]);
  const nodes: RedisServer[] = [];
  let firstBusPort: number | undefined;
  for (let number = 0; number < 2 * PRIMARIES; number += 1) {
    const [port, busPort, dataDir] = [
      await testPort(),
      await testPort(),
      path.join(folder, `node-${number}`),
    ];
    // By default 10,000 above the other one, where outgoing connections have theirs.
    const settings = {
      'cluster-enabled': 'yes',
      'cluster-node-timeout': NODE_TIMEOUT_MS,
      'cluster-port': busPort,
    };
    firstBusPort ??= busPort;
    nodes.push(await startRedis({ dataDir, port, appendOnly: false, settings }));
  }
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await rm(folder, { recursive: true, force: true });
  });
  const [first] = nodes as [RedisServer];

  for (const [index, { port }] of nodes.entries()) {
    await askRedis(port, async (redis) => {
      await redis.call('cluster', 'set-config-epoch', index + 1);
      if (index > 0) await redis.call('cluster', 'meet', '127.0.0.1', first.port, firstBusPort!);
      if (index >= PRIMARIES) return;
      const bounds = [index, index + 1].map((part) => Math.floor((part * SLOTS) / PRIMARIES));
      await redis.call('cluster', 'addslotsrange', bounds[0]!, bounds[1]! - 1);
    });
  }
  const ids = await Promise.all(
    nodes.map(({ port }) => askRedis(port, async (redis) => String(await redis.call('cluster', 'myid')))),
  );
  const knowsAll = async ({ port }: RedisServer) =>
    askRedis(port, async (redis) => {
      const lines = String(await redis.call('cluster', 'nodes'));
      return ids.every((id) => lines.includes(id));
    });
  const allMet = async () => (await Promise.all(nodes.map(knowsAll))).every(Boolean);
  if (!(await waitUntil(allMet, CLUSTER_READY_LIMIT_MS))) throw new Error('The nodes did not meet');
  for (const [index, { port }] of nodes.entries()) {
    if (index < PRIMARIES) continue;
    await askRedis(port, (redis) => redis.call('cluster', 'replicate', ids[index - PRIMARIES]!));
  }

  /** The slots of the node that has our keys, as the first node that answers reports them. */
  async function rangeOfOurs(): Promise<SlotRange | undefined> {
    for (const { port } of nodes) {
      try {
        return await askRedis(port, async (redis) => {
          const slot = Number(await redis.call('cluster', 'keyslot', CLUSTER_KEY_PREFIX));
          const ranges = (await redis.call('cluster', 'slots')) as SlotRange[];
          return ranges.find(([from, to]) => from <= slot && slot <= to);
        });
      } catch {
        // It was killed.
      }
    }
    throw new Error('No node answers');
  }
  const nodeOn = (port: number) => nodes.find((node) => node.port === port)!;
  const isReady = async () => {
    // A node may have met the others and not know their slots yet.
    const replica = (await rangeOfOurs())?.[3];
    if (!replica) return false;
    return askRedis(replica[1], async (redis) => {
      const [info, replication] = [
        String(await redis.call('cluster', 'info')),
        await redis.info('replication'),
      ];
      return info.includes('cluster_state:ok') && replication.includes('master_link_status:up');
    });
  };
  if (!(await waitUntil(isReady, CLUSTER_READY_LIMIT_MS)))
    throw new Error('The cluster was not ready in time');
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    primary: async () => nodeOn((await rangeOfOurs())![2]![1]),
    isReady: () => isReady().catch(() => false),
    async orderFailOver() {
      const [, , , replica] = (await rangeOfOurs())!;
      await askRedis(replica![1], (redis) => redis.call('cluster', 'failover'));
    },
  };
}
