/**
 * Events that could not be consumed. The inbox keeps them (`dead_at`); the stream `<stream>:dead` has copies with their original
 * fields, for monitoring, and is refilled after a loss of Redis.
 */
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import type { ConsumerGroup } from '../catalogue.ts';
import { eventIdOf, fieldOf } from '../entries.ts';

export const deadStreamOf = (stream: string): string => `${stream}:dead`;
/** Approximate; the inbox has the older ones too. */
const DEAD_STREAM_ENTRIES = 10_000;
/** Dead letters published per transaction. */
const PUBLISH_BATCH = 100;

type DeadLetter = {
  group: string;
  error: string;
  attempts: number;
  /** Alternating names and values, as in the original entry. */
  fields: readonly string[];
};

export async function addToDeadStream(
  redis: RedisConnection,
  stream: string,
  letter: DeadLetter,
): Promise<void> {
  const { fields, group, error, attempts } = letter;
  const added = ['group', group, 'error', error, 'attempts', String(attempts)];
  await redis.xadd(deadStreamOf(stream), 'MAXLEN', '~', DEAD_STREAM_ENTRIES, '*', ...fields, ...added);
}

type DeadRow = {
  event_id: string;
  stream: string;
  event_type: string;
  payload: string;
  metadata: string;
  attempts: number;
  error: string;
};

/**
 * Adds the group's dead letters that are not in the dead stream yet. A process that dies before its commit may leave a repeat, with the
 * same event id.
 */
export async function publishDeadLetters(
  db: Db,
  redis: RedisConnection,
  group: ConsumerGroup,
): Promise<void> {
  const [hidden] = await db.sql`
    select 1 from inbox where consumer_group = ${group} and dead_at is not null and not is_shown_dead limit 1`;
  if (!hidden) return;
  await inTransaction(db, async ({ sql }) => {
    const rows = await sql<DeadRow[]>`
      select event_id, stream, event_type, payload::text, metadata::text, attempts, error from inbox
      where consumer_group = ${group} and dead_at is not null and not is_shown_dead
      order by arrival limit ${PUBLISH_BATCH}
      for update skip locked`;
    for (const row of rows) {
      const fields = ['event_type', row.event_type, 'payload', row.payload, 'metadata', row.metadata];
      await addToDeadStream(redis, row.stream, { group, error: row.error, attempts: row.attempts, fields });
    }
    const ids = rows.map((row) => row.event_id);
    await sql`update inbox set is_shown_dead = true where consumer_group = ${group} and event_id = any(${ids}::uuid[])`;
  });
}

/** For use after a loss of Redis. */
export async function republishDeadLetters(db: Db, group: ConsumerGroup, stream: string): Promise<void> {
  await db.sql`update inbox set is_shown_dead = false
               where consumer_group = ${group} and stream = ${stream} and dead_at is not null and is_shown_dead`;
}

/**
 * Makes the given or all dead letters of this database due again; each is consumed before the later events of its key. Returns their
 * event ids.
 */
export async function redeliver(
  db: Db,
  redis: RedisConnection,
  eventIds: readonly string[] | 'all',
): Promise<string[]> {
  const isNamed = eventIds === 'all' ? db.sql`true` : db.sql`event_id = any(${eventIds as string[]}::uuid[])`;
  const rows = await db.sql<{ event_id: string; stream: string; consumer_group: string }[]>`
    update inbox set dead_at = null, attempts = 0, next_attempt_at = now(), is_shown_dead = false
    where dead_at is not null and ${isNamed}
    returning event_id, stream, consumer_group`;
  for (const stream of new Set(rows.map((row) => row.stream))) {
    await removeFromDeadStream(redis, stream, rows);
  }
  return rows.map((row) => row.event_id);
}

async function removeFromDeadStream(
  redis: RedisConnection,
  stream: string,
  letters: readonly { event_id: string; consumer_group: string }[],
): Promise<void> {
  const entries = await redis.xrange(deadStreamOf(stream), '-', '+', 'COUNT', DEAD_STREAM_ENTRIES);
  const isRedelivered = (fields: readonly string[]) =>
    letters.some((letter) => {
      return letter.event_id === eventIdOf(fields) && letter.consumer_group === fieldOf(fields, 'group');
    });
  const ids = entries.filter(([, fields]) => isRedelivered(fields)).map(([id]) => id);
  if (ids.length > 0) await redis.xdel(deadStreamOf(stream), ...ids);
}
