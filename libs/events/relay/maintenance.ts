/** The relay's periodic maintenance of streams and outbox. */
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { epochMs } from '@libs/time/clock';
import { GROUPS, STREAMS, type StreamName } from '../catalogue.ts';
import { deadStreamOf } from '../consumer/deadLetters.ts';
import { compareEntryIds, entryIdAfter, eventIdOf } from '../entries.ts';
import { eventAtSql, missingRelayRow, positionSql, type Checkpoint } from '../history.ts';
import { readPublishedCheckpoint } from '../publishedCheckpoint.ts';
import { OUTBOX_RETENTION_DAYS } from '../outbox.ts';

/** Shorter streams are trimmed only by age, so that operators can inspect past entries. */
const STREAM_RETENTION_ENTRIES = 10_000;
/** Entries hold what people wrote, so those of a dead stream do not stay for ever; the inbox keeps its events. */
const DEAD_STREAM_RETENTION_DAYS = 30;
const DAY_MS = 86_400_000;
/** Unacknowledged entries that are searched for one of this outbox. */
const SCANNED_ENTRIES = 500;
/** Outbox rows deleted per statement. */
const PURGE_BATCH = 2_000;

export type GroupState = { name: string; pending: number; lastDelivered: string; lag: number | null };

/** The groups of a stream; none if the stream does not exist. */
export async function groupsOf(redis: RedisConnection, stream: string): Promise<GroupState[]> {
  if ((await redis.exists(stream)) === 0) return [];
  const groups = (await redis.xinfo('GROUPS', stream)) as unknown[][];
  return groups.map((fields) => {
    const field = (name: string) => fields[fields.indexOf(name) + 1];
    const lag = fields.includes('lag') ? field('lag') : null;
    return {
      name: String(field('name')),
      pending: Number(field('pending')),
      lastDelivered: String(field('last-delivered-id')),
      lag: lag === null ? null : Number(lag),
    };
  });
}

/**
 * The entry id below which every group has acknowledged all: the lowest of their oldest pending or next entries. Undefined while an
 * expected group does not exist. Of a stream without groups, everything is acknowledged.
 */
export async function acknowledgedBefore(
  redis: RedisConnection,
  stream: string,
  expected: readonly string[],
): Promise<string | undefined> {
  const groups = await groupsOf(redis, stream);
  if (groups.length === 0 && expected.length === 0) {
    const [newest] = await redis.xrevrange(stream, '+', '-', 'COUNT', 1);
    return entryIdAfter(newest?.[0] ?? '0-0');
  }
  if (groups.length === 0 || expected.some((name) => !groups.some((group) => group.name === name)))
    return undefined;
  const bounds = await Promise.all(
    groups.map(async (group) => {
      const following = entryIdAfter(group.lastDelivered);
      if (group.pending === 0) return following;
      const [, oldest] = (await redis.xpending(stream, group.name)) as [number, string | null];
      // Null: the pending entries were acknowledged since XINFO.
      return oldest ?? following;
    }),
  );
  return bounds.reduce((min, id) => (compareEntryIds(id, min) < 0 ? id : min));
}

/** Removes acknowledged entries that are older than the outbox's rows, and old copies of dead letters. Ids are Redis's clock. */
export async function trimByAge(
  redis: RedisConnection,
  stream: string,
  { expected, nowMs }: { expected: readonly string[]; nowMs: number },
): Promise<void> {
  const olderThan = (days: number) => `${Math.max(nowMs - days * DAY_MS, 0)}-0`;
  const bound = await acknowledgedBefore(redis, stream, expected);
  if (bound !== undefined) {
    const oldest = olderThan(OUTBOX_RETENTION_DAYS);
    await redis.xtrim(stream, 'MINID', '=', compareEntryIds(bound, oldest) < 0 ? bound : oldest);
  }
  await redis.xtrim(deadStreamOf(stream), 'MINID', '=', olderThan(DEAD_STREAM_RETENTION_DAYS));
}

