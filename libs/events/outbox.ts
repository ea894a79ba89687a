/**
 * The outbox: facts are written in the transaction of the change that they tell of, so that both are committed or neither.
 *
 * Readers go by `position`, which the relay gives to a row once it is committed (`numbering.ts`): positions become visible in
 * their own order, so `position > cursor` misses nothing, and of two changes of one booking the earlier has the lower one.
 */
import { newId } from '@libs/db/ids';
import type { Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type postgres from 'postgres';
import { outboxBell } from './bell.ts';
import {
  announcedFact,
  EVENT_VERSION,
  streamOf,
  type AnnouncedFact,
  type Fact,
  type FactType,
  type Metadata,
  type Occasion,
  type Stream,
} from './catalogue.ts';

/** How long announced facts are kept, in days: how far back a subscriber may resume, and an operator may replay. */
export const OUTBOX_KEPT_DAYS = 7;
/** Rows that one read returns at most. */
export const MOST_ROWS_PER_READ = 1_000;

/**
 * Writes facts to the outbox within `tx`, in the order given, and wakes the relay once `tx` has committed. Call it after
 * the change itself: the rows that the change holds are what keeps the facts of one booking in order. Returns the event ids.
 */
export async function announce(tx: Tx, facts: Fact | readonly Fact[], occasion: Occasion): Promise<string[]> {
  const rows = [facts].flat().map((fact: Fact) => ({
    id: newId(),
    stream: streamOf(fact.type),
    event_type: fact.type,
    tenant_id: fact.payload.tenant_id,
    payload: fact.payload,
  }));
  if (rows.length === 0) return [];
  await tx.sql`
    insert into outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
    select id, stream, event_type, tenant_id, payload, ${formatInstant(occasion.now)}::text::timestamptz,
           ${occasion.traceId}, ${EVENT_VERSION}
    from rows from (
      jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as (id uuid, stream text, event_type text, tenant_id uuid, payload jsonb)
    ) with ordinality as fact(id, stream, event_type, tenant_id, payload, place)
    order by place`;
  tx.afterCommit(outboxBell.ring);
  return rows.map((row) => row.id);
}

/** A place in the outbox: the position of the last row read, in decimal digits. Later places have greater numbers. */
export type OutboxCursor = string;

export type OutboxRow = {
  cursor: OutboxCursor;
  stream: Stream;
  type: FactType;
  /** JSON text. */
  payload: string;
  metadata: Metadata;
};

type StoredRow = {
  position: string;
  stream: Stream;
  event_type: FactType;
  payload: string;
  id: string;
  tenant_id: string;
  occurred_at: string;
  trace_id: string;
  version: number;
};

/** Whether the text could be a cursor; what a client sends is not trusted to reach SQL. */
export const isOutboxCursor = (text: string): boolean => /^(0|[1-9]\d{0,17})$/.test(text);

/**
 * The rows after `cursor` (null: from the first that is kept), oldest first, `limit` at most (and MOST_ROWS_PER_READ);
 * those of one tenant only where `tenantId` is given. Read again with the last row's cursor until nothing comes.
 */
export async function readOutboxAfter(
  sql: postgres.Sql | postgres.TransactionSql,
  cursor: OutboxCursor | null,
  options: { limit?: number; tenantId?: string } = {},
): Promise<OutboxRow[]> {
  const { tenantId } = options;
  const limit = Math.min(options.limit ?? MOST_ROWS_PER_READ, MOST_ROWS_PER_READ);
  const rows = await sql<StoredRow[]>`
    select position::text, stream, event_type, payload::text, id, tenant_id, trace_id, version,
           to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as occurred_at
    from outbox
    where position > ${cursor ?? '0'}::text::bigint ${tenantId === undefined ? sql`` : sql`and tenant_id = ${tenantId}`}
    order by outbox.position
    limit ${limit}`;
  return rows.map((row) => ({
    cursor: row.position,
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
  }));
}

/** The fact that an outbox row holds. */
export function factOfRow(row: OutboxRow): AnnouncedFact {
  return announcedFact(row.type, JSON.parse(row.payload), row.metadata);
}

/**
 * The outbox's ends: rows after `removed` are all kept, so a cursor below it may have missed some; `last` is the newest
 * position given out, so a cursor above it is not of this outbox.
 */
export async function outboxEnds(
  sql: postgres.Sql | postgres.TransactionSql,
): Promise<{ removed: OutboxCursor; last: OutboxCursor }> {
  const [ends] = await sql<{ removed: string; last: string }[]>`
    select relay.removed::text, greatest(relay.removed, (select max(position) from outbox))::text as last
    from outbox_relay relay`;
  if (!ends) throw new Error('outbox_relay has no row: the migrations of this database have not run');
  return ends;
}

/**
 * The present, for a reader who wants one tenant's rows that are committed from now on: those after `last`, but for `waiting`, the
 * event ids of rows that are committed already and have no position yet.
 */
export async function outboxNow(
  sql: postgres.Sql | postgres.TransactionSql,
  tenantId: string,
): Promise<{ last: OutboxCursor; waiting: string[] }> {
  // One statement, so one snapshot: a row that it sees is either numbered or waiting.
  const [now] = await sql<{ last: string; waiting: string[] }[]>`
    select greatest(relay.removed, (select max(position) from outbox))::text as last,
           array(select id from outbox where position is null and tenant_id = ${tenantId}::uuid) as waiting
    from outbox_relay relay`;
  if (!now) throw new Error('outbox_relay has no row: the migrations of this database have not run');
  return now;
}

/** The tenants that have rows after `cursor`, and the last position that was looked at. */
export async function tenantsAfter(
  sql: postgres.Sql | postgres.TransactionSql,
  cursor: OutboxCursor,
): Promise<{ tenantIds: string[]; last: OutboxCursor }> {
  const rows = await sql<{ tenantId: string; last: string }[]>`
    select tenant_id as "tenantId", max(position)::text as last
    from outbox where position > ${cursor}::text::bigint
    group by tenant_id`;
  const last = rows.reduce(
    (most, row) => (BigInt(row.last) > most ? BigInt(row.last) : most),
    BigInt(cursor),
  );
  return { tenantIds: rows.map(({ tenantId }) => tenantId), last: last.toString() };
}
