/** A primary of Redis, a replica, and three sentinels that watch them. Stopped after the tests of the file. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { launch, waitUntil } from '@scripts/dev/servers/processes';
import { findRedis } from '@scripts/dev/servers/redisProgram';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import { serverDirOf } from '@scripts/dev/servers/runAsUser';
import { afterAll, inject } from 'vitest';
import { askRedis } from './askRedis.ts';
import { testPort } from './testPorts.ts';

const SENTINELS = 3;
const QUORUM = 2;
const DOWN_AFTER_MS = 1_000;
const FAILOVER_TIMEOUT_MS = 2_000;
const READY_LIMIT_MS = 30_000;

export type Sentinels = {
  /** The addresses of the sentinels, for REDIS_URL. */
  url: string;
  primary: RedisServer;
  replica: RedisServer;
  /** The port of the server that the sentinels call the primary. */
  primaryPort(): Promise<number>;
  /** As an operator does before work on the primary, which becomes the replica. */
  orderFailOver(): Promise<void>;
  /** Whether each sentinel knows the others and a replica that is up to date. */
  areReady(): Promise<boolean>;
};

export async function sentinels(): Promise<Sentinels> {
  const folder = await mkdtemp(path.join(inject('servers').runDir, 'sentinels-'));
  spawnSync('chmod', ['755', folder]);
  const [primary, replica] = await Promise.all([
    startRedis({ dataDir: path.join(folder, 'primary'), appendOnly: false }),
    startRedis({ dataDir: path.join(folder, 'replica'), appendOnly: false }),
  ]);
  const { command, env } = await findRedis();
  const ports: number[] = [];
  const watchers = await Promise.all(
    Array.from({ length: SENTINELS }, async (_, n) => {
      const port = await testPort();
      ports.push(port);
      const own = path.join(folder, `sentinel-${n}`);
      await mkdir(own);
      const { runAs } = serverDirOf(own, 'data');
      const config = path.join(own, 'sentinel.conf');
      await writeFile(
        config,
        [
          'bind 127.0.0.1',
          `port ${port}`,
          `dir ${own}`,
          `sentinel monitor primary 127.0.0.1 ${primary.port} ${QUORUM}`,
          `sentinel down-after-milliseconds primary ${DOWN_AFTER_MS}`,
          `sentinel failover-timeout primary ${FAILOVER_TIMEOUT_MS}`,
        ].join('\n'),
      );
      if (runAs) spawnSync('chown', ['-R', `${runAs.uid}:${runAs.gid}`, own]);
      const logFile = path.join(folder, `sentinel-${n}.log`);
      return launch({ command, args: [config, '--sentinel'], cwd: own, logFile, runAs, env });
    }),
  );
  afterAll(async () => {
    await Promise.all([...watchers, primary, replica].map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  await askRedis(replica.port, (redis) => redis.replicaof('127.0.0.1', primary.port));
  const primaryPort = () =>
    askRedis(ports[0]!, async (redis) => {
      const [, port] = (await redis.call('sentinel', 'get-master-addr-by-name', 'primary')) as [
        string,
        string,
      ];
      return Number(port);
    });
  // A sentinel that does not know the others and the replica cannot move the primary.
  const knowsAll = async (port: number) => {
    try {
      return await askRedis(port, async (redis) => {
        const others = (await redis.call('sentinel', 'sentinels', 'primary')) as unknown[];
        const replicas = (await redis.call('sentinel', 'replicas', 'primary')) as string[][];
        return others.length === SENTINELS - 1 && replicas.length === 1 && replicas[0]!.includes('ok');
      });
    } catch {
      return false;
    }
  };
  const areReady = async () => (await Promise.all(ports.map(knowsAll))).every(Boolean);
  if (!(await waitUntil(areReady, READY_LIMIT_MS)))
    throw new Error('The sentinels did not find each other and the replica');
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/primary`,
    primary,
    replica,
    primaryPort,
    areReady,
    orderFailOver: () =>
      askRedis(ports[0]!, async (redis) => void (await redis.call('sentinel', 'failover', 'primary'))),
  };
}