/** Removes acknowledged entries if the stream is longer than `keepEntries`. Returns their count. */
export async function trimStream(
  redis: RedisConnection,
  stream: string,
  options: { expected: readonly string[]; keepEntries?: number },
): Promise<number> {
  const { expected, keepEntries = STREAM_RETENTION_ENTRIES } = options;
  if ((await redis.xlen(stream)) <= keepEntries) return 0;
  const bound = await acknowledgedBefore(redis, stream, expected);
  return bound === undefined ? 0 : redis.xtrim(stream, 'MINID', '=', bound);
}

/** `published`: Redis's checkpoint at that time. */
type Acknowledged = { position: bigint; published: Checkpoint };

/**
 * The position just before the first of this outbox's rows that some group has not acknowledged. Undefined if it cannot be
 * determined.
 */
async function acknowledgedPosition(db: Db, redis: RedisConnection): Promise<Acknowledged | undefined> {
  const [state] = await db.sql<{ outboxId: string; acknowledged: string }[]>`
    select outbox_id as "outboxId", acknowledged::text from outbox_relay`;
  if (!state) throw missingRelayRow();
  const published = await readPublishedCheckpoint(redis, state.outboxId);
  if (published === null) return undefined;
  const streams = await db.sql<{ stream: StreamName }[]>`
    select distinct stream from outbox
    where position > ${state.acknowledged}::bigint and position <= ${positionSql(db.sql, published.position)}`;
  let acknowledged = published.position;
  for (const { stream } of streams) {
    const bound = await acknowledgedBefore(redis, stream, GROUPS[stream]);
    if (bound === undefined) return undefined;
    const entries = await redis.xrange(stream, bound, '+', 'COUNT', SCANNED_ENTRIES);
    const ids = entries.map(([, fields]) => eventIdOf(fields)).filter((id) => id !== undefined);
    const [first] = await db.sql<{ position: string | null }[]>`
      select min(position)::text as position from outbox where id = any(${ids}::uuid[])`;
    if (first?.position != null) {
      const before = BigInt(first.position) - 1n;
      if (before < acknowledged) acknowledged = before;
    } else if (entries.length === SCANNED_ENTRIES) {
      return undefined;
    }
  }
  // If Redis lost data meanwhile, the streams may have lacked unacknowledged entries.
  const after = await readPublishedCheckpoint(redis, state.outboxId);
  return after !== null && after.position >= published.position
    ? { position: acknowledged, published }
    : undefined;
}

/** Does nothing if the published checkpoint belongs to a replaced history. */
async function recordAcknowledged({ sql }: Db, { position, published }: Acknowledged): Promise<void> {
  const acknowledged = positionSql(sql, position);
  await sql`
    update outbox_relay set acknowledged = ${acknowledged}
    where acknowledged < ${acknowledged}
      and ${eventAtSql(sql, positionSql(sql, published.position))} = ${published.eventId}::uuid`;
}

/** Deletes published rows older than OUTBOX_RETENTION_DAYS. Returns their count. */
export async function purgeOldRows(db: Db): Promise<number> {
  let removed = 0;
  for (;;) {
    // The lowest positions are the oldest rows, so there is no need to scan the table.
    const [batch] = await db.sql<{ count: number }[]>`
      with oldest as (
        select id, position, occurred_at from outbox where position is not null order by position limit ${PURGE_BATCH}
      ), purged as (
        delete from outbox using oldest, outbox_relay relay
        where outbox.id = oldest.id and oldest.position <= relay.published
          and oldest.occurred_at < now() - make_interval(days => ${OUTBOX_RETENTION_DAYS})
        returning outbox.position, outbox.id
      ), newest as (
        select position, id from purged order by position desc limit 1
      ), noted as (
        update outbox_relay set removed = newest.position, removed_event = newest.id
        from newest where newest.position > outbox_relay.removed
      )
      select count(*)::int as count from purged`;
    removed += batch?.count ?? 0;
    if ((batch?.count ?? 0) < PURGE_BATCH) return removed;
  }
}

export async function maintainOutbox(db: Db, redis: RedisConnection): Promise<void> {
  const acknowledged = await acknowledgedPosition(db, redis);
  if (acknowledged !== undefined) await recordAcknowledged(db, acknowledged);
  for (const stream of STREAMS) {
    await trimStream(redis, stream, { expected: GROUPS[stream] });
    await trimByAge(redis, stream, { expected: GROUPS[stream], nowMs: epochMs() });
  }
  await purgeOldRows(db);
}
