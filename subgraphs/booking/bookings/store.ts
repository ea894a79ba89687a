/**
 * SQL of bookings and series: raw and prepared, because it is the hot path.
 *
 * To give a booking a time on resources, a verb follows this protocol, so that no seat is given twice:
 *
 * 1. While others write to the resources, look without a lock first: under contention most requests are refused here, by a read
 *    (`refusalsBeforeLocking`).
 * 2. Lock the resources, and the tenant and users in share mode (`lockBookingParties`; for moves, `lockBookingMove` first), so that
 *    writers of one resource run one by one and cannot deadlock.
 * 3. Look for tombstones, closures and what others occupy, and judge. If nothing refuses the request: end expired holds, and assign the
 *    seats of others anew where the free ones are in pieces (`reassignAllocations`).
 * 4. Write bookings with their allocations, announce, and last raise the resources' versions (`bumpResourceVersions`).
 * 5. The constraints decide: a violation of NO_OVERLAP becomes CONFLICT, and the deferred foreign key bookings_allocated lets no
 *    booking that occupies a resource be committed without its allocation.
 */
import { randomInt } from 'node:crypto';
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { anyOf } from '@libs/db/rowsByIds';
import { Temporal } from 'temporal-polyfill';
import { allocationsJson, inLockOrder } from './allocations/allocationStore.ts';
import type { NewAllocation } from './allocations/demands.ts';
import {
  bookingColumns,
  bookingFormat,
  bookingOf,
  seriesFormat,
  type RawBooking,
  type RawRow,
} from './rows.ts';
import { occupiesResource } from './status.ts';

const byStart = (a: BookingRow, b: BookingRow): number =>
  Temporal.Instant.compare(a.startTime, b.startTime) || (a.id < b.id ? -1 : 1);

// Looking

export async function findBooking(
  tenantId: TenantId,
  db: Queryable,
  id: string,
): Promise<BookingRow | undefined> {
  const [row] = await findBookings(tenantId, db, [id]);
  return row;
}

/** By start, without those that do not exist. */
export async function findBookings(
  tenantId: TenantId,
  db: Queryable,
  ids: readonly string[],
): Promise<BookingRow[]> {
  const rows = await db.sql<RawBooking[]>`
    select ${bookingColumns(db.sql)} from bookings where id = ${anyOf(db.sql, ids)} and tenant_id = ${tenantId}::uuid`;
  return rows.map(bookingOf).sort(byStart);
}

export async function bookingsByIdOfAllTenants(db: Queryable, ids: readonly string[]): Promise<BookingRow[]> {
  const rows = await db.sql<RawBooking[]>`
    select ${bookingColumns(db.sql)} from bookings where id = ${anyOf(db.sql, ids)}`;
  return rows.map(bookingOf);
}

export async function seriesByIdOfAllTenants(db: Queryable, ids: readonly string[]): Promise<SeriesRow[]> {
  const rows = await db.sql<RawRow<SeriesRow>[]>`
    select ${seriesFormat.select(db.sql)} from booking_series where id = ${anyOf(db.sql, ids)}`;
  return rows.map(seriesFormat.fromRaw);
}

/** For changes: until its keys change, allocations may still refer to it, which `reassignAllocations` needs (`inLockOrder`). */
export async function lockBooking(tenantId: TenantId, tx: Tx, id: string): Promise<BookingRow | undefined> {
  const [row] = await tx.sql<RawBooking[]>`
    select ${bookingColumns(tx.sql)} from bookings where id = ${id}::uuid and tenant_id = ${tenantId}::uuid for no key update`;
  return row && bookingOf(row);
}

// Writing

export type NewBooking = Omit<BookingRow, 'tenantId'>;
export type NewSeries = Omit<SeriesRow, 'tenantId'>;

/** Writes bookings with what they occupy; returns them by start. Throws on NO_OVERLAP if a seat is taken. */
export async function insertBookings(
  tenantId: TenantId,
  tx: Tx,
  bookings: readonly NewBooking[],
  allocations: readonly (readonly NewAllocation[])[],
): Promise<BookingRow[]> {
  const { sql } = tx;
  const columns = bookingFormat.columns(sql);
  const json = JSON.stringify(bookings.map((row) => bookingFormat.toJson({ ...row, tenantId })));
  const occupied = allocationsJson(
    tenantId,
    bookings.map(({ id }, index) => ({ owner: { bookingId: id }, allocations: allocations[index]! })),
  );
  const rows = await sql<RawBooking[]>`
    with booking as (
      insert into bookings (${columns})
      select ${columns} from jsonb_populate_recordset(null::bookings, ${json}::jsonb)
      returning ${bookingColumns(sql)}
    ), allocation as (
      insert into allocations select * from jsonb_populate_recordset(null::allocations, ${occupied}::jsonb)
    )
    select * from booking`;
  if (bookings.some(({ additionalResources }) => additionalResources)) {
    await insertAdditionalResources(
      tenantId,
      tx,
      bookings.map(({ id }) => id),
    );
  }
  return rows.map(bookingOf).sort(byStart);
}

