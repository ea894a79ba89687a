/**
 * The outbox: facts are written in the transaction of the change that they tell of, so that both are committed or neither.
 *
 * Readers go by `position`, which the relay gives to a row once it is committed (`assignPositions.ts`): positions become visible in
 * their own order, so `position > cursor` misses nothing, and of two changes of one booking the earlier has the lower one.
 */
import { newId } from '@libs/db/ids';
import type { Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type postgres from 'postgres';
import { outboxSignal } from './wakeUpSignal.ts';
import {
  announcedEvent,
  EVENT_VERSION,
  streamOf,
  type AnnouncedEvent,
  type DomainEvent,
  type EventType,
  type EntryMetadata,
  type EventContext,
  type StreamName,
} from './catalogue.ts';
import {
  checkpointOf,
  eventAtSql,
  lastSql,
  noRelayRow,
  positionSql,
  checkpointStatus,
  type Checkpoint,
  type CheckpointStatus,
} from './history.ts';

type Sql = postgres.Sql | postgres.TransactionSql;

/** How long announced facts are kept, in days: how far back a subscriber may resume, and an operator may replay. */
export const OUTBOX_RETENTION_DAYS = 7;
/** Rows that one read returns at most. */
export const MAX_ROWS_PER_READ = 1_000;

/**
 * Writes facts to the outbox within `tx`, in the order given, and wakes the relay once `tx` has committed. Call it after
 * the change itself: the rows that the change holds are what keeps the facts of one booking in order. Returns the event ids.
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
  await tx.sql`
    insert into outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
    select id, stream, event_type, tenant_id, payload, ${formatInstant(context.now)}::text::timestamptz,
           ${context.traceId}, ${EVENT_VERSION}
    from rows from (
      jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as (id uuid, stream text, event_type text, tenant_id uuid, payload jsonb)
    ) with ordinality as event(id, stream, event_type, tenant_id, payload, ordinal)
    order by ordinal`;
  tx.afterCommit(() => void outboxSignal.emit('wakeUp'));
  return rows.map((row) => row.id);
}

/** A place in the outbox: the position of the last row read, in decimal digits. Later places have greater numbers. */
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
};

/** Whether the text could be a cursor; what a client sends is not trusted to reach SQL. */
export const isOutboxPosition = (text: string): boolean => /^(0|[1-9]\d{0,17})$/.test(text);

/** The columns of a StoredRow. */
const columns = (sql: Sql) => sql`
  position::text, stream, event_type, payload::text, id, tenant_id, trace_id, version,
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
  },
});

type ReadOptions = { limit?: number; tenantId?: string | undefined };

/** The select of StoredRows after `position`, an expression, oldest first. */
export const storedRowsSql = (sql: Sql, position: postgres.Fragment, { limit, tenantId }: ReadOptions) => sql`
  select ${columns(sql)}
  from outbox
  where position > ${position} ${tenantId === undefined ? sql`` : sql`and tenant_id = ${tenantId}`}
  order by outbox.position
  limit ${Math.min(limit ?? MAX_ROWS_PER_READ, MAX_ROWS_PER_READ)}`;

/**
 * The rows after `position` (null: from the first that is kept), oldest first, `limit` at most (and MAX_ROWS_PER_READ);
 * those of one tenant only where `tenantId` is given. Read again with the last row's cursor until nothing comes.
 */
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

/**
 * The rows after a checkpoint, as `readOutboxAfter`, and where the checkpoint stood in the same snapshot; rows only where that is
 * `current`: of a history that was replaced nothing follows in this one.
 */
export async function readAfterCheckpoint(
  sql: Sql,
  checkpoint: Checkpoint,
  options: ReadOptions = {},
): Promise<{ status: CheckpointStatus; rows: OutboxRow[] }> {
  const position = positionSql(sql, checkpoint.position);
  // One row without a position where nothing follows.
  const rows = await sql<(Found & (StoredRow | NoRow))[]>`
    select here.*, rows.*
    from (select removed::text, ${eventAtSql(sql, position)} as "eventHere" from outbox_relay) here
    left join lateral (${storedRowsSql(sql, position, options)}) rows on true
    order by rows.position::bigint`;
  const [first] = rows;
  if (!first) throw noRelayRow();
  const status = checkpointStatus(checkpoint, { eventId: first.eventHere, removed: first.removed });
  return { status, rows: status === 'current' ? rows.filter(isStored).map(outboxRowOf) : [] };
}

type Found = { removed: string; eventHere: string | null };
export type NoRow = { position: null };
export const isStored = <Found>(row: Found & (StoredRow | NoRow)): row is Found & StoredRow =>
  row.position !== null;

/** The fact that an outbox row holds. */
export function eventOfRow(row: OutboxRow): AnnouncedEvent {
  return announcedEvent(row.type, JSON.parse(row.payload), row.metadata);
}

/**
 * The present, for a reader who wants one tenant's rows that are committed from now on: those after `last`, but for `waiting`, the
 * event ids of rows that are committed already and have no position yet.
 */
export async function currentOutboxPosition(
  sql: Sql,
  tenantId: string,
): Promise<{ last: Checkpoint; waiting: string[] }> {
  // One statement, so one snapshot: a row that it sees is either numbered or waiting.
  const [now] = await sql<{ position: string; eventId: string | null; waiting: string[] }[]>`
    select last.position::text, ${eventAtSql(sql, sql`last.position`)} as "eventId",
           array(select id from outbox where position is null and tenant_id = ${tenantId}::uuid) as waiting
    from outbox_relay, lateral (select ${lastSql(sql)} as position) last`;
  if (!now) throw noRelayRow();
  return { last: checkpointOf(now), waiting: now.waiting };
}

/** The tenants that have rows after a checkpoint, and the newest one; `status` as of `readAfterCheckpoint`. */
export async function tenantsAfter(
  sql: Sql,
  checkpoint: Checkpoint,
): Promise<{ status: CheckpointStatus; tenantIds: string[]; last: Checkpoint }> {
  const position = positionSql(sql, checkpoint.position);
  const [row] = await sql<(Found & { position: string; eventId: string | null; tenantIds: string[] })[]>`
    select removed::text, ${eventAtSql(sql, position)} as "eventHere",
           last.position::text, ${eventAtSql(sql, sql`last.position`)} as "eventId",
           array(select distinct tenant_id from outbox where position > ${position}) as "tenantIds"
    from outbox_relay, lateral (select ${lastSql(sql)} as position) last`;
  if (!row) throw noRelayRow();
  const status = checkpointStatus(checkpoint, { eventId: row.eventHere, removed: row.removed });
  return { status, tenantIds: row.tenantIds, last: checkpointOf(row) };
}
