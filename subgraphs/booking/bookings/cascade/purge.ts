/** Purges expired idempotency keys, holds and tombstones. */
import type { Db } from '@libs/db/connect';
import { startLoop, type BackgroundLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import { purgeKeysOfAllTenants } from '../idempotency/idempotency.ts';
import { purgeEndedHolds } from '../../holds/endExpiredHolds.ts';
import { purgeTombstonesOfAllTenants } from './tombstoneStore.ts';

/** Far longer than any request runs. */
export const TOMBSTONE_RETENTION_DAYS = 7;
const PURGE_EVERY_MS = 10 * 60_000;

/** Purges one batch of each kind. Returns whether there may be more. */
export async function purgeOnce(db: Db, now: Temporal.Instant): Promise<boolean> {
  const isMore = [
    await purgeKeysOfAllTenants(db, now),
    await purgeEndedHolds(db, now),
    await purgeTombstonesOfAllTenants(db, now.subtract({ hours: TOMBSTONE_RETENTION_DAYS * 24 })),
  ];
  return isMore.includes(true);
}

/** Purges at once, then every ten minutes. */
export function startPurge({
  db,
  log,
  clock = systemClock,
}: {
  db: Db;
  log: Log;
  clock?: Clock;
}): BackgroundLoop {
  return startLoop({
    name: 'purge of idempotency keys, holds and tombstones',
    log,
    runPass: async () => ((await purgeOnce(db, clock.now())) ? 0 : PURGE_EVERY_MS),
  });
}
