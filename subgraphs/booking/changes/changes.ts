/** Live changes in one process. */
import type { Keyring } from '@libs/auth/keys';
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import type { Log } from '@libs/telemetry/log';
import type { LiveAvailability } from '../availability/live/liveAvailability.ts';
import { createCursors, type Cursors } from './cursors.ts';
import { startChangeNotifier } from './changeNotifier.ts';
import { startFeeds, type Feeds } from './feeds.ts';

/** A pool of its own for reading changes: a thousand reconnecting subscribers must not slow down requests. */
export const READING_CONNECTIONS = 4;

export type ChangeDeps = { db: Db; feeds: Feeds; cursors: Cursors };

/** `db` is a pool of READING_CONNECTIONS; the key of cursors is one of `keys`; `live` is notified of changes, too. */
export function startChanges(options: {
  db: Db;
  redis: RedisConnection;
  live: Pick<LiveAvailability, 'notify'>;
  keys: Keyring;
  log: Log;
}): ChangeDeps & { stop(): Promise<void> } {
  const { db, redis, live, keys, log } = options;
  const feeds = startFeeds({ db, log });
  const changeNotifier = startChangeNotifier({ redis, feeds, live, log });
  return {
    db,
    feeds,
    cursors: createCursors(keys),
    async stop() {
      changeNotifier.stop();
      await feeds.stop();
    },
  };
}
