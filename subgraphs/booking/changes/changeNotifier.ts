/** Rings the feeds when a relay of any process says that there are new changes. */
import type { RedisConnection } from '@libs/cache/redis';
import { changeChannelOf } from '@libs/events/relay/publish';
import type { Log } from '@libs/telemetry/log';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { Feeds } from './feeds.ts';

/**
 * Listens on a connection of its own, which comes back by itself; whenever it does, all feeds are rung, for what was told meanwhile was
 * missed. `redis` tells where Redis is.
 */
export function startChangeNotifier(options: { redis: RedisConnection; feeds: Feeds; log: Log }): {
  stop(): void;
} {
  const { redis, feeds, log } = options;
  const subscriber = redis.duplicate({
    connectionName: 'change-notifier',
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
      .subscribe(changeChannelOf('booking-events'), (tenantIds: unknown) =>
        Array.isArray(tenantIds) ? feeds.notify(tenantIds as string[]) : feeds.notifyAll(),
      )
      .catch((error: unknown) => log.error({ err: error }, 'the change notifier could not subscribe'));
  });
  subscriber.on('ready', feeds.notifyAll);
  return { stop: () => subscriber.disconnect() };
}
