/** Rings the feeds when a relay of any process says that there are new changes. */
import type { RedisConnection } from '@libs/cache/redis';
import { doorbellOf } from '@libs/events/relay/publish';
import type { Log } from '@libs/telemetry/log';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { Feeds } from './feeds.ts';

/**
 * Listens on a connection of its own, which comes back by itself; whenever it does, all feeds are rung, for what was told meanwhile was
 * missed. `redis` tells where Redis is.
 */
export function listenForChanges(options: { redis: RedisConnection; feeds: Feeds; log: Log }): {
  stop(): void;
} {
  const { redis, feeds, log } = options;
  const subscriber = redis.duplicate({
    connectionName: 'doorbell',
    // A subscription that was asked for stays asked for, whatever becomes of the connection.
    enableOfflineQueue: true,
    autoResendUnfulfilledCommands: true,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
  });
  // The process's shared connection tells of outages.
  subscriber.on('error', () => {});
  subscriber.once('ready', () => {
    const channels = new RedisPubSub({ publisher: redis, subscriber });
    channels
      // Told in a listener: a message that no relay of ours sent must not throw there.
      .subscribe(doorbellOf('booking-events'), (tenantIds: unknown) =>
        Array.isArray(tenantIds) ? feeds.ring(tenantIds as string[]) : feeds.ringAll(),
      )
      .catch((error: unknown) => log.error({ err: error }, 'the doorbell of changes does not ring'));
  });
  subscriber.on('ready', feeds.ringAll);
  return { stop: () => subscriber.disconnect() };
}
