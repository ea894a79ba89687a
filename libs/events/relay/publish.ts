/**
 * Sends numbered outbox rows to their Redis streams, in the order of their positions.
 *
 * The marker (`publishedCheckpoint.ts`) is the checkpoint of the last row sent, and is set in the MULTI that adds the rows. So Redis itself says what
 * it has: after a restart with an older state the marker is as old as the streams are, and after one with nothing it is gone. A
 * marker whose event is not at its position was left by a history that this database was put back from (`history.ts`). Where the
 * marker is gone or of another history, everything is sent again that some consumer group may still lack (`outbox_relay.acknowledged`);
 * consumers drop what they know. WATCH on the marker lets one relay at a time go on from where it stands.
 */
import type { RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import type { Log } from '@libs/telemetry/log';
import type { StreamName } from '../catalogue.ts';
import { fieldsOfRow } from '../entries.ts';
import { eventAtSql, noRelayRow, positionSql, type Checkpoint } from '../history.ts';
import { formatCheckpoint, publishedCheckpointKey, readPublishedCheckpoint } from '../publishedCheckpoint.ts';
import {
  isStored,
  outboxRowOf,
  storedRowsSql,
  type NoRow,
  type OutboxRow,
  type StoredRow,
} from '../outbox.ts';

/** Rows sent in one MULTI. */
export const PUBLISH_BATCH = 500;

/**
 * The channel that tells whoever follows a stream's outbox live that there is more to read: a JSON array of tenant ids for each batch
 * that was sent. It may be missed, so it saves time only: the rows are in the outbox.
 */
export const changeChannelOf = (stream: StreamName): string => `vaga:doorbell:${stream}`;

/** The tenants of the rows, by stream. */
function tenantsByStream(rows: readonly OutboxRow[]): Map<StreamName, Set<string>> {
  const tenants = new Map<StreamName, Set<string>>();
  for (const { stream, metadata } of rows) {
    if (!tenants.has(stream)) tenants.set(stream, new Set());
    tenants.get(stream)?.add(metadata.tenant_id);
  }
  return tenants;
}

/** Why events are sent again: Redis has lost some, or the database was put back to an earlier state. */
export type ResendReason = 'REDIS_LOST' | 'HISTORY_REPLACED';

export type Unsent = {
  outboxId: string;
  /** The rows after this position are not in Redis for sure. */
  from: bigint;
  /** Up to here rows were sent before. */
  published: bigint;
  /** Where some that were sent before are due again, and nobody has noted it yet. */
  resend: ResendReason | null;
  rows: OutboxRow[];
};

type RelayState = {
  outboxId: string;
  from: string;
  published: string;
  /** The marker is of this history. */
  isMarked: boolean;
  /** Its row was removed because of its age: it cannot be told of which history it is. */
  isForgotten: boolean;
  /** It lies within what is being sent again. */
  isResending: boolean;
};

/** Sent again is only what was sent before; and where the marker is of another history, that is worth a word in any case. */
function resendReason(published: Checkpoint | null, state: RelayState): ResendReason | null {
  if (published !== null && !state.isMarked && !state.isForgotten) return 'HISTORY_REPLACED';
  const isBehind = BigInt(state.published) > BigInt(state.from);
  return isBehind && !(state.isMarked && state.isResending) ? 'REDIS_LOST' : null;
}

/** What Redis lacks where its marker is this one, `limit` rows at most; in one statement, so of one state of the database. */
export async function readUnsent(db: Db, published: Checkpoint | null, limit: number): Promise<Unsent> {
  const { sql } = db;
  const position = positionSql(sql, published?.position ?? -1n);
  const rows = await sql<(RelayState & (StoredRow | NoRow))[]>`
    select relay.outbox_id as "outboxId", relay.start::text as "from", relay.published::text, relay.is_marked as "isMarked",
           relay.removed > ${position} as "isForgotten",
           coalesce(relay.start >= resent_after and relay.start < resent_until and published <= resent_until, false) as "isResending",
           rows.*
    from (
      select outbox_relay.*, is_marked, case when is_marked then ${position} else acknowledged end as start
      from outbox_relay,
           lateral (
             select coalesce(${eventAtSql(sql, position)} = ${published?.eventId ?? null}::text::uuid, false) as is_marked
           ) marked
    ) relay
    left join lateral (${storedRowsSql(sql, sql`relay.start`, { limit })}) rows on true
    order by rows.position::bigint`;
  const [state] = rows;
  if (!state) throw noRelayRow();
  return {
    outboxId: state.outboxId,
    from: BigInt(state.from),
    published: BigInt(state.published),
    resend: resendReason(published, state),
    rows: rows.filter(isStored).map(outboxRowOf),
  };
}

const REASONS: Record<ResendReason, string> = {
  REDIS_LOST: 'Redis has lost events: sending again',
  HISTORY_REPLACED: 'the database was put back to an earlier state: sending again',
};

/** Notes what Redis has: up to `sent`, and that rows were due again. Nothing where the database was replaced meanwhile. */
async function recordPublished(
  db: Db,
  { from, published, resend }: Unsent,
  sent: Checkpoint | null,
): Promise<void> {
  const { sql } = db;
  if (sent) {
    const position = positionSql(sql, sent.position);
    await sql`
      update outbox_relay set published = greatest(published, ${position})
      where ${eventAtSql(sql, position)} = ${sent.eventId}::uuid`;
  }
  if (resend) {
    const until = published > from ? published : from;
    await sql`
      update outbox_relay set resent_at = now(), resent_because = ${resend},
        resent_after = ${positionSql(sql, from)}, resent_until = ${positionSql(sql, until)}`;
  }
}

/**
 * Sends one batch. Returns how many rows it held; 'busy' where another relay sent some meanwhile. `session` is a connection of
 * the relay's own (`openSession`).
 */
export async function publishBatch(db: Db, session: RedisConnection, log: Log): Promise<number | 'busy'> {
  const outboxId = await readOutboxId(db);
  const key = publishedCheckpointKey(outboxId);
  const [, published] = await Promise.all([session.watch(key), readPublishedCheckpoint(session, outboxId)]);
  // Read after the marker: no marker of this history is ahead of its rows then.
  const unsent = await readUnsent(db, published, PUBLISH_BATCH);
  const { rows, resend } = unsent;
  const last = rows.at(-1);
  const isAnother = unsent.outboxId !== outboxId;
  if (isAnother || (!last && resend !== 'HISTORY_REPLACED')) {
    await session.unwatch();
    return isAnother ? 'busy' : 0;
  }
  const sent = last ? { position: BigInt(last.position), eventId: last.metadata.event_id } : null;
  const transaction = session.multi();
  for (const row of rows) transaction.xadd(row.stream, '*', ...fieldsOfRow(row));
  if (sent) transaction.set(key, formatCheckpoint(sent));
  else transaction.del(key);
  for (const [stream, tenants] of tenantsByStream(rows)) {
    transaction.publish(changeChannelOf(stream), JSON.stringify([...tenants]));
  }
  const results = await transaction.exec();
  if (results === null) return 'busy';
  const failure = results.find(([error]) => error !== null)?.[0];
  if (failure) {
    // Redis does not undo the rest of a MULTI: without the marker all of it is sent again.
    await session.del(key);
    throw failure;
  }
  if (resend) {
    log.warn({ published: unsent.published.toString(), after: unsent.from.toString() }, REASONS[resend]);
  }
  await recordPublished(db, unsent, sent);
  return rows.length;
}

async function readOutboxId({ sql }: Db): Promise<string> {
  const [row] = await sql<{ outboxId: string }[]>`select outbox_id as "outboxId" from outbox_relay`;
  if (!row) throw noRelayRow();
  return row.outboxId;
}
