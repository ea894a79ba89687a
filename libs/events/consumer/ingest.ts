/**
 * Takes entries from the streams into the inbox of the group's own database, where they are worked on.
 *
 * Redis gives each entry to whichever consumer asks, so two of them could come to work on one booking's events at once, in either
 * order. Therefore one at a time takes entries in, under an advisory lock that lives in the transaction of the inbox rows. It asks
 * for new entries, and then claims all that anyone was given and has not acknowledged, its own among them: what comes is in the
 * stream's order, and includes what somebody left who died. Entries are acknowledged after the commit: they are safe in Postgres
 * then, and the work itself is shared (`eventWorker.ts`).
 */
import type { RedisConnection } from '@libs/cache/redis';
import { LOCK_KEYS, tryAcquireLock } from '@libs/db/advisoryLocks';
import type { Db } from '@libs/db/connect';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { Log } from '@libs/telemetry/log';
import type { ConsumerGroup, StreamName } from '../catalogue.ts';
import { readEntry, type StreamEntry } from '../entries.ts';
import type { Reactions } from '../reactions.ts';
import { reshowDeadLetters, showDead } from './deadLetters.ts';

/** Entries taken in with one transaction. */
export const INGEST_BATCH = 200;

export type IngestDeps = {
  db: Db;
  group: ConsumerGroup;
  /** This process among the group's; a name of its own. */
  consumer: string;
  reactions: Reactions;
  log: Log;
};

/** Makes the group at 0, so that it gets all that the stream still holds; nothing where it is there. */
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
  // A group that had to be made means a Redis that is new or has lost its data: what it showed is gone too.
  await reshowDeadLetters(db, group, stream);
}

/** The oldest entries that nobody has acknowledged, new ones included, in the stream's order. */
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

/** Writes to the inbox what this group reacts to and has not consumed; returns the entries that are not ours to read. */
async function insertEntries(
  tx: Tx,
  deps: IngestDeps,
  stream: StreamName,
  entries: readonly StreamEntry[],
): Promise<Rejected[]> {
  const rejected: Rejected[] = [];
  const rows: object[] = [];
  for (const [, fields] of entries) {
    // Null: deleted from the stream while it was pending.
    if (fields === null) continue;
    try {
      const entry = readEntry(fields);
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
 * Takes one batch of `stream` into the inbox; `session` is a connection of the consumer's own. Returns how many entries it held;
 * 'busy' where another process of the group is taking entries in. Makes the group where it is missing.
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
      log.error({ group, stream, error }, 'an entry that cannot be read: moved to the dead stream');
      // Not tried again: no further attempt would read it.
      await showDead(session, stream, { group, error, attempts: 1, fields });
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
