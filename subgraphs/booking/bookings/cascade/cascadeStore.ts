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

/** In batches of CASCADE_BATCH. Allocations and additional resources go with their bookings and holds. */
export async function deleteRowsOfTenant(tenantId: TenantId, tx: Tx): Promise<void> {
  for (const table of TABLES_OF_TENANT) while ((await deleteRowsOfTable(tenantId, tx, table)) > 0);
}

/**
 * Returns how many. A cursor reads each row once; a query for each batch would read again what the batches before it have deleted. It does not
 * see what others have written meanwhile.
 */
async function deleteRowsOfTable(tenantId: TenantId, { sql }: Tx, table: string): Promise<number> {
  await sql`
    declare rows_of_tenant no scroll cursor for
    select ctid::text as row from ${sql(table)} where tenant_id = ${tenantId}::uuid`;
  let total = 0;
  for (;;) {
    const rows = await sql<{ row: string }[]>`fetch ${sql.unsafe(String(CASCADE_BATCH))} from rows_of_tenant`;
    if (rows.length === 0) break;
    const { count } = await sql`
      delete from ${sql(table)}
      where ctid = any(${rows.map(({ row }) => row)}::text[]::tid[]) and tenant_id = ${tenantId}::uuid`;
    total += count;
  }
  await sql`close rows_of_tenant`;
  return total;
}
