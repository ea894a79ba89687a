import { openSession, type RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { Temporal } from 'temporal-polyfill';
import type { ConsumerGroup } from '../catalogue.ts';
import { fieldsOfRow } from '../entries.ts';
import { readOutboxAfter } from '../outbox.ts';

/**
 * Adds the published events of `db` that occurred at or after `since` to their streams again, in order; groups that have consumed
 * one drop it. Calls `beforeSending` with the event ids of each batch. Returns the number of events sent.
 */
export async function replay(
  db: Db,
  redis: RedisConnection,
  since: Temporal.Instant,
  beforeSending: (eventIds: string[]) => Promise<void> = async () => {},
): Promise<number> {
  // Positions follow time only roughly, so the rows after the first match are filtered by their time.
  const [start] = await db.sql<{ cursor: string | null; published: string }[]>`
    select (min(position) - 1)::text as cursor, (select published::text from outbox_relay) as published
    from outbox where occurred_at >= ${since.toString()}::timestamptz`;
  if (start?.cursor == null) return 0;
  let sent = 0;
  const session = await openSession(redis, 'replay');
  try {
    let position = start.cursor;
    for (;;) {
      const rows = await readOutboxAfter(db.sql, position);
      const last = rows.at(-1);
      if (!last) return sent;
      position = last.position;
      const due = rows.filter((row) => {
        const isSent = BigInt(row.position) <= BigInt(start.published);
        return isSent && Temporal.Instant.compare(row.metadata.occurred_at, since) >= 0;
      });
      await beforeSending(due.map((row) => row.metadata.event_id));
      const pipeline = session.pipeline();
      for (const row of due) pipeline.xadd(row.stream, '*', ...fieldsOfRow(row));
      const failure = (await pipeline.exec())?.find(([error]) => error !== null)?.[0];
      if (failure) throw failure;
      sent += due.length;
    }
  } finally {
    session.disconnect();
  }
}

/** Lets a group of this database apply these events again. Returns how many it had consumed. */
export async function clearConsumed(
  db: Db,
  group: ConsumerGroup,
  eventIds: readonly string[],
): Promise<number> {
  const cleared = await db.sql`
    delete from consumed_events where consumer_group = ${group} and event_id = any(${eventIds as string[]}::uuid[])`;
  return cleared.count;
}
