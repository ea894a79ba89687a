import type { Db } from '@libs/db/connect';

/** How long consumed events are recorded, in days: twice as long as an outbox can send them again. */
const CONSUMED_RETENTION_DAYS = 14;
const PURGE_EVERY_MS = 60_000;
/** Rows deleted per statement. */
const PURGE_BATCH = 5_000;

/** Purges a batch. Returns the delay until the next call, in milliseconds. */
export async function purgeConsumedEvents(db: Db): Promise<number> {
  const purged = await db.sql`
    delete from consumed_events where (consumer_group, event_id) in (
      select consumer_group, event_id from consumed_events
      where consumed_at < now() - make_interval(days => ${CONSUMED_RETENTION_DAYS}) limit ${PURGE_BATCH}
    )`;
  return purged.count < PURGE_BATCH ? PURGE_EVERY_MS : 0;
}
