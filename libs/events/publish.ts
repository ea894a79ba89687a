/**
 * Sends numbered outbox rows to their Redis streams, in the order of their positions.
 *
 * The key `vaga:outbox:<outbox id>` holds the position of the last row sent, and is set in the MULTI that adds the rows. So Redis
 * itself says what it has: after a restart with an older state the key is as old as the streams are, and after one with nothing it is
 * gone; then everything is sent again that some consumer group may still lack (`outbox_relay.acknowledged`). Consumers drop what
 * they know. WATCH on the key lets one relay at a time go on from where it stands.
 */
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import type { Log } from '@libs/telemetry/log';
import type { Stream } from './catalogue.ts';
import { fieldsOfRow } from './entries.ts';
import { isOutboxCursor, readOutboxAfter, type OutboxCursor, type OutboxRow } from './outbox.ts';

/** Rows sent in one MULTI. */
export const PUBLISH_BATCH = 500;

export type RelayNotes = { outboxId: string; published: OutboxCursor; acknowledged: OutboxCursor };

/**
 * The channel that tells whoever follows a stream's outbox live that there is more to read: a JSON array of tenant ids for each batch
 * that was sent. It may be missed, so it saves time only: the rows are in the outbox.
 */
export const doorbellOf = (stream: Stream): string => `vaga:doorbell:${stream}`;

/** The tenants of the rows, by stream. */
function tenantsByStream(rows: readonly OutboxRow[]): Map<Stream, Set<string>> {
  const tenants = new Map<Stream, Set<string>>();
  for (const { stream, metadata } of rows) {
    if (!tenants.has(stream)) tenants.set(stream, new Set());
    tenants.get(stream)?.add(metadata.tenant_id);
  }
  return tenants;
}

/** The relay's notes in this database. */
export async function readRelayNotes(db: Db): Promise<RelayNotes & { last: OutboxCursor }> {
  const [notes] = await db.sql<(RelayNotes & { last: OutboxCursor })[]>`
    select outbox_id as "outboxId", published::text, acknowledged::text,
           greatest(published, (select max(position) from outbox))::text as last
    from outbox_relay`;
  if (!notes) throw new Error('outbox_relay has no row: the migrations of this database have not run');
  return notes;
}

export const markerKeyOf = (notes: { outboxId: string }): string => `vaga:outbox:${notes.outboxId}`;

/** Where to go on: after what Redis says it has, or, where it says nothing (true), after what no group can lack. */
function placeToGoOn(marker: string | null, notes: RelayNotes & { last: OutboxCursor }): OutboxCursor {
  // A marker beyond our last row was left by a later state of a database that has been restored since.
  const isOfThisState = marker !== null && isOutboxCursor(marker) && BigInt(marker) <= BigInt(notes.last);
  return isOfThisState ? marker : notes.acknowledged;
}

/**
 * Sends one batch. Returns how many rows it held; 'busy' where another relay sent some meanwhile. `session` is a connection of
 * the relay's own (`openSession`).
 */
export async function publishBatch(db: Db, session: RedisConnection, log: Log): Promise<number | 'busy'> {
  const key = markerKeyOf(await readRelayNotes(db));
  const [, marker] = await Promise.all([session.watch(key), session.get(key)]);
  // Read after the marker: no marker of this outbox is ahead of its rows then.
  const notes = await readRelayNotes(db);
  const place = placeToGoOn(marker, notes);
  const rows = await readOutboxAfter(db.sql, place, { limit: PUBLISH_BATCH });
  const last = rows.at(-1);
  if (!last) {
    await session.unwatch();
    return 0;
  }
  if (marker !== place && BigInt(notes.published) > BigInt(place)) {
    log.warn({ published: notes.published, from: place }, 'Redis has lost its streams: sending again');
  }
  const transaction = session.multi();
  for (const row of rows) transaction.xadd(row.stream, '*', ...fieldsOfRow(row));
  transaction.set(key, last.cursor);
  for (const [stream, tenants] of tenantsByStream(rows)) {
    transaction.publish(doorbellOf(stream), JSON.stringify([...tenants]));
  }
  const results = await transaction.exec();
  if (results === null) return 'busy';
  const failure = results.find(([error]) => error !== null)?.[0];
  if (failure) {
    // Redis does not undo the rest of a MULTI: without the marker all of it is sent again.
    await session.del(key);
    throw failure;
  }
  await db.sql`update outbox_relay set published = greatest(published, ${last.cursor}::text::bigint)`;
  return rows.length;
}
