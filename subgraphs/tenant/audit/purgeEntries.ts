import type { Db } from '@libs/db/connect';
import { purgeOlderThan } from '@libs/queue/claims';
import { startLoop, type BackgroundLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';

/** The database refuses what is early by its own clock, which may be behind. */
const CLOCK_MARGIN_MINUTES = 10;
const PURGE_EVERY_MS = 3_600_000;

/** Purges one batch of entries whose time has come. Returns whether there may be more. */
export const purgeEntries = ({ db, now }: { db: Db; now: Temporal.Instant }): Promise<boolean> =>
  purgeOlderThan(db, 'audit_entries', now.subtract({ minutes: CLOCK_MARGIN_MINUTES }), {
    column: 'kept_until',
  });

export const startAuditPurge = ({
  db,
  log,
  clock = systemClock,
}: {
  db: Db;
  log: Log;
  clock?: Clock;
}): BackgroundLoop =>
  startLoop({
    name: 'purge of audit entries',
    log,
    runPass: async () => ((await purgeEntries({ db, now: clock.now() })) ? 0 : PURGE_EVERY_MS),
  });
