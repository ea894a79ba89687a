/** SQL of changes to a whole series. */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import { toSnakeCase } from 'drizzle-orm/casing';
import { Temporal } from 'temporal-polyfill';
import { allocationsJson, type OwnedAllocations } from '../allocations/allocationStore.ts';
import { lockBookingMove } from '../cascade/tombstoneStore.ts';
import {
  bookingColumns,
  bookingFormat,
  bookingOf,
  seriesFormat,
  type RawBooking,
  type RawRow,
} from '../rows.ts';
import { seriesByIdOfAllTenants } from '../store.ts';

/** Excludes other changes of the series as a whole. Taken before the locks of its bookings' moves, and so before all others. */
export async function lockSeries(
  tenantId: TenantId,
  tx: Tx,
  seriesId: string,
): Promise<SeriesRow | undefined> {
  await lockBookingMove(tx, seriesId);
  const [series] = await seriesByIdOfAllTenants(tx, [seriesId]);
  return series?.tenantId === tenantId ? series : undefined;
}

/** Excludes single moves of the bookings that lie ahead. */
export async function lockMovesOfSeries(
  tenantId: TenantId,
  tx: Tx,
  seriesId: string,
  now: Temporal.Instant,
): Promise<void> {
  const rows = await tx.sql<{ id: string }[]>`
    select id from bookings
    where tenant_id = ${tenantId}::uuid and series_id = ${seriesId}::uuid and status in ('PENDING', 'CONFIRMED')
      and start_time >= ${formatInstant(now)}::timestamptz`;
  await acquireLocks(tx, ...rows.map(({ id }) => LOCK_KEYS.booking('MOVE', id)));
}

/** In every status, by start. */
export async function findBookingsOfSeries(
  tenantId: TenantId,
  db: Queryable,
  seriesId: string,
): Promise<BookingRow[]> {
  const rows = await db.sql<RawBooking[]>`
    select ${bookingColumns(db.sql)} from bookings
    where tenant_id = ${tenantId}::uuid and series_id = ${seriesId}::uuid order by start_time, id`;
  return rows.map(bookingOf);
}

/** The series that were split from these; at most one from each. */
export async function seriesAfterOfAllTenants(
  db: Queryable,
  previousIds: readonly string[],
): Promise<SeriesRow[]> {
  const rows = await db.sql<RawRow<SeriesRow>[]>`
    select ${seriesFormat.select(db.sql)} from booking_series where previous_id = any(${[...previousIds]}::uuid[])`;
  return rows.map(seriesFormat.fromRaw);
}

/** Whether any of the series' bookings is by or for the user. */
export async function hasBookingInSeries(
  tenantId: TenantId,
  db: Queryable,
  { seriesId, userId }: { seriesId: string; userId: string },
): Promise<boolean> {
  const rows = await db.sql`
    select from bookings
    where tenant_id = ${tenantId}::uuid and series_id = ${seriesId}::uuid
      and (user_id = ${userId}::uuid or client_id = ${userId}::uuid)
    limit 1`;
  return rows.length > 0;
}

export async function deleteAllocations(
  tenantId: TenantId,
  tx: Tx,
  bookingIds: readonly string[],
): Promise<void> {
  await tx.sql`
    delete from allocations where booking_id = any(${[...bookingIds]}::uuid[]) and tenant_id = ${tenantId}::uuid`;
}

export async function insertAllocations(
  tenantId: TenantId,
  tx: Tx,
  owned: readonly OwnedAllocations[],
): Promise<void> {
  const json = allocationsJson(tenantId, owned);
  await tx.sql`insert into allocations select * from jsonb_populate_recordset(null::allocations, ${json}::jsonb)`;
}

const CHANGEABLE = [
  'seriesId',
  'resourceId',
  'additionalResources',
  'clientId',
  'startTime',
  'endTime',
  'localStart',
  'localEnd',
  'timezone',
  'seats',
  'isSession',
  'bufferBefore',
  'bufferAfter',
  'notes',
  'override',
  'originalStart',
  'isException',
  'decisionDeadline',
  'updatedAt',
] as const satisfies (keyof BookingRow)[];

/** Gives each booking its own changes and a new version. The caller has locked them, and replaced their allocations. */
export async function replaceBookings(
  tenantId: TenantId,
  tx: Tx,
  rows: readonly BookingRow[],
  now: Temporal.Instant,
): Promise<BookingRow[]> {
  const { sql } = tx;
  const next = rows.map((row) => ({ ...row, version: row.version + 1, updatedAt: now }));
  const json = JSON.stringify(next.map((row) => bookingFormat.toJson(row)));
  const ids = rows.map(({ id }) => id);
  const assignments = CHANGEABLE.map(toSnakeCase).map((name) => `${name} = next.${name}`);
  // Bookings of a class that trade places would meet in the index bookings_one_per_session, which looks at each row at once.
  await sql`
    update bookings set is_session = false
    where id = any(${ids}::uuid[]) and tenant_id = ${tenantId}::uuid and is_session`;
  await sql`
    update bookings set version = next.version, ${sql.unsafe(assignments.join(', '))}
    from jsonb_populate_recordset(null::bookings, ${json}::jsonb) as next
    where bookings.id = next.id and bookings.tenant_id = ${tenantId}::uuid`;
  return next.toSorted(
    (a, b) => Temporal.Instant.compare(a.startTime, b.startTime) || (a.id < b.id ? -1 : 1),
  );
}

/** Changes only the original starts of exceptions, without a new version. The caller has locked them. */
export async function changeOriginalStarts(
  tenantId: TenantId,
  tx: Tx,
  rows: readonly BookingRow[],
): Promise<void> {
  const json = JSON.stringify(
    rows.map(({ id, originalStart }) => bookingFormat.toJson({ id, originalStart })),
  );
  await tx.sql`
    update bookings set original_start = next.original_start
    from jsonb_populate_recordset(null::bookings, ${json}::jsonb) as next
    where bookings.id = next.id and bookings.tenant_id = ${tenantId}::uuid`;
}

/** Returns the series as it is now. */
export async function changeSeries(
  tenantId: TenantId,
  tx: Tx,
  series: SeriesRow,
  changes: Partial<Omit<SeriesRow, 'id' | 'tenantId'>>,
): Promise<SeriesRow> {
  const next = { ...series, ...changes };
  if (seriesFormat.changed(series, next).length === 0) return series;
  const { sql } = tx;
  const columns = seriesFormat.columns(sql, Object.keys(changes));
  const json = JSON.stringify(seriesFormat.toJson(changes));
  await sql`
    update booking_series set (${columns}) = (select ${columns} from jsonb_populate_record(null::booking_series, ${json}::jsonb))
    where id = ${series.id}::uuid and tenant_id = ${tenantId}::uuid`;
  return next;
}

/** Call it before a series is split again: what continued the series then continues its new part. */
export async function changePrevious(
  tenantId: TenantId,
  tx: Tx,
  { from, to }: { from: string; to: string },
): Promise<void> {
  await tx.sql`
    update booking_series set previous_id = ${to}::uuid
    where previous_id = ${from}::uuid and tenant_id = ${tenantId}::uuid and id <> ${to}::uuid`;
}
