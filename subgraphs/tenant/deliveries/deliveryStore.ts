/** SQL of deliveries, except the worker's (`queueStore.ts`). */
import {
  webhookDeliveries,
  webhooks,
  type WebhookDeliveryRow,
  type WebhookEventName,
} from '@drizzle/tenant/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { groupBy } from '@libs/db/groupBy';
import { newId } from '@libs/db/ids';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { KeysetRange } from '@libs/db/keysetPages';
import { inRangeOrder, isInRange, type SortColumn } from '@libs/db/keysetSql';
import { and, eq, inArray, isNull, sql, type SQLWrapper } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Temporal } from 'temporal-polyfill';

export type DeliveryContent = {
  tenantId: TenantId;
  eventId: string;
  event: WebhookEventName;
  bookingId: string;
  traceId: string;
  body: string;
};

/** Inserts one delivery for each active webhook of the event's tenant that wants it, in the order of the events. Returns how many. */
export async function insertDeliveriesOfAllTenants(
  db: Queryable,
  events: readonly DeliveryContent[],
  now: Temporal.Instant,
): Promise<number> {
  const tenantIds = [...new Set(events.map(({ tenantId }) => tenantId))];
  const active = await db.sql<{ id: string; tenantId: string; events: WebhookEventName[] }[]>`
    select id, tenant_id as "tenantId", events::text[] from webhooks
    where tenant_id = any(${tenantIds}::uuid[]) and deleted_at is null and is_active`;
  const rows = events.flatMap((content) =>
    active
      .filter((webhook) => webhook.tenantId === content.tenantId && webhook.events.includes(content.event))
      .map((webhook) => ({
        id: newId(),
        tenant_id: content.tenantId,
        webhook_id: webhook.id,
        event_id: content.eventId,
        event: content.event,
        booking_id: content.bookingId,
        trace_id: content.traceId,
        body: content.body,
      })),
  );
  if (rows.length === 0) return 0;
  const at = formatInstant(now);
  const inserted = await db.sql`
    insert into webhook_deliveries
      (id, tenant_id, webhook_id, event_id, event, booking_id, trace_id, body, created_at, next_attempt_at)
    select id, tenant_id, webhook_id, event_id, event, booking_id, trace_id, body, ${at}::timestamptz, ${at}::timestamptz
    from rows from (
      jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as (
        id uuid, tenant_id uuid, webhook_id uuid, event_id uuid, event webhook_event, booking_id uuid, trace_id text, body text
      )
    ) with ordinality as row(id, tenant_id, webhook_id, event_id, event, booking_id, trace_id, body, ordinal)
    order by ordinal`;
  return inserted.count;
}

export async function insertRedelivery(
  tenantId: TenantId,
  db: Queryable,
  { webhookId, eventId, event, bookingId, traceId, body }: WebhookDeliveryRow,
  now: Temporal.Instant,
): Promise<WebhookDeliveryRow> {
  const [row] = await db.drizzle
    .insert(webhookDeliveries)
    .values({
      tenantId,
      webhookId,
      eventId,
      event,
      bookingId,
      traceId,
      body,
      createdAt: now,
      nextAttemptAt: now,
    })
    .returning();
  return row!;
}

/** Makes the event's pending delivery, if any, due now. */
export async function bringForward(
  tenantId: TenantId,
  db: Queryable,
  { webhookId, eventId, bookingId }: WebhookDeliveryRow,
  now: Temporal.Instant,
): Promise<WebhookDeliveryRow | undefined> {
  const [row] = await db.drizzle
    .update(webhookDeliveries)
    .set({
      nextAttemptAt: sql`least(${webhookDeliveries.nextAttemptAt}, ${formatInstant(now)}::timestamptz)`,
    })
    .where(
      and(
        eq(webhookDeliveries.tenantId, tenantId),
        eq(webhookDeliveries.webhookId, webhookId),
        eq(webhookDeliveries.bookingId, bookingId),
        eq(webhookDeliveries.eventId, eventId),
        eq(webhookDeliveries.status, 'PENDING'),
      ),
    )
    .returning();
  return row;
}

/** Locks the row, so that the second of two concurrent redeliveries finds what the first inserted. */
export async function lockDelivery(
  tenantId: TenantId,
  db: Queryable,
  id: string,
): Promise<WebhookDeliveryRow | undefined> {
  const [row] = await db.drizzle
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.tenantId, tenantId)))
    .for('no key update');
  return row;
}

/** Undefined if the webhook is deleted. */
export async function ownerOfDeliveryOfAllTenants(
  db: Queryable,
  id: string,
): Promise<{ tenantId: string; isActive: boolean } | undefined> {
  const [row] = await db.drizzle
    .select({ tenantId: webhookDeliveries.tenantId, isActive: webhooks.isActive })
    .from(webhookDeliveries)
    .innerJoin(webhooks, and(eq(webhooks.id, webhookDeliveries.webhookId), isNull(webhooks.deletedAt)))
    .where(eq(webhookDeliveries.id, id));
  return row;
}

/** By arrival, whose keys are decimal digits. */
export type DeliveryPageRequest = { status: WebhookDeliveryRow['status'] | null; range: KeysetRange };

const candidate = alias(webhookDeliveries, 'candidate');
const byArrival = ({ arrival }: { arrival: SQLWrapper }): SortColumn[] => [
  { column: arrival, type: 'bigint' },
];

/** A page of each webhook's log, by webhook id, in one statement. `ids` must be distinct. */
export async function deliveryPagesOfAllTenants(
  db: Queryable,
  ids: readonly string[],
  { status, range }: DeliveryPageRequest,
): Promise<Map<string, WebhookDeliveryRow[]>> {
  // UUIDs are safe in array text.
  const webhookIds = `{${ids.join()}}`;
  const pages = sql`(
    select part.id from unnest(${webhookIds}::uuid[]) as webhook (id) cross join lateral (
      select ${candidate.id} from ${webhookDeliveries} as candidate
      where ${and(
        sql`${candidate.webhookId} = webhook.id`,
        status ? eq(candidate.status, status) : undefined,
        isInRange(byArrival(candidate), range),
      )}
      order by ${sql.join(inRangeOrder(byArrival(candidate), range))}
      limit ${range.limit}
    ) as part
  )`;
  const rows = await db.drizzle
    .select()
    .from(webhookDeliveries)
    .where(inArray(webhookDeliveries.id, pages))
    .orderBy(...inRangeOrder(byArrival(webhookDeliveries), range));
  return groupBy(rows, (row) => row.webhookId);
}
