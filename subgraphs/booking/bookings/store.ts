/**
 * SQL of bookings and series: raw and prepared, because it is the hot path.
 *
 * To give a booking a time on a resource, a verb follows this protocol, so that no two bookings overlap:
 *
 * 1. Look without a lock (`findConflicts`): under contention most requests are refused here, by a read.
 * 2. Lock the resource, and its tenant and users in share mode (`lockBookingParties`; for moves, `lockBookingMove` first), so that
 *    writers of one resource run one by one and cannot deadlock.
 * 3. Look again: conflicts, tombstones and the booking may have changed.
 * 4. Write, announce, and last raise the resource's version (`bumpResourceVersions`).
 * 5. The exclusion constraint bookings_no_overlap decides; its violation becomes CONFLICT.
 */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { instantOfText } from '@libs/db/columns';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import type { ConflictingBooking } from '@libs/outcome/outcome';
import { formatInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import type { Occurrence } from '../scheduling/rules.ts';
import {
  bookingColumns,
  bookingFormat,
  bookingOf,
  seriesFormat,
  type RawBooking,
  type RawRow,
} from './rows.ts';

/** Per answer. */
const MAX_CONFLICTS = 100;
export const NO_OVERLAP = 'bookings_no_overlap';

const byStart = (a: BookingRow, b: BookingRow): number =>
  Temporal.Instant.compare(a.startTime, b.startTime) || (a.id < b.id ? -1 : 1);

// Looking

/** By start; at most MAX_CONFLICTS. */
export async function findConflicts(
  tenantId: TenantId,
  db: Queryable,
  request: { resourceId: string; occurrences: readonly Occurrence[]; except?: string },
): Promise<ConflictingBooking[]> {
  const starts = request.occurrences.map(({ startTime }) => formatInstant(startTime));
  const ends = request.occurrences.map(({ endTime }) => formatInstant(endTime));
  const rows = await db.sql<{ bookingId: string; startTime: string; endTime: string }[]>`
    select distinct id as "bookingId", start_time as "startTime", end_time as "endTime"
    from unnest(${starts}::text[], ${ends}::text[]) as requested(start_text, end_text)
    join bookings on held && tstzrange(start_text::timestamptz, end_text::timestamptz, '[)')
    where resource_id = ${request.resourceId}::uuid and tenant_id = ${tenantId}::uuid
      and id is distinct from ${request.except ?? null}::uuid
    order by start_time, id
    limit ${MAX_CONFLICTS}`;
  return rows.map(({ bookingId, startTime, endTime }) => ({
    bookingId,
    startTime: instantOfText(startTime),
    endTime: instantOfText(endTime),
  }));
}

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
    select ${bookingColumns(db.sql)} from bookings where id = any(${[...ids]}::uuid[]) and tenant_id = ${tenantId}::uuid`;
  return rows.map(bookingOf).sort(byStart);
}

export async function bookingsByIdOfAllTenants(db: Queryable, ids: readonly string[]): Promise<BookingRow[]> {
  const rows = await db.sql<RawBooking[]>`
    select ${bookingColumns(db.sql)} from bookings where id = any(${[...ids]}::uuid[])`;
  return rows.map(bookingOf);
}

export async function seriesByIdOfAllTenants(db: Queryable, ids: readonly string[]): Promise<SeriesRow[]> {
  const rows = await db.sql<RawRow<SeriesRow>[]>`
    select ${seriesFormat.select(db.sql)} from booking_series where id = any(${[...ids]}::uuid[])`;
  return rows.map(seriesFormat.fromRaw);
}

export async function lockBooking(tenantId: TenantId, tx: Tx, id: string): Promise<BookingRow | undefined> {
  const [row] = await tx.sql<RawBooking[]>`
    select ${bookingColumns(tx.sql)} from bookings where id = ${id}::uuid and tenant_id = ${tenantId}::uuid for update`;
  return row && bookingOf(row);
}

// Writing

export type NewBooking = Omit<BookingRow, 'tenantId'>;
export type NewSeries = Omit<SeriesRow, 'tenantId'>;

/** Returns them by start. Throws on NO_OVERLAP if a time is taken. */
export async function insertBookings(
  tenantId: TenantId,
  tx: Tx,
  bookings: readonly NewBooking[],
): Promise<BookingRow[]> {
  const { sql } = tx;
  const columns = bookingFormat.columns(sql);
  const json = JSON.stringify(bookings.map((row) => bookingFormat.toJson({ ...row, tenantId })));
  const rows = await sql<RawBooking[]>`
    insert into bookings (${columns})
    select ${columns} from jsonb_populate_recordset(null::bookings, ${json}::jsonb)
    returning ${bookingColumns(sql)}`;
  return rows.map(bookingOf).sort(byStart);
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
 * Applies the same changes to bookings that this transaction has locked; returns them by start. Throws on NO_OVERLAP if a time is
 * taken.
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
  const rows = await sql<RawBooking[]>`
    update bookings set version = version + 1,
      (${columns}) = (select ${columns} from jsonb_populate_record(null::bookings, ${json}::jsonb))
    where id = any(${locked.map(({ id }) => id)}::uuid[]) and tenant_id = ${tenantId}::uuid
    returning ${bookingColumns(sql)}`;
  return rows.map(bookingOf).sort(byStart);
}

/**
 * Voids cached busy times of these resources. Call it once, as the last write: the rows stay locked only for the commit, and in one
 * order for every writer.
 */
export async function bumpResourceVersions(
  tenantId: TenantId,
  tx: Tx,
  resourceIds: readonly string[],
): Promise<void> {
  await tx.sql`
    insert into resource_versions (resource_id, tenant_id, version)
    select id, ${tenantId}::uuid, 1
    from (select distinct id from unnest(${[...resourceIds]}::uuid[]) as id order by id) as changed
    on conflict (resource_id) do update set version = resource_versions.version + 1`;
}
