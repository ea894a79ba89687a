/**
 * Moves stream entries into the inbox of the group's database.
 *
 * Redis delivers each entry to any consumer of the group, so two could process one booking's events out of order. Therefore one
 * process at a time ingests, under an advisory lock in the transaction of the inbox rows. It reads new entries, then claims the
 * pending ones of all consumers: the result is in the stream's order and includes those of dead processes. Entries are
 * acknowledged after the commit.
 */
import type { RedisConnection } from '@libs/cache/redis';
import { LOCK_KEYS, tryAcquireLock } from '@libs/db/advisoryLocks';
import type { Db } from '@libs/db/connect';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { Log } from '@libs/telemetry/log';
import type { ConsumerGroup, StreamName } from '../catalogue.ts';
import { parseEntry, type StreamEntry } from '../entries.ts';
import type { Reactions } from '../reactions.ts';
import { addToDeadStream, republishDeadLetters } from './deadLetters.ts';

/** Entries per transaction. */
export const INGEST_BATCH = 200;

export type IngestDeps = {
  db: Db;
  group: ConsumerGroup;
  /** This process's unique consumer name within the group. */
  consumer: string;
  reactions: Reactions;
  log: Log;
};

/** At id 0, so that the group receives everything still in the stream. */
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
  const [read, claimed] = await Promise.all([
    session
      .xreadgroup('GROUP', group, consumer, 'COUNT', INGEST_BATCH, 'STREAMS', stream, '>')
      .catch(asError),
    session.xautoclaim(stream, group, consumer, 0, '0-0', 'COUNT', INGEST_BATCH).catch(asError),
  ]);
  if (read instanceof Error) throw read;
  if (claimed instanceof Error) throw claimed;
  const [, entries] = claimed as [next: string, entries: StreamEntry[]];
  return entries;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

type Rejected = { fields: string[]; error: string };

/** Skips events without a reaction and consumed ones. Returns the entries that cannot be parsed. */
async function insertEntries(
  tx: Tx,
  deps: IngestDeps,
  stream: StreamName,
  entries: readonly StreamEntry[],
): Promise<Rejected[]> {
  const rejected: Rejected[] = [];
  const rows: object[] = [];
  for (const [, fields] of entries) {
    // Null: deleted from the stream while pending.
    if (fields === null) continue;
    try {
      const entry = parseEntry(fields);
      if (!entry || !deps.reactions[entry.type]) continue;
      const { key, type, payload, metadata } = entry;
      rows.push({
        event_id: metadata.event_id,
        key,
        event_type: type,
        payload: JSON.parse(payload),
        metadata,
      });
    } catch (error) {
      rejected.push({ fields, error: error instanceof Error ? error.message : String(error) });
    }
  }
  if (rows.length > 0) {
    await tx.sql`
      insert into inbox (consumer_group, event_id, stream, key, event_type, payload, metadata)
      select ${deps.group}, event_id, ${stream}, key, event_type, payload, metadata
      from rows from (
        jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
          as (event_id uuid, key uuid, event_type text, payload jsonb, metadata jsonb)
      ) with ordinality as entry(event_id, key, event_type, payload, metadata, ordinal)
      where not exists (
        select 1 from consumed_events consumed
        where consumed.consumer_group = ${deps.group} and consumed.event_id = entry.event_id
      )
      order by ordinal
      on conflict (consumer_group, event_id) do nothing`;
  }
  return rejected;
}

/**
 * Ingests one batch; `session` is the consumer's own connection. Returns its entry count, or 'busy' while another process of the
 * group ingests. Creates a missing group.
 */
export async function ingest(
  deps: IngestDeps,
  session: RedisConnection,
  stream: StreamName,
): Promise<number | 'busy'> {
  const { db, group, log } = deps;
  try {
    const ingested = await inTransaction(db, async (tx) => {
      if (!(await tryAcquireLock(tx, LOCK_KEYS.ingest(group, stream)))) return 'busy';
      const entries = await claimEntries(deps, session, stream);
      return {
        entries,
        rejected: entries.length === 0 ? [] : await insertEntries(tx, deps, stream, entries),
      };
    });
    if (ingested === 'busy') return ingested;
    for (const { fields, error } of ingested.rejected) {
      log.error({ group, stream, error }, 'an entry cannot be parsed: moved to the dead stream');
      await addToDeadStream(session, stream, { group, error, attempts: 1, fields });
    }
    const ids = ingested.entries.map(([id]) => id);
    if (ids.length > 0) await session.xack(stream, group, ...ids);
    return ids.length;
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOGROUP'))) throw error;
    await createGroup(deps, session, stream);
    return ingest(deps, session, stream);
  }
}
