/** Removes what has outlived itself: idempotency keys, and the memory of what is gone. */
import type { Db } from '@libs/db/connect';
import { startLoop, type BackgroundLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import { purgeKeysOfAllTenants } from '../idempotency/idempotencyKeyStore.ts';
import { purgeTombstonesOfAllTenants } from './tombstoneStore.ts';

/** How long it is remembered that something is gone, in days; no request that knew it before lives nearly as long. */
export const TOMBSTONE_RETENTION_DAYS = 7;
const PURGE_EVERY_MS = 10 * 60_000;

/** One round. */
export async function purgeOnce(db: Db, now: Temporal.Instant): Promise<void> {
  await purgeKeysOfAllTenants(db, now);
  await purgeTombstonesOfAllTenants(db, now.subtract({ hours: TOMBSTONE_RETENTION_DAYS * 24 }));
}

/** A round at once, and then every ten minutes. */
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
    name: 'purge of idempotency keys and tombstones',
    log,
    runPass: async () => {
      await purgeOnce(db, clock.now());
      return PURGE_EVERY_MS;
    },
  });
}
