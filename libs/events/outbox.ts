/**
 * The outbox: an event is written in the transaction of its change, so that both are committed or neither.
 *
 * Readers use `position`, which the relay assigns after the commit (`assignPositions.ts`): positions become visible in ascending
 * order, so `position > cursor` skips nothing, and one booking's changes are in order.
 */
import { newId } from '@libs/db/ids';
import type { Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import { recordAnnouncement } from '@libs/telemetry/traceSpans';
import type postgres from 'postgres';
import { actorOf, type Actor } from './actor.ts';
import { outboxSignal } from './wakeUpSignal.ts';
import {
  EVENT_VERSION,
  streamOf,
  type DomainEvent,
  type EventType,
  type EntryMetadata,
  type EventContext,
  type StreamName,
} from './catalogue.ts';
import {
  checkpointOf,
  eventAtSql,
  lastPositionSql,
  missingRelayRow,
  positionSql,
  checkpointStatus,
  type Checkpoint,
  type CheckpointStatus,
} from './history.ts';

type Sql = postgres.Sql | postgres.TransactionSql;

/** Limits how far back a subscription may resume and a replay may start. */
export const OUTBOX_RETENTION_DAYS = 7;
const MAX_ROWS_PER_READ = 1_000;

/**
 * Writes events to the outbox within `tx`, in the order given, and wakes the relay after the commit. Returns the event ids.
 * Call it after the change itself: the change's row locks keep the events of one booking in order.
 */
export async function announce(
  tx: Tx,
  events: DomainEvent | readonly DomainEvent[],
  context: EventContext,
): Promise<string[]> {
  const rows = [events].flat().map((event: DomainEvent) => ({
    id: newId(),
    stream: streamOf(event.type),
    event_type: event.type,
    tenant_id: event.payload.tenant_id,
    payload: event.payload,
  }));
  if (rows.length === 0) return [];
  const actor = context.actor ?? actorOf(context.caller);
  await tx.sql`
    insert into outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version, actor)
    select id, stream, event_type, tenant_id, payload, ${formatInstant(context.now)}::timestamptz,
           ${context.traceId}, ${EVENT_VERSION}, ${JSON.stringify(actor)}::text::jsonb
    from rows from (
      jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as (id uuid, stream text, event_type text, tenant_id uuid, payload jsonb)
    ) with ordinality as event(id, stream, event_type, tenant_id, payload, ordinal)
    order by ordinal`;
  for (const { id, event_type: type } of rows)
    recordAnnouncement(`announce ${type}`, { traceId: context.traceId, eventId: id });
  tx.afterCommit(() => void outboxSignal.emit('wakeUp'));
  return rows.map((row) => row.id);
}

/** In decimal digits. */
export type OutboxPosition = string;

export type OutboxRow = {
  position: OutboxPosition;
  stream: StreamName;
  type: EventType;
  /** JSON text. */
  payload: string;
  metadata: EntryMetadata;
};

export type StoredRow = {
  position: string;
  stream: StreamName;
  event_type: EventType;
  payload: string;
  id: string;
  tenant_id: string;
  occurred_at: string;
  trace_id: string;
  version: number;
  actor: Actor | null;
};

/** Guards SQL against untrusted text. */
export const isOutboxPosition = (text: string): boolean => /^(0|[1-9]\d{0,17})$/.test(text);

const storedRowColumns = (sql: Sql) => sql`
  position::text, stream, event_type, payload::text, id, tenant_id, trace_id, version, actor,
  to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as occurred_at`;

export const outboxRowOf = (row: StoredRow): OutboxRow => ({
  position: row.position,
  stream: row.stream,
  type: row.event_type,
  payload: row.payload,
  metadata: {
    event_id: row.id,
    tenant_id: row.tenant_id,
    occurred_at: row.occurred_at,
    trace_id: row.trace_id,
    version: row.version,
    actor: row.actor,
  },
});

type ReadOptions = { limit?: number; tenantId?: string | undefined };

/** SQL: selects StoredRows after `position`, oldest first; at most MAX_ROWS_PER_READ. */
export const storedRowsSql = (sql: Sql, position: postgres.Fragment, { limit, tenantId }: ReadOptions) => sql`
  select ${storedRowColumns(sql)}
  from outbox
  where position > ${position} ${tenantId === undefined ? sql`` : sql`and tenant_id = ${tenantId}`}
  order by outbox.position
  limit ${Math.min(limit ?? MAX_ROWS_PER_READ, MAX_ROWS_PER_READ)}`;

/** The rows after `position` (null: from the oldest), oldest first; at most `limit` and MAX_ROWS_PER_READ. */
export async function readOutboxAfter(
  sql: Sql,
  position: OutboxPosition | null,
  options: ReadOptions = {},
): Promise<OutboxRow[]> {
  const rows = await sql<
    StoredRow[]
  >`${storedRowsSql(sql, positionSql(sql, BigInt(position ?? '0')), options)}`;
  return rows.map(outboxRowOf);
}

/** Like `readOutboxAfter`, with the checkpoint's status in the same snapshot. Returns rows only if it is `current`. */
export async function readAfterCheckpoint(
  sql: Sql,
  checkpoint: Checkpoint,
  options: ReadOptions = {},
): Promise<{ status: CheckpointStatus; rows: OutboxRow[] }> {
  const position = positionSql(sql, checkpoint.position);
  // If nothing follows, the left join yields one row without a position.
  const rows = await sql<(CheckpointRow & (StoredRow | NoStoredRow))[]>`
    select here.*, rows.*
    from (select removed::text, ${eventAtSql(sql, position)} as "eventHere" from outbox_relay) here
    left join lateral (${storedRowsSql(sql, position, options)}) rows on true
    order by rows.position::bigint`;
  const [first] = rows;
  if (!first) throw missingRelayRow();
  const status = checkpointStatus(checkpoint, { eventId: first.eventHere, removed: first.removed });
  return { status, rows: status === 'current' ? rows.filter(isStored).map(outboxRowOf) : [] };
}

type CheckpointRow = { removed: string; eventHere: string | null };
export type NoStoredRow = { position: null };
export const isStored = <Joined>(row: Joined & (StoredRow | NoStoredRow)): row is Joined & StoredRow =>
  row.position !== null;

/** Where to start reading a tenant's future rows: after `last`, skipping the event ids in `waiting` (committed, without position). */
export async function currentOutboxPosition(
  sql: Sql,
  tenantId: string,
): Promise<{ last: Checkpoint; waiting: string[] }> {
  // One statement is one snapshot, in which each row has a position or waits for one.
  const [now] = await sql<{ position: string; eventId: string | null; waiting: string[] }[]>`
    select last.position::text, ${eventAtSql(sql, sql`last.position`)} as "eventId",
           array(select id from outbox where position is null and tenant_id = ${tenantId}::uuid) as waiting
    from outbox_relay, lateral (select ${lastPositionSql(sql)} as position) last`;
  if (!now) throw missingRelayRow();
  return { last: checkpointOf(now), waiting: now.waiting };
}

/** The tenants with rows after a checkpoint, the newest checkpoint, and the given one's status. */
export async function tenantsAfter(
  sql: Sql,
  checkpoint: Checkpoint,
): Promise<{ status: CheckpointStatus; tenantIds: string[]; last: Checkpoint }> {
  const position = positionSql(sql, checkpoint.position);
  const [row] = await sql<
    (CheckpointRow & { position: string; eventId: string | null; tenantIds: string[] })[]
  >`
    select removed::text, ${eventAtSql(sql, position)} as "eventHere",
           last.position::text, ${eventAtSql(sql, sql`last.position`)} as "eventId",
           array(select distinct tenant_id from outbox where position > ${position}) as "tenantIds"
    from outbox_relay, lateral (select ${lastPositionSql(sql)} as position) last`;
  if (!row) throw missingRelayRow();
  const status = checkpointStatus(checkpoint, { eventId: row.eventHere, removed: row.removed });
  return { status, tenantIds: row.tenantIds, last: checkpointOf(row) };
}
