/**
 * Publishes outbox rows to their Redis streams in the order of their positions.
 *
 * The MULTI that adds the rows also sets the published checkpoint, so a Redis that restarts with older data or none has a checkpoint
 * that matches its streams. If it is missing or of another history (`history.ts`), all rows after `outbox_relay.acknowledged` are
 * sent again, and consumers drop repeats. WATCH on its key prevents two relays from publishing the same rows.
 */
import { execute, type RedisConnection } from '@libs/cache/redis';
import type { Db } from '@libs/db/connect';
import { inEventSpans, SpanKind } from '@libs/telemetry/traceSpans';
import { epochMs } from '@libs/time/clock';
import { epochMsOfText } from '@libs/time/instants';
import type { Log } from '@libs/telemetry/log';
import type { StreamName } from '../catalogue.ts';
import { fieldsOfRow } from '../entries.ts';
import { published, publishDelay } from '../eventMetrics.ts';
import { eventAtSql, missingRelayRow, positionSql, type Checkpoint } from '../history.ts';
import { formatCheckpoint, publishedCheckpointKey, readPublishedCheckpoint } from '../publishedCheckpoint.ts';
import {
  isStored,
  outboxRowOf,
  storedRowsSql,
  type NoStoredRow,
  type OutboxRow,
  type StoredRow,
} from '../outbox.ts';

/** Rows per MULTI. */
export const PUBLISH_BATCH = 500;

/** Pub/sub channel for live readers of the outbox: after each batch, a JSON array of its tenant ids. Messages may be lost. */
export const changeChannelOf = (stream: StreamName): string => `vaga:doorbell:${stream}`;

function tenantsByStream(rows: readonly OutboxRow[]): Map<StreamName, Set<string>> {
  const tenants = new Map<StreamName, Set<string>>();
  for (const { stream, metadata } of rows) {
    if (!tenants.has(stream)) tenants.set(stream, new Set());
    tenants.get(stream)?.add(metadata.tenant_id);
  }
  return tenants;
}

/** Why events are sent again. */
export type ResendReason = 'REDIS_LOST' | 'HISTORY_REPLACED';

export type Unsent = {
  outboxId: string;
  /** Rows after this position may be missing in Redis. */
  after: bigint;
  /** Rows up to this position were sent before. */
  published: bigint;
  /** Set if rows are sent again and this is not recorded yet. */
  resend: ResendReason | null;
  rows: OutboxRow[];
};

type RelayState = {
  outboxId: string;
  after: string;
  published: string;
  /** Redis's checkpoint belongs to this history. */
  isCurrent: boolean;
  /** Its row has been purged, so its history is unknown. */
  isRemoved: boolean;
  /** It is within a range that is being sent again. */
  isResending: boolean;
};

/** A replaced history is reported even if no row is due again. */
function resendReason(published: Checkpoint | null, state: RelayState): ResendReason | null {
  if (published !== null && !state.isCurrent && !state.isRemoved) return 'HISTORY_REPLACED';
  const isBehind = BigInt(state.published) > BigInt(state.after);
  return isBehind && !(state.isCurrent && state.isResending) ? 'REDIS_LOST' : null;
}

/** Reads what a Redis with this checkpoint lacks, at most `limit` rows, in one snapshot. */
export async function readUnsent(db: Db, published: Checkpoint | null, limit: number): Promise<Unsent> {
  const { sql } = db;
  const position = positionSql(sql, published?.position ?? -1n);
  const rows = await sql<(RelayState & (StoredRow | NoStoredRow))[]>`
    select relay.outbox_id as "outboxId", relay.start::text as "after", relay.published::text, relay.is_current as "isCurrent",
           relay.removed > ${position} as "isRemoved",
           coalesce(relay.start >= resent_after and relay.start < resent_until and published <= resent_until, false) as "isResending",
           rows.*
    from (
      select outbox_relay.*, is_current, case when is_current then ${position} else acknowledged end as start
      from outbox_relay,
           lateral (
             select coalesce(${eventAtSql(sql, position)} = ${published?.eventId ?? null}::uuid, false) as is_current
           ) checkpoint
    ) relay
    left join lateral (${storedRowsSql(sql, sql`relay.start`, { limit })}) rows on true
    order by rows.position::bigint`;
  const [state] = rows;
  if (!state) throw missingRelayRow();
  return {
    outboxId: state.outboxId,
    after: BigInt(state.after),
    published: BigInt(state.published),
    resend: resendReason(published, state),
    rows: rows.filter(isStored).map(outboxRowOf),
  };
}

