/** What a database keeps of events that are over: in batches, by any of its processes. */
import type { Db } from '@libs/db/connect';
import type { Log } from '@libs/telemetry/log';

/** How long consumed events are recorded, in days: twice as long as an outbox can send them again. */
const CONSUMED_RETENTION_DAYS = 14;
/** How long dead letters wait to be sent again, in days. */
export const DEAD_LETTER_RETENTION_DAYS = 90;
const PURGE_EVERY_MS = 60_000;
/** Rows deleted per statement. */
const PURGE_BATCH = 5_000;

/** Purges a batch of each. Returns the delay until the next call, in milliseconds. */
export async function purgeInbox(db: Db, log: Log): Promise<number> {
  const counts = [await purgeConsumedEvents(db), await purgeDeadLetters(db, log)];
  return Math.max(...counts) < PURGE_BATCH ? PURGE_EVERY_MS : 0;
}

async function purgeConsumedEvents(db: Db): Promise<number> {
  const purged = await db.sql`
    delete from consumed_events where (consumer_group, event_id) in (
      select consumer_group, event_id from consumed_events
      where consumed_at < now() - make_interval(days => ${CONSUMED_RETENTION_DAYS}) limit ${PURGE_BATCH}
    )`;
  return purged.count;
}

/** Their effect is lost for good, so the log says so. One that is sent again at this moment stays. */
async function purgeDeadLetters(db: Db, log: Log): Promise<number> {
  const purged = await db.sql<{ group: string; event: string }[]>`
    delete from inbox where (event_id, consumer_group) in (
      select event_id, consumer_group from inbox
      where dead_at < now() - make_interval(days => ${DEAD_LETTER_RETENTION_DAYS}) limit ${PURGE_BATCH}
      for update skip locked
    )
    returning consumer_group as group, event_type as event`;
  const numbers: Record<string, number> = {};
  for (const { group, event } of purged)
    numbers[`${group} ${event}`] = (numbers[`${group} ${event}`] ?? 0) + 1;
  if (purged.length > 0)
    log.warn(
      { numbers, days: DEAD_LETTER_RETENTION_DAYS },
      'dead letters that nobody has sent again were deleted',
    );
  return purged.length;
}
