/** SQL of the bookings and holds that closures overlap. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { instantOfText } from '@libs/db/columns';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import type { ConflictingHold } from '@libs/outcome/outcome';
import { formatInstant } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import type { Temporal } from 'temporal-polyfill';
import { bookingColumns, bookingOf, type RawBooking } from '../rows.ts';

/** A closure's times and resources. */
export type ClosedTime = {
  /** Null: everything. */
  resourceIds: readonly string[] | null;
  /** In order. */
  spans: readonly Span[];
};

/** Bookings and holds that are over are left out. */
type OverlapQuery = { closed: readonly ClosedTime[]; now: Temporal.Instant };

/** CTEs `closed` and `span` of the closures by their position `n`, with what has not ended. */
function closedTimes(sql: Queryable['sql'], { closed, now }: OverlapQuery) {
  const spans = closed.flatMap((one, n) =>
    one.spans.filter(({ end }) => end > now.epochMilliseconds).map((span) => ({ n, ...span })),
  );
  return sql`
    closed as (
      select n::int as n, ids::uuid[] as ids
      from unnest(${closed.map((_, n) => String(n))}::text[],
                  ${closed.map(({ resourceIds }) => resourceIds && `{${resourceIds.join(',')}}`)}::text[]) as one(n, ids)
    ), span as (
      select n::int as n, start_text::timestamptz as opens_not, end_text::timestamptz as opens
      from unnest(${spans.map(({ n }) => String(n))}::text[],
                  ${spans.map(({ start }) => formatInstant(start))}::text[],
                  ${spans.map(({ end }) => formatInstant(end))}::text[]) as one(n, start_text, end_text)
    )`;
}

/**
 * CTE `hit`: the bookings that occupy their resources and have not ended, each with the first closure that it overlaps. Two index scans for
 * each span: hardly any booking lasts longer than 26 hours (`earliestStart`), and bookings_long has those, up to 746 hours.
 */
function hits(sql: Queryable['sql'], tenantId: TenantId, query: OverlapQuery) {
  const overlaps = sql`
    one.tenant_id = ${tenantId}::uuid and one.occupies and one.end_time > span.opens_not
      and one.end_time > ${formatInstant(query.now)}::timestamptz`;
  return sql`
    ${closedTimes(sql, query)}, hit as materialized (
      select booking.id, min(span.n) as n
      from span join closed using (n) cross join lateral (
        select one.id, one.resource_id from bookings one
        where ${overlaps} and one.start_time < span.opens and one.start_time > span.opens_not - interval '26 hours'
        union all
        select one.id, one.resource_id from bookings one
        where ${overlaps} and one.end_time - one.start_time > interval '26 hours'
          and one.start_time <= span.opens_not - interval '26 hours'
          and one.start_time > span.opens_not - interval '746 hours'
      ) as booking
      where closed.ids is null or booking.resource_id = any(closed.ids) or exists (
        select from booking_resources additional
        where additional.booking_id = booking.id and additional.resource_id = any(closed.ids))
      group by booking.id
    )`;
}

/** How many there are, and the first `limit` by start; of those, only the ones by or for `onlyOf`, if given. */
export async function findOverlapping(
  tenantId: TenantId,
  db: Queryable,
  query: OverlapQuery & { limit: number; onlyOf?: string | undefined },
): Promise<{ total: number; ids: string[] }> {
  const { sql } = db;
  const { onlyOf = null } = query;
  const [row] = await sql<{ total: number; ids: string[] }[]>`
    with ${hits(sql, tenantId, query)}
    select (select count(*)::int from hit) as total,
      array(select id from hit join bookings using (id)
            where ${onlyOf}::uuid is null or user_id = ${onlyOf}::uuid or client_id = ${onlyOf}::uuid
            order by start_time, id limit ${query.limit}) as ids`;
  return row!;
}

/** All of them, by id, with the position of the closure. */
export async function findAllOverlapping(
  tenantId: TenantId,
  db: Queryable,
  query: OverlapQuery,
): Promise<{ id: string; n: number }[]> {
  return db.sql<{ id: string; n: number }[]>`
    with ${hits(db.sql, tenantId, query)} select id, n from hit order by id`;
}

/** Those of `ids` that can still be cancelled, locked in the order of their ids. */
export async function lockCancellable(
  tenantId: TenantId,
  tx: Tx,
  ids: readonly string[],
): Promise<BookingRow[]> {
  const { sql } = tx;
  const rows = await sql<RawBooking[]>`
    select ${bookingColumns(sql)} from bookings
    where id = any(${[...ids]}::uuid[]) and tenant_id = ${tenantId}::uuid and status in ('PENDING', 'CONFIRMED')
    order by id
    for no key update`;
  return rows.map(bookingOf);
}

export type OverlappingHold = Omit<ConflictingHold, 'isMine'> & {
  id: string;
  createdBy: string | null;
  resourceIds: string[];
};

/** The holds that have not expired, by start. */
export async function findOverlappingHolds(
  tenantId: TenantId,
  db: Queryable,
  query: OverlapQuery,
): Promise<OverlappingHold[]> {
  const { sql } = db;
  type RawHold = Omit<OverlappingHold, 'startTime' | 'endTime' | 'expiresAt'> & {
    startTime: string;
    endTime: string;
    expiresAt: string;
  };
  const rows = await sql<RawHold[]>`
    with ${closedTimes(sql, query)}
    select hold.id, hold.created_by as "createdBy", hold.start_time as "startTime", hold.end_time as "endTime",
           hold.expires_at as "expiresAt", occupied.ids as "resourceIds"
    from holds hold cross join lateral (
      select array_agg((one ->> 'resourceId')::uuid) as ids from jsonb_array_elements(hold.resources) as one
    ) as occupied
    where hold.tenant_id = ${tenantId}::uuid and hold.ended_at is null
      and hold.expires_at > ${formatInstant(query.now)}::timestamptz
      and exists (
        select from span join closed using (n)
        where hold.start_time < span.opens and hold.end_time > span.opens_not
          and (closed.ids is null or closed.ids && occupied.ids))
    order by hold.start_time, hold.id`;
  return rows.map((row) => ({
    ...row,
    startTime: instantOfText(row.startTime),
    endTime: instantOfText(row.endTime),
    expiresAt: instantOfText(row.expiresAt),
  }));
}

/** The resources of the tenant's bookings and holds that occupy anything within the time. */
export async function resourcesInUse(
  tenantId: TenantId,
  db: Queryable,
  { start, end }: Span,
): Promise<string[]> {
  const { sql } = db;
  const [from, to] = [formatInstant(start), formatInstant(end)];
  const rows = await sql<{ id: string }[]>`
    with booking as (
      select id, resource_id, additional_resources from bookings
      where tenant_id = ${tenantId}::uuid and occupies and start_time < ${to}::timestamptz
        and end_time > ${from}::timestamptz and start_time > ${from}::timestamptz - interval '746 hours'
    )
    select resource_id as id from booking
    union
    select (one ->> 'resourceId')::uuid from booking, jsonb_array_elements(additional_resources) as one
    union
    select (one ->> 'resourceId')::uuid from holds, jsonb_array_elements(resources) as one
    where tenant_id = ${tenantId}::uuid and ended_at is null and start_time < ${to}::timestamptz
      and end_time > ${from}::timestamptz`;
  return rows.map(({ id }) => id);
}
