/** Serving processes and subscribers for tests. */
import { keyring } from '@libs/auth/keys';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import type { ResumableEvent } from '@libs/graphql/serveSubgraphSubscriptions';
import { silentLog } from '@libs/telemetry/log';
import { nothingLive } from '../booking.fixtures.ts';
import type { Context } from '../context.ts';
import { bookingChanged } from './bookingChanged.ts';
import { READING_CONNECTIONS, startChanges, type ChangeDeps } from './changes.ts';
import type { Change } from './readChanges.ts';

export const SECRET_KEY = 'the-secret-key-of-these-tests';

export type Instance = ChangeDeps & { stop(): Promise<void> };

/** One process of the subgraph: its own connections, feeds and change notifier. */
export function instance(addresses: { databaseUrl: string; redisUrl: string }): Instance {
  const log = silentLog();
  const db = connect(addresses.databaseUrl, { name: 'changes-under-test', max: READING_CONNECTIONS });
  const redis = connectRedis(addresses.redisUrl, { name: 'changes-under-test', log });
  const changes = startChanges({ db, redis, live: nothingLive, keys: keyring(SECRET_KEY), log });
  return {
    ...changes,
    async stop() {
      await changes.stop();
      redis.disconnect();
      await db.close();
    },
  };
}

export type Subscriber = {
  /** The next `count` changes. */
  take(count: number): Promise<Change[]>;
  /** The cursor of the last change taken, at first of the starting point. */
  cursor(): string;
  end(): Promise<void>;
};

/** Subscribes as the gateway does. */
export async function subscriber(
  ctx: Context,
  changes: ChangeDeps,
  requested: Parameters<typeof bookingChanged>[2] = {},
): Promise<Subscriber> {
  const received = await bookingChanged(ctx, changes, requested);
  const next = async (): Promise<ResumableEvent<Change>> => {
    const { done, value } = await received.next();
    if (done) throw new Error('the subscription has ended');
    return value;
  };
  let lastCursor = (await next()).cursor;
  return {
    async take(count) {
      const taken: Change[] = [];
      while (taken.length < count) {
        const { event, cursor } = await next();
        lastCursor = cursor;
        if (event) taken.push(event);
      }
      return taken;
    },
    cursor: () => lastCursor,
    end: async () => void (await received.return?.()),
  };
}
