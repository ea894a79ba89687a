/** Live availability in one process: one feed for equal subscriptions, refreshed when something is announced, and every POLL_MS. */
import type { Db } from '@libs/db/connect';
import type { PushQueue } from '@libs/graphql/subscriptions/pushQueue';
import { startLoop, type BackgroundLoop } from '@libs/runtime/backgroundLoop';
import { unavailable } from '@libs/outcome/apiErrors';
import type { Log } from '@libs/telemetry/log';
import type { Context } from '../../context.ts';
import type { AvailabilityArgs } from '../reads.ts';
import { availabilityFeed, type AvailabilityEvent, type AvailabilityFeed } from './availabilityFeed.ts';
import { signaturesOf, type WatchedResource } from './signatures.ts';

const POLL_MS = 1_000;
/** In all feeds of this process; each takes about 200 bytes. */
const MAX_WATCHED_SLOTS = 1_000_000;
/** Those in the feeds of one tenant's resources. */
const MAX_WATCHED_SLOTS_OF_TENANT = 250_000;

export type LiveAvailability = BackgroundLoop & {
  /**
   * Sends the whole state to the queue, then every change; `leave` ends that. `key`: equal for equal answers. SERVICE_UNAVAILABLE for
   * another feed above MAX_WATCHED_SLOTS.
   */
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
  /** Followers that wait for a refresh before they join. */
  joining: number;
};

const slotsIn = (feeds: readonly AvailabilityFeed[]): number =>
  feeds.reduce((count, feed) => count + feed.slots(), 0);

/** `renew`: the same context, now. */
export function startLiveAvailability(options: {
  db: Db;
  renew: (ctx: Context) => Context;
  log: Log;
}): LiveAvailability {
  const { db, renew, log } = options;
  const feeds = new Map<string, RunningFeed>();

  function startFeed(
    ctx: Context,
    { watched, args }: { watched: readonly WatchedResource[]; args: AvailabilityArgs },
  ): RunningFeed {
    const feed = { ...availabilityFeed(watched, args), ctx, isFailing: false, joining: 0 };
    const all = [...feeds.values()];
    const { tenantId } = watched[0]!;
    const ofTenant = slotsIn(all.filter((one) => one.watched[0]!.tenantId === tenantId));
    const inAll = slotsIn(all);
    if (ofTenant + feed.slots() > MAX_WATCHED_SLOTS_OF_TENANT || inAll + feed.slots() > MAX_WATCHED_SLOTS)
      throw unavailable(new Error(`${ofTenant} slots of the tenant are watched, ${inAll} in all`));
    return feed;
  }

  function endUnused(key: string, feed: RunningFeed): void {
    if (feed.followers.size + feed.joining === 0 && feeds.get(key) === feed) feeds.delete(key);
  }

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
      const signatures = await signaturesOf(renew(all[0]!.ctx), db, all);
      const waits = await Promise.all(all.map((feed, index) => refresh(feed, signatures[index]!)));
      return Math.min(POLL_MS, ...waits.filter((wait) => wait !== undefined));
    },
  });

  return {
    ...loop,
    notify: loop.wake,
    async follow(ctx, { key, watched, args }, queue) {
      const feed = feeds.get(key) ?? startFeed(ctx, { watched, args });
      feeds.set(key, feed);
      feed.joining += 1;
      try {
        const now = renew(ctx);
        const [signatures] = await signaturesOf(now, db, [feed]);
        await feed.join(now, signatures!, queue);
      } finally {
        feed.joining -= 1;
        endUnused(key, feed);
      }
      return {
        leave() {
          feed.followers.delete(queue);
          endUnused(key, feed);
        },
      };
    },
  };
}
