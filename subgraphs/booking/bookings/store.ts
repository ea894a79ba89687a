/**
 * SQL of bookings and series, raw and prepared: it is the hot path.
 *
 * Whoever gives a booking a time on a resource (making or moving it) first holds the resource (`lockBookingParties`), then looks for
 * conflicts (`findConflicts`), then writes. That they come one by one keeps many writers on one slot from deadlocking; the
 * exclusion constraint bookings_no_overlap guarantees the result, whoever writes.
 */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { instantOfText } from '@libs/db/columns';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import type { ConflictingBooking } from '@libs/outcome/outcome';
import { formatInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import type { Occurrence } from '../scheduling/rules.ts';

/** Conflicting bookings that one answer names at most. */
const MAX_CONFLICTS = 100;
/** The constraint that has the last word on conflicts. */
export const NO_OVERLAP = 'bookings_no_overlap';

type Sql = Queryable['sql'];
/** A row as raw SQL gives it: instants are text. */
type Raw<Row> = {
  [Name in keyof Row]: Extract<Row[Name], Temporal.Instant | Temporal.PlainDateTime> extends never
    ? Row[Name]
    : string | Extract<Row[Name], null>;
};
export type RawBooking = Raw<BookingRow>;

/** The columns of a BookingRow, under its names. */
export const bookingColumns = (sql: Sql) => sql`
  id, tenant_id as "tenantId", resource_id as "resourceId", user_id as "userId", client_id as "clientId",
  series_id as "seriesId", start_time as "startTime", end_time as "endTime", status, notes,
  cancelled_by as "cancelledBy", cancellation_reason as "cancellationReason", version,
  created_at as "createdAt", updated_at as "updatedAt"`;

export const bookingOf = (raw: RawBooking): BookingRow => ({
  ...raw,
  startTime: instantOfText(raw.startTime),
  endTime: instantOfText(raw.endTime),
  createdAt: instantOfText(raw.createdAt),
  updatedAt: instantOfText(raw.updatedAt),
});

const seriesColumns = (sql: Sql) => sql`
  id, tenant_id as "tenantId", user_id as "userId", client_id as "clientId", frequency, "interval", end_date as "endDate",
  days_of_week as "daysOfWeek", timezone, local_start as "localStart", created_at as "createdAt"`;

const seriesOf = (raw: Raw<SeriesRow>): SeriesRow => ({
  ...raw,
  endDate: raw.endDate === null ? null : instantOfText(raw.endDate),
  localStart: Temporal.PlainDateTime.from(raw.localStart.replace(' ', 'T')),
  createdAt: instantOfText(raw.createdAt),
});

// Making

/** The bookings that hold the resource at any part of these times, by start, MAX_CONFLICTS at most. */
export async function findConflicts(
  tenantId: TenantId,
  db: Queryable,
  request: { resourceId: string; occurrences: readonly Occurrence[]; except?: string },
): Promise<ConflictingBooking[]> {
  const starts = request.occurrences.map(({ startTime }) => formatInstant(startTime));
  const ends = request.occurrences.map(({ endTime }) => formatInstant(endTime));
  const rows = await db.sql<Raw<ConflictingBooking>[]>`
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

/** What the bookings of one request have in common. */
export type NewBookings = Pick<
  BookingRow,
  'resourceId' | 'userId' | 'clientId' | 'seriesId' | 'status' | 'notes' | 'createdAt'
>;

/** Makes bookings, all in one statement; returns them by start. Throws on NO_OVERLAP where a time is taken. */
export async function insertBookings(
  tenantId: TenantId,
  tx: Tx,
  common: NewBookings,
  occurrences: readonly (Occurrence & { id: string })[],
): Promise<BookingRow[]> {
  const { sql } = tx;
  const now = formatInstant(common.createdAt);
  const rows = await sql<RawBooking[]>`
    insert into bookings (id, tenant_id, resource_id, user_id, client_id, series_id, start_time, end_time, status, notes,
                          created_at, updated_at)
    select created.id, ${tenantId}::uuid, ${common.resourceId}::uuid, ${common.userId}::uuid, ${common.clientId}::uuid,
           ${common.seriesId}::uuid, start_text::timestamptz, end_text::timestamptz, ${common.status}::booking_status,
           ${common.notes}::text, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${occurrences.map(({ id }) => id)}::uuid[],
                ${occurrences.map(({ startTime }) => formatInstant(startTime))}::text[],
                ${occurrences.map(({ endTime }) => formatInstant(endTime))}::text[]) as created(id, start_text, end_text)
    returning ${bookingColumns(sql)}`;
  return rows.map(bookingOf).sort(byStart);
}

const byStart = (a: BookingRow, b: BookingRow): number =>
  Temporal.Instant.compare(a.startTime, b.startTime) || (a.id < b.id ? -1 : 1);

export async function insertSeries(
  tenantId: TenantId,
  tx: Tx,
  series: Omit<SeriesRow, 'tenantId'>,
): Promise<SeriesRow> {
  const { sql } = tx;
  const [row] = await sql<Raw<SeriesRow>[]>`
    insert into booking_series (id, tenant_id, user_id, client_id, frequency, "interval", end_date, days_of_week, timezone,
                                local_start, created_at)
    values (${series.id}::uuid, ${tenantId}::uuid, ${series.userId}::uuid, ${series.clientId}::uuid,
            ${series.frequency}::recurrence_frequency, ${series.interval}::integer,
            ${series.endDate && formatInstant(series.endDate)}::timestamptz, ${series.daysOfWeek}::text[],
            ${series.timezone}::text, ${series.localStart.toString()}::timestamp, ${formatInstant(series.createdAt)}::timestamptz)
    returning ${seriesColumns(sql)}`;
  return seriesOf(row!);
}

// Finding

export async function findBooking(
  tenantId: TenantId,
  db: Queryable,
  id: string,
): Promise<BookingRow | undefined> {
  const [row] = await findBookings(tenantId, db, [id]);
  return row;
}

/** By start; those that are not there are left out. */
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
  const rows = await db.sql<Raw<SeriesRow>[]>`
    select ${seriesColumns(db.sql)} from booking_series where id = any(${[...ids]}::uuid[])`;
  return rows.map(seriesOf);
}

// Changing

/** The row, held until the transaction ends. */
export async function lockBooking(tenantId: TenantId, tx: Tx, id: string): Promise<BookingRow | undefined> {
  const [row] = await tx.sql<RawBooking[]>`
    select ${bookingColumns(tx.sql)} from bookings where id = ${id}::uuid and tenant_id = ${tenantId}::uuid for update`;
  return row && bookingOf(row);
}

export type BookingChanges = Partial<
  Pick<BookingRow, 'resourceId' | 'clientId' | 'startTime' | 'endTime' | 'status' | 'notes'>
>;

/** Changes a booking that this transaction holds; its version goes up. Throws on NO_OVERLAP where a time is taken. */
export async function changeBooking(
  tenantId: TenantId,
  tx: Tx,
  locked: BookingRow,
  changes: BookingChanges,
  now: Temporal.Instant,
): Promise<BookingRow> {
  const { sql } = tx;
  const next = { ...locked, ...changes };
  const [row] = await sql<RawBooking[]>`
    update bookings set
      resource_id = ${next.resourceId}::uuid, client_id = ${next.clientId}::uuid,
      start_time = ${formatInstant(next.startTime)}::timestamptz, end_time = ${formatInstant(next.endTime)}::timestamptz,
      status = ${next.status}::booking_status, notes = ${next.notes}::text,
      version = version + 1, updated_at = ${formatInstant(now)}::timestamptz
    where id = ${locked.id}::uuid and tenant_id = ${tenantId}::uuid
    returning ${bookingColumns(sql)}`;
  return bookingOf(row!);
}

/** Cancels bookings that this transaction holds; returns them by start. */
export async function cancelBookings(
  tenantId: TenantId,
  tx: Tx,
  locked: readonly BookingRow[],
  cancelled: { by: string | null; reason: string | null; now: Temporal.Instant },
): Promise<BookingRow[]> {
  const { sql } = tx;
  const rows = await sql<RawBooking[]>`
    update bookings set
      status = 'CANCELLED', cancelled_by = ${cancelled.by}::uuid, cancellation_reason = ${cancelled.reason}::text,
      version = version + 1, updated_at = ${formatInstant(cancelled.now)}::timestamptz
    where id = any(${locked.map(({ id }) => id)}::uuid[]) and tenant_id = ${tenantId}::uuid
    returning ${bookingColumns(sql)}`;
  return rows.map(bookingOf).sort(byStart);
}
