/** What follows bookings live in one process. */
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import type { Log } from '@libs/telemetry/log';
import { cursors, type Cursors } from './cursors.ts';
import { startChangeNotifier } from './changeNotifier.ts';
import { startFeeds, type Feeds } from './feeds.ts';

/** Connections that changes are read on: apart from those of requests, which a thousand subscribers who come back must not slow. */
export const READING_CONNECTIONS = 4;

export type Changes = { db: Db; feeds: Feeds; cursors: Cursors };

/** `db` is a pool of READING_CONNECTIONS; the cursors' key comes from `secretKey`. */
export function startChanges(options: {
  db: Db;
  redis: RedisConnection;
  secretKey: string;
  log: Log;
}): Changes & { stop(): Promise<void> } {
  const { db, redis, secretKey, log } = options;
  const feeds = startFeeds({ db, log });
  const changeNotifier = startChangeNotifier({ redis, feeds, log });
  return {
    db,
    feeds,
    cursors: cursors(secretKey),
    async stop() {
      changeNotifier.stop();
      await feeds.stop();
    },
  };
}
