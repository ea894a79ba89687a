/**
 * Moves stream entries into the inbox of the group's database, or applies them without it (`consumeWithoutInbox.ts`).
 *
 * Redis delivers each entry to any consumer of the group, so two could process one booking's events out of order. Therefore one
 * process at a time ingests, under an advisory lock in the transaction of the inbox rows. It reads new entries, then claims the
 * pending ones of all consumers: the result is in the stream's order and includes those of dead processes. Entries are
 * acknowledged after the commit.
 */
import { resultsOf, type RedisConnection } from '@libs/cache/redis';
import { LOCK_KEYS, tryAcquireLock } from '@libs/db/advisoryLocks';
import type { Db } from '@libs/db/connect';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { ConsumerGroup, StreamName } from '../catalogue.ts';
import { compareEntryIds, parseEntry, type ParsedEntry, type StreamEntry } from '../entries.ts';
import { groupsOf } from '../relay/maintenance.ts';
import { consumeWithoutInbox } from './consumeWithoutInbox.ts';
import { reportConsumed, type ConsumeDeps } from './consumeEvents.ts';
import { addToDeadStream, republishDeadLetters } from './deadLetters.ts';

/** Entries per transaction. */
export const INGEST_BATCH = 200;

export type IngestDeps = ConsumeDeps & {
  db: Db;
  /** This process's unique consumer name within the group. */
  consumer: string;
};

/**
 * Whether there is something to ingest: entries after the last delivered one, pending ones, or no group. `newestId` is the stream's newest
 * entry, read before.
 */
export async function needsIngest(
  group: ConsumerGroup,
  session: RedisConnection,
  { stream, newestId }: { stream: StreamName; newestId: string },
): Promise<boolean> {
  const state = (await groupsOf(session, stream)).find(({ name }) => name === group);
  return !state || state.pending > 0 || compareEntryIds(state.lastDelivered, newestId) < 0;
}

/** Creates it at id 0, so that the group receives everything still in the stream. */
async function createGroup(
  { db, group, log }: IngestDeps,
  session: RedisConnection,
  stream: StreamName,
): Promise<void> {
  try {
    await session.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('BUSYGROUP')) return;
    throw error;
  }
  log.info({ group, stream }, 'created the consumer group');
  // A missing group means that Redis is new or lost its data, the dead stream included.
  await republishDeadLetters(db, group, stream);
}

/** The oldest unacknowledged entries, new ones included, in the stream's order. */
async function claimEntries(
  { group, consumer }: IngestDeps,
  session: RedisConnection,
  stream: StreamName,
): Promise<StreamEntry[]> {
  const replies = await session
    .pipeline()
    .xreadgroup('GROUP', group, consumer, 'COUNT', INGEST_BATCH, 'STREAMS', stream, '>')
    .xautoclaim(stream, group, consumer, 0, '0-0', 'COUNT', INGEST_BATCH)
    .exec();
  const [, [, entries]] = resultsOf(replies) as [unknown, [next: string, entries: StreamEntry[]]];
  return entries;
}

type Rejected = { fields: string[]; error: string };

/** Leaves out events that have no reaction. */
function parseEntries(
  { reactions }: IngestDeps,
  entries: readonly StreamEntry[],
): { events: ParsedEntry[]; rejected: Rejected[] } {
  const rejected: Rejected[] = [];
  const events: ParsedEntry[] = [];
  for (const [, fields] of entries) {
    // Null: deleted from the stream while pending.
    if (fields === null) continue;
    try {
      const entry = parseEntry(fields);
      if (entry && reactions[entry.type]) events.push(entry);
    } catch (error) {
      rejected.push({ fields, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return { events, rejected };
}

/** Skips consumed ones. */
async function insertEvents(
  tx: Tx,
  { group }: IngestDeps,
  stream: StreamName,
  events: readonly ParsedEntry[],
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ type, key, payload, metadata }) => ({
    event_id: metadata.event_id,
    key,
    event_type: type,
    payload,
    metadata,
  }));
  await tx.sql`
    insert into inbox (consumer_group, event_id, stream, key, event_type, payload, metadata)
    select ${group}, event_id, ${stream}, key, event_type, payload, metadata
    from rows from (
      jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as (event_id uuid, key uuid, event_type text, payload jsonb, metadata jsonb)
    ) with ordinality as entry(event_id, key, event_type, payload, metadata, ordinal)
    where not exists (
      select 1 from consumed_events consumed
      where consumed.consumer_group = ${group} and consumed.event_id = entry.event_id
    )
    order by ordinal
    on conflict (consumer_group, event_id) do nothing`;
}

/** `entries`: how many were read. `consumed`: how many events were applied at once; the others wait in the inbox. */
export type Ingested = { entries: number; consumed: number };

/**
 * Ingests one batch, and applies it at once if it can; `session` is the consumer's own connection. Returns 'busy' while another process of
 * the group ingests. Creates a missing group.
 */
export async function ingest(
  deps: IngestDeps,
  session: RedisConnection,
  stream: StreamName,
  { isAtOnce = true } = {},
): Promise<Ingested | 'busy'> {
  const { db, group, log } = deps;
  const startMs = performance.now();
  let isConsuming = false;
  try {
    const ingested = await inTransaction(db, async (tx) => {
      if (!(await tryAcquireLock(tx, LOCK_KEYS.ingest(group, stream)))) return 'busy';
      const entries = await claimEntries(deps, session, stream);
      const { events, rejected } = parseEntries(deps, entries);
      // A full batch is a backlog, which the processes of the group share.
      isConsuming = isAtOnce && entries.length < INGEST_BATCH;
      const consumed = isConsuming ? await consumeWithoutInbox(tx, deps, events) : undefined;
      if (!consumed) await insertEvents(tx, deps, stream, events);
      return { entries, rejected, consumed: consumed ?? [] };
    });
    isConsuming = false;
    if (ingested === 'busy') return ingested;
    const { entries, rejected, consumed } = ingested;
    if (consumed.length > 0) reportConsumed(deps, consumed, startMs);
    for (const { fields, error } of rejected) {
      log.error({ group, stream, error }, 'an entry cannot be parsed: moved to the dead stream');
      await addToDeadStream(session, stream, { group, error, attempts: 1, fields });
    }
    const ids = entries.map(([id]) => id);
    if (ids.length > 0) await session.xack(stream, group, ...ids);
    return { entries: ids.length, consumed: consumed.length };
  } catch (error) {
    // In the inbox, the event at fault costs the others nothing.
    if (isConsuming) return ingest(deps, session, stream, { isAtOnce: false });
    if (!(error instanceof Error && error.message.startsWith('NOGROUP'))) throw error;
    await createGroup(deps, session, stream);
    return ingest(deps, session, stream);
  }
}
