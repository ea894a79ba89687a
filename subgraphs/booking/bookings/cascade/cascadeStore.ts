/** SQL of bulk changes. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import { bookingColumns, bookingOf, type RawBooking } from '../rows.ts';
import { earliestStart } from '../windows.ts';

/** Rows per statement. */
export const CASCADE_BATCH = 500;

/** A user's bookings are those made for the user, not those that the user entered for somebody else. */
export type CascadeTarget = { resourceId: string } | { userId: string };

/**
 * Locks up to CASCADE_BATCH bookings that can still be cancelled and end after `now`. Rows are locked in the order of their ids
 * everywhere, to exclude deadlocks.
 */
export async function lockCancellableOf(
  tenantId: TenantId,
  tx: Tx,
  target: CascadeTarget,
  now: Temporal.Instant,
): Promise<BookingRow[]> {
  const { sql } = tx;
  const after = formatInstant(now);
  const ofTarget =
    'resourceId' in target
      ? sql`(resource_id = ${target.resourceId}::uuid or id in (
          select booking_id from booking_resources where resource_id = ${target.resourceId}::uuid and occupies))`
      : sql`client_id = ${target.userId}::uuid`;
  const rows = await sql<RawBooking[]>`
    select ${bookingColumns(sql)} from bookings
    where tenant_id = ${tenantId}::uuid and ${ofTarget} and status in ('PENDING', 'CONFIRMED')
      and end_time > ${after}::timestamptz
      and start_time > ${earliestStart(tenantId, sql, now)}
    order by id
    limit ${CASCADE_BATCH}
    for no key update`;
  return rows.map(bookingOf);
}

/**
 * Locks the series' bookings that can still be cancelled and start at or after `from`, in the order of their ids. A series that was extended
 * may have more than MAX_OCCURRENCES, of which only those that lie ahead are limited.
 */
export async function lockCancellableOfSeries(
  tenantId: TenantId,
  tx: Tx,
  seriesId: string,
  from: Temporal.Instant,
): Promise<BookingRow[]> {
  const { sql } = tx;
  const rows = await sql<RawBooking[]>`
    select ${bookingColumns(sql)} from bookings
    where tenant_id = ${tenantId}::uuid and series_id = ${seriesId}::uuid and status in ('PENDING', 'CONFIRMED')
      and start_time >= ${formatInstant(from)}::timestamptz
    order by id
    for no key update`;
  return rows.map(bookingOf);
}

export const TABLES_OF_TENANT = [
  'bookings',
  'holds',
  'booking_series',
  'closures',
  'idempotency_keys',
  'resource_versions',
  'due',
  'reminder_progress',
];

/** Deletes up to CASCADE_BATCH rows; returns how many. */
export async function deleteSomeOfTenant(tenantId: TenantId, tx: Tx): Promise<number> {
  const { sql } = tx;
  // Allocations and additional resources go with their bookings and holds.
  for (const table of TABLES_OF_TENANT) {
    const { count } = await sql`
      delete from ${sql(table)} where ctid = any(array(
        select ctid from ${sql(table)} where tenant_id = ${tenantId}::uuid limit ${CASCADE_BATCH}
      )) and tenant_id = ${tenantId}::uuid`;
    if (count > 0) return count;
  }
  return 0;
}