const REASONS: Record<ResendReason, string> = {
  REDIS_LOST: 'Redis lost events: sending them again',
  HISTORY_REPLACED: 'the database was restored to an earlier state: sending events again',
};

/** Does nothing if the database was restored meanwhile. */
async function recordPublished(
  db: Db,
  { after, published, resend }: Unsent,
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
    const until = published > after ? published : after;
    await sql`
      update outbox_relay set resent_at = now(), resent_because = ${resend},
        resent_after = ${positionSql(sql, after)}, resent_until = ${positionSql(sql, until)}`;
  }
}

/** Returns the row count, or 'busy' if another relay published meanwhile or the outbox was replaced. */
export type PublishBatch = () => Promise<number | 'busy'>;

/** WATCH needs a `session` of the relay's own. */
export function publisher(db: Db, session: RedisConnection, log: Log): PublishBatch {
  let outboxId: string | undefined;
  return async () => {
    outboxId ??= await readOutboxId(db);
    const key = publishedCheckpointKey(outboxId);
    const [, published] = await Promise.all([session.watch(key), readPublishedCheckpoint(session, outboxId)]);
    // Read after the checkpoint, which is then never ahead of the rows of its history.
    const unsent = await readUnsent(db, published, PUBLISH_BATCH);
    const last = unsent.rows.at(-1);
    const isOtherOutbox = unsent.outboxId !== outboxId;
    if (isOtherOutbox || (!last && unsent.resend !== 'HISTORY_REPLACED')) {
      await session.unwatch();
      outboxId = unsent.outboxId;
      // A relay ended between Redis's commit and its note of it.
      if (!isOtherOutbox && unsent.after > unsent.published) await recordPublished(db, unsent, published);
      return isOtherOutbox ? 'busy' : 0;
    }
    const refs = unsent.rows.map(({ metadata }) => ({
      traceId: metadata.trace_id,
      eventId: metadata.event_id,
    }));
    const isSent = await inEventSpans('relay publish', refs, { kind: SpanKind.PRODUCER }, () =>
      send(session, key, unsent),
    );
    return isSent ? record(db, unsent, log) : 'busy';
  };
}

/** The checkpoint after the rows; null if there are none. */
const checkpointAfter = ({ rows }: Unsent): Checkpoint | null => {
  const last = rows.at(-1);
  return last ? { position: BigInt(last.position), eventId: last.metadata.event_id } : null;
};

/** Adds the rows and their checkpoint. False if another relay published meanwhile. */
async function send(session: RedisConnection, key: string, unsent: Unsent): Promise<boolean> {
  const transaction = session.multi();
  for (const row of unsent.rows) transaction.xadd(row.stream, '*', ...fieldsOfRow(row));
  const sent = checkpointAfter(unsent);
  if (sent) transaction.set(key, formatCheckpoint(sent));
  else transaction.del(key);
  for (const [stream, tenants] of tenantsByStream(unsent.rows)) {
    transaction.publish(changeChannelOf(stream), JSON.stringify([...tenants]));
  }
  const results = await execute(transaction);
  const failure = results?.find(([error]) => error !== null)?.[0];
  if (!failure) return results !== null;
  // Redis does not roll back the rest of a MULTI: without the checkpoint all of it is sent again.
  await session.del(key);
  throw failure;
}

async function record(db: Db, unsent: Unsent, log: Log): Promise<number> {
  const { resend, after, rows } = unsent;
  const nowMs = epochMs();
  for (const { stream, metadata } of rows) {
    published.inc({ stream });
    publishDelay.observe((nowMs - epochMsOfText(metadata.occurred_at)) / 1_000);
  }
  if (resend) log.warn({ published: unsent.published.toString(), after: after.toString() }, REASONS[resend]);
  await recordPublished(db, unsent, checkpointAfter(unsent));
  return unsent.rows.length;
}

async function readOutboxId({ sql }: Db): Promise<string> {
  const [row] = await sql<{ outboxId: string }[]>`select outbox_id as "outboxId" from outbox_relay`;
  if (!row) throw missingRelayRow();
  return row.outboxId;
}
