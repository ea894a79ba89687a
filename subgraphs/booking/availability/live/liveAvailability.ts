/** Live availability in one process: one feed for equal subscriptions, refreshed when something is announced, and every POLL_MS. */
import { openSubscriber, type RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { changeChannelOf } from '@libs/events/relay/publish';
import type { PushQueue } from '@libs/graphql/subscriptions/pushQueue';
import { startLoop, type BackgroundLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import type { Context } from '../../context.ts';
import type { AvailabilityArgs } from '../reads.ts';
import { availabilityFeed, type AvailabilityEvent, type AvailabilityFeed } from './availabilityFeed.ts';
import { signaturesOf, type WatchedResource } from './signatures.ts';

const POLL_MS = 1_000;

export type LiveAvailability = BackgroundLoop & {
  /** Sends the whole state to the queue, then every change; `leave` ends that. `key`: equal for equal answers. */
  follow(
    ctx: Context,
    request: { key: string; watched: readonly WatchedResource[]; args: AvailabilityArgs },
    queue: PushQueue<AvailabilityEvent>,
  ): Promise<{ leave(): void }>;
  /** Something may have changed. */
  notify(): void;
};

type RunningFeed = AvailabilityFeed & {
  /** The context of whoever came first: equal keys get equal answers. */
  ctx: Context;
  /** Whether it could not be refreshed the last time. */
  isFailing: boolean;
};

/** `renew`: the same context, now. */
export function startLiveAvailability(options: {
  db: Db;
  renew: (ctx: Context) => Context;
  log: Log;
}): LiveAvailability {
  const { db, renew, log } = options;
  const feeds = new Map<string, RunningFeed>();

  /** One that fails is tried again by the next pass, and the others do not wait for it. */
  async function refresh(
    feed: RunningFeed,
    signatures: ReadonlyMap<string, string>,
  ): Promise<number | undefined> {
    try {
      const waitMs = await feed.refresh(renew(feed.ctx), signatures);
      feed.isFailing = false;
      return waitMs;
    } catch (error) {
      const resourceIds = feed.watched.map(({ resourceId }) => resourceId);
      if (!feed.isFailing) log.warn({ err: error, resourceIds }, 'live availability: failed, trying again');
      feed.isFailing = true;
      return undefined;
    }
  }

  const loop = startLoop({
    name: 'live availability',
    log,
    async runPass() {
      if (feeds.size === 0) return POLL_MS;
      const all = [...feeds.values()];
      const signatures = await signaturesOf(
        renew(all[0]!.ctx),
        db,
        all.flatMap(({ watched }) => watched),
      );
      const waits = await Promise.all(all.map((feed) => refresh(feed, signatures)));
      return Math.min(POLL_MS, ...waits.filter((wait) => wait !== undefined));
    },
  });

  return {
    ...loop,
    notify: loop.wake,
    async follow(ctx, { key, watched, args }, queue) {
      const feed = feeds.get(key) ?? { ...availabilityFeed(watched, args), ctx, isFailing: false };
      feeds.set(key, feed);
      try {
        const now = renew(ctx);
        await feed.refresh(now, await signaturesOf(now, db, watched));
      } catch (error) {
        if (feed.followers.size === 0) feeds.delete(key);
        throw error;
      }
      feeds.set(key, feed);
      feed.join(queue);
      return {
        leave() {
          feed.followers.delete(queue);
          if (feed.followers.size === 0 && feeds.get(key) === feed) feeds.delete(key);
        },
      };
    },
  };
}

/** Listens on its own connection for what relays of any process publish, which a poll finds as well. */
export function startAvailabilityNotifier(options: {
  redis: RedisConnection;
  live: Pick<LiveAvailability, 'notify'>;
}): { stop(): Promise<void> } {
  const subscriber = openSubscriber(options.redis, 'availability-notifier');
  subscriber.on('message', options.live.notify);
  subscriber.on('ready', options.live.notify);
  const channels = (['booking-events', 'schedule-events'] as const).map(changeChannelOf);
  subscriber.subscribe(...channels).catch(() => {});
  return { stop: async () => subscriber.disconnect() };
}