/** Once the bookings are written: the rows that refer to the allocations of their additional resources. */
export async function insertAdditionalResources(
  tenantId: TenantId,
  tx: Tx,
  bookingIds: readonly string[],
): Promise<void> {
  await tx.sql`
    insert into booking_resources (booking_id, tenant_id, resource_id, start_time, end_time, occupies)
    select id, tenant_id, (additional ->> 'resourceId')::uuid, start_time, end_time, occupies
    from bookings cross join lateral jsonb_array_elements(additional_resources) as additional
    where id = any(${[...bookingIds]}::uuid[]) and tenant_id = ${tenantId}::uuid`;
}

/** Call it before a booking gets others: nothing then refers to the allocations of the old ones. */
export async function deleteAdditionalResources(
  tenantId: TenantId,
  tx: Tx,
  bookingIds: readonly string[],
): Promise<void> {
  await tx.sql`
    delete from booking_resources where booking_id = any(${[...bookingIds]}::uuid[]) and tenant_id = ${tenantId}::uuid`;
}

export async function insertSeries(tenantId: TenantId, tx: Tx, series: NewSeries): Promise<SeriesRow> {
  const { sql } = tx;
  const columns = seriesFormat.columns(sql);
  const json = JSON.stringify(seriesFormat.toJson({ ...series, tenantId }));
  const [row] = await sql<RawRow<SeriesRow>[]>`
    insert into booking_series (${columns})
    select ${columns} from jsonb_populate_record(null::booking_series, ${json}::jsonb)
    returning ${seriesFormat.select(sql)}`;
  return seriesFormat.fromRaw(row!);
}

export type BookingChanges = Partial<
  Omit<BookingRow, 'id' | 'tenantId' | 'userId' | 'seriesId' | 'version' | 'createdAt' | 'updatedAt'>
>;

/**
 * Applies the same changes to bookings that this transaction has locked; returns them by start. A status that occupies nothing gives their
 * time back; for any other change of what they occupy, the caller replaces their allocations.
 */
export async function changeBookings(
  tenantId: TenantId,
  tx: Tx,
  locked: readonly BookingRow[],
  changes: BookingChanges,
  now: Temporal.Instant,
): Promise<BookingRow[]> {
  const { sql } = tx;
  const next = { ...changes, updatedAt: now };
  const columns = bookingFormat.columns(sql, Object.keys(next));
  const json = JSON.stringify(bookingFormat.toJson(next));
  const ids = locked.map(({ id }) => id);
  const isFreed = changes.status !== undefined && !occupiesResource(changes.status);
  const isOwn = sql`booking_id = any(${ids}::uuid[]) and tenant_id = ${tenantId}::uuid`;
  const { lock, isLocked } = inLockOrder(sql, isOwn);
  const rows = await sql<RawBooking[]>`
    ${isFreed ? sql`with ${lock}, freed as (delete from allocations where ${isOwn} and ${isLocked})` : sql``}
    update bookings set version = version + 1,
      (${columns}) = (select ${columns} from jsonb_populate_record(null::bookings, ${json}::jsonb))
    where id = any(${ids}::uuid[]) and tenant_id = ${tenantId}::uuid ${isFreed ? sql`and ${isLocked}` : sql``}
    returning ${bookingColumns(sql)}`;
  return rows.map(bookingOf).sort(byStart);
}

/** A version counts the changes above so many bits. Those below are random: a number that a fail-over lost does not come back. */
const RANDOM_BITS = 32;

/**
 * Voids cached busy times of these resources. Call it once, as the last write: the rows stay locked only for the commit, and in one
 * order for every writer.
 */
export async function bumpResourceVersions(
  tenantId: TenantId,
  tx: Tx,
  resourceIds: readonly string[],
): Promise<void> {
  const first = 2 ** RANDOM_BITS + randomInt(2 ** RANDOM_BITS);
  await tx.sql`
    insert into resource_versions as known (resource_id, tenant_id, version)
    select id, ${tenantId}::uuid, ${String(first)}::bigint
    from (select distinct id from unnest(${[...resourceIds]}::uuid[]) as id order by id) as changed
    on conflict (resource_id, tenant_id) do update
      set version = (known.version >> ${RANDOM_BITS}::int << ${RANDOM_BITS}::int) + excluded.version`;
}
