/** The Postgres and Redis that `npm start` starts if none are given, and the addresses of the databases. */
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';
import { directDatabaseUrl } from '@libs/runtime/env';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { createDatabases } from './servers/databases.ts';
import { startPostgres, type PostgresServer } from './servers/postgresServer.ts';
import { startRedis, type RedisServer } from './servers/redisServer.ts';
import type { StartSettings } from './startSettings.ts';

/** Pause before Redis is restarted, so that an outage can be observed. */
const REDIS_RESTART_MS = 5000;

type Log = (line: string) => void;

/** A server that can be stopped as soon as its start has begun. */
export type Stoppable<T> = { started: Promise<T>; stop(): Promise<void> };

/** Postgres on the data folder. */
export function ownPostgres({ dataDir }: StartSettings, log: Log): Stoppable<PostgresServer> {
  const started = startPostgres({ dataDir: path.join(dataDir, 'postgres'), log });
  return { started, stop: () => started.then((server) => server.stop(), ignore) };
}

/** The address of each subgraph's database. Creates the missing databases of our own server. */
export async function databaseUrls(
  settings: StartSettings,
  own: PostgresServer | undefined,
): Promise<Record<SubgraphName, string>> {
  if (own) await createDatabases(own.url('postgres'), [...SUBGRAPHS]);
  return Object.fromEntries(
    SUBGRAPHS.map((name) => [name, own ? own.url(name) : directDatabaseUrl(name, settings.variables)]),
  ) as Record<SubgraphName, string>;
}

/** Redis on the data folder. The product works without it, so a Redis that dies is restarted. */
export function ownRedis({ dataDir }: StartSettings, log: Log): Stoppable<RedisServer> {
  const start = (port?: number): Promise<RedisServer> =>
    startRedis({ dataDir: path.join(dataDir, 'redis'), port, log });
  const stopping = new AbortController();
  const started = start();

  async function keep(): Promise<void> {
    for (let redis = await started; ;) {
      const how = await redis.ended;
      await redis.stop();
      if (stopping.signal.aborted) return;
      log(`Redis ${how}. Everything goes on without it; it is started again in ${REDIS_RESTART_MS / 1000} s`);
      await delay(REDIS_RESTART_MS, undefined, { signal: stopping.signal });
      redis = await start(redis.port);
      current = redis;
      log('Redis is back');
    }
  }
  let current: RedisServer | undefined;
  const keeping = keep().catch((error: Error) => {
    if (!stopping.signal.aborted && current) log(`Redis stays away: ${error.message}`);
  });
  return {
    started,
    stop: async () => {
      stopping.abort();
      await (current ?? (await started.catch(ignore)))?.stop();
      await keeping;
    },
  };
}

const ignore = (): undefined => undefined;
