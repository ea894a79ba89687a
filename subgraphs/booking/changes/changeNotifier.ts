/** Notifies the feeds and live availability when a relay of any process publishes changes. */
import { openSubscriber, type RedisConnection } from '@libs/cache/redis';
import { changeChannelOf } from '@libs/events/relay/publish';
import type { Log } from '@libs/telemetry/log';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import type { LiveAvailability } from '../availability/live/liveAvailability.ts';
import type { Feeds } from './feeds.ts';

/**
 * Listens on its own connection to the address of `redis`. A reconnection notifies all of them, since messages were missed.
 */
export function startChangeNotifier(options: {
  redis: RedisConnection;
  feeds: Feeds;
  live: Pick<LiveAvailability, 'notify'>;
  log: Log;
}): { stop(): void } {
  const { redis, feeds, live, log } = options;
  const subscriber = openSubscriber(redis, 'change-notifier');
  // A malformed message must not throw in this listener.
  const onBookingEvents = (tenantIds: unknown) => {
    if (Array.isArray(tenantIds)) feeds.notify(tenantIds as string[]);
    else feeds.notifyAll();
    live.notify();
  };
  subscriber.once('ready', () => {
    const channels = new RedisPubSub({ publisher: redis, subscriber });
    Promise.all([
      channels.subscribe(changeChannelOf('booking-events'), onBookingEvents),
      channels.subscribe(changeChannelOf('schedule-events'), live.notify),
    ]).catch((error: unknown) => log.error({ err: error }, 'the change notifier could not subscribe'));
  });
  subscriber.on('ready', () => {
    feeds.notifyAll();
    live.notify();
  });
  return { stop: () => subscriber.disconnect() };
}
