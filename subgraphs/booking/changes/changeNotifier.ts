/** Notifies the feeds when a relay of any process publishes changes. */
import { openSubscriber, type RedisConnection } from '@libs/cache/redis';
import { changeChannelOf } from '@libs/events/relay/publish';
import type { Log } from '@libs/telemetry/log';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { Feeds } from './feeds.ts';

/**
 * Listens on its own connection to the address of `redis`. A reconnection notifies all feeds, since messages were missed.
 */
export function startChangeNotifier(options: { redis: RedisConnection; feeds: Feeds; log: Log }): {
  stop(): void;
} {
  const { redis, feeds, log } = options;
  const subscriber = openSubscriber(redis, 'change-notifier');
  subscriber.once('ready', () => {
    const channels = new RedisPubSub({ publisher: redis, subscriber });
    channels
      // A malformed message must not throw in this listener.
      .subscribe(changeChannelOf('booking-events'), (tenantIds: unknown) =>
        Array.isArray(tenantIds) ? feeds.notify(tenantIds as string[]) : feeds.notifyAll(),
      )
      .catch((error: unknown) => log.error({ err: error }, 'the change notifier could not subscribe'));
  });
  subscriber.on('ready', feeds.notifyAll);
  return { stop: () => subscriber.disconnect() };
}
