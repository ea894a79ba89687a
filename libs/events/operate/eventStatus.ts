/** The state of outboxes, streams and inboxes, for operators. */
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { STREAMS } from '../catalogue.ts';
import { deadStreamOf } from '../consumer/deadLetters.ts';
import { missingRelayRow, positionSql } from '../history.ts';
import { readPublishedCheckpoint } from '../publishedCheckpoint.ts';
import { readUnsent, type ResendReason } from '../relay/publish.ts';
import { groupsOf } from '../relay/maintenance.ts';

export type OutboxStatus = {
  /** Rows not yet sent to Redis. */
  unpublished: number;
  /** Rounded down; null if there is none. */
  oldestUnpublishedSeconds: number | null;
  /** All rows. */
  kept: number;
};

export async function outboxStatus(db: Db): Promise<OutboxStatus> {
  const [all] = await db.sql<{ kept: number }[]>`select count(*)::int as kept from outbox`;
  return { ...(await unpublishedStatus(db)), kept: all!.kept };
}

/** Reads only what is not sent. */
export async function unpublishedStatus(db: Db): Promise<Omit<OutboxStatus, 'kept'>> {
  const [status] = await db.sql<Omit<OutboxStatus, 'kept'>[]>`
    with waiting as (
      select count(*)::int as rows, min(occurred_at) as oldest from (
        select occurred_at from outbox where position is null
        union all
        select occurred_at from outbox where position > (select published from outbox_relay)
      ) unpublished
    )
    select waiting.rows as unpublished,
           floor(extract(epoch from now() - waiting.oldest))::int as "oldestUnpublishedSeconds"
    from waiting`;
  return status!;
}

export type ResendStatus = {
  /** Rows that will be sent again. */
  dueAgain: number;
  /** The database was restored, and the relay has not handled this yet. */
  isHistoryReplaced: boolean;
  /** Positions after `after` up to `until`. Null if nothing was ever sent again. */
  last: { at: string; because: ResendReason; after: string; until: string } | null;
};

export async function resendStatus(db: Db, redis: RedisConnection): Promise<ResendStatus> {
  const { sql } = db;
  const [notes] = await sql<(NonNullable<ResendStatus['last']> & { outboxId: string })[]>`
    select outbox_id as "outboxId", to_char(resent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at,
           resent_because as because, resent_after::text as after, resent_until::text as until
    from outbox_relay`;
  if (!notes) throw missingRelayRow();
  const { outboxId, ...last } = notes;
  const { after, published, resend } = await readUnsent(
    db,
    await readPublishedCheckpoint(redis, outboxId),
    1,
  );
  const [due] = await sql<{ count: number }[]>`
    select count(*)::int as count from outbox
    where position > ${positionSql(sql, after)} and position <= ${positionSql(sql, published)}`;
  return {
    dueAgain: due?.count ?? 0,
    isHistoryReplaced: resend === 'HISTORY_REPLACED',
    last: last.at === null ? null : last,
  };
}

export type InboxStatus = {
  group: string;
  /** Events to be consumed, retries included. */
  waiting: number;
  /** Those that failed at least once. */
  retrying: number;
  /** Since the oldest occurred, rounded down; null if there is none. */
  oldestWaitingSeconds: number | null;
  dead: number;
};

export async function inboxStatus(db: Db): Promise<InboxStatus[]> {
  return db.sql<InboxStatus[]>`
    select consumer_group as "group",
           (count(*) filter (where dead_at is null))::int as waiting,
           (count(*) filter (where dead_at is null and attempts > 0))::int as retrying,
           floor(extract(epoch from now() - min((metadata ->> 'occurred_at')::timestamptz)
             filter (where dead_at is null)))::int as "oldestWaitingSeconds",
           (count(*) filter (where dead_at is not null))::int as dead
    from inbox group by consumer_group order by consumer_group`;
}

export type StreamGroupStatus = {
  name: string;
  /** Entries not delivered to the group yet; null if Redis cannot tell. */
  lag: number | null;
  /** Entries delivered to the group and not yet in its inbox. */
  pending: number;
  /** How long the oldest pending entry has been idle; null if none is pending. */
  oldestIdleMs: number | null;
};

export type StreamStatus = { stream: string; entries: number; dead: number; groups: StreamGroupStatus[] };

export async function streamStatus(redis: RedisConnection): Promise<StreamStatus[]> {
  return Promise.all(
    STREAMS.map(async (stream) => {
      const groups = await groupsOf(redis, stream);
      return {
        stream,
        entries: await redis.xlen(stream),
        dead: await redis.xlen(deadStreamOf(stream)),
        groups: await Promise.all(
          groups.map(async ({ name, lag, pending }) => {
            const [oldest] = (await redis.xpending(stream, name, '-', '+', 1)) as [
              [string, string, number, number]?,
            ];
            return { name, lag, pending, oldestIdleMs: oldest?.[2] ?? null };
          }),
        ),
      };
    }),
  );
}

export type DeadLetterRow = {
  group: string;
  eventId: string;
  event: string;
  /** The ordering key: the id of the booking, or of what was deleted. */
  key: string;
  attempts: number;
  error: string;
  /** RFC 3339 in UTC. */
  deadAt: string;
};

/** Oldest first, at most `limit`. */
export async function listDeadLetters(db: Db, limit: number): Promise<DeadLetterRow[]> {
  return db.sql<DeadLetterRow[]>`
    select consumer_group as "group", event_id as "eventId", event_type as event, key, attempts, error,
           to_char(dead_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "deadAt"
    from inbox where dead_at is not null order by dead_at limit ${limit}`;
}
