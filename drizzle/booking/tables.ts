/** Hot paths use raw SQL: see `subgraphs/booking/bookings/store.ts`. */
import { id, instant } from '@libs/db/columns';
import type { DayOfWeek } from '@libs/time/days';
import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  customType,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { Temporal } from 'temporal-polyfill';

export const bookingStatus = pgEnum('booking_status', [
  'PENDING',
  'CONFIRMED',
  'REJECTED',
  'CANCELLED',
  'COMPLETED',
  'NO_SHOW',
]);
export const recurrenceFrequency = pgEnum('recurrence_frequency', ['DAILY', 'WEEKLY', 'MONTHLY']);

export const tombstoneKind = pgEnum('gone_kind', ['TENANT', 'RESOURCE', 'USER']);

/** A local time: `timestamp` without a zone. */
const wallClock = customType<{ data: Temporal.PlainDateTime; driverData: string }>({
  dataType: () => 'timestamp (3)',
  toDriver: (value) => value.toString(),
  fromDriver: (text) => Temporal.PlainDateTime.from(text.replace(' ', 'T')),
});

/** A half-open range of instants; only SQL reads it. */
const instantRange = customType<{ data: string; driverData: string }>({ dataType: () => 'tstzrange' });

/** The recurrence rule of a series. Its bookings' instants are derived from `localStart` and `timezone`. */
export const bookingSeries = pgTable(
  'booking_series',
  {
    id: id(),
    tenantId: uuid().notNull(),
    userId: uuid().notNull(),
    clientId: uuid().notNull(),
    frequency: recurrenceFrequency().notNull(),
    interval: integer().notNull(),
    endDate: instant(),
    daysOfWeek: text().$type<DayOfWeek>().array(),
    timezone: text().notNull(),
    localStart: wallClock().notNull(),
    createdAt: instant().notNull(),
  },
  (table) => [index('booking_series_tenant').on(table.tenantId)],
);

export const bookings = pgTable(
  'bookings',
  {
    id: id(),
    tenantId: uuid().notNull(),
    resourceId: uuid().notNull(),
    /** Made the booking. */
    userId: uuid().notNull(),
    /** For whom it was made. */
    clientId: uuid().notNull(),
    seriesId: uuid().references(() => bookingSeries.id),
    startTime: instant().notNull(),
    endTime: instant().notNull(),
    status: bookingStatus().notNull(),
    notes: text(),
    /** Null if a platform administrator or a deletion cancelled it. */
    cancelledBy: uuid(),
    cancellationReason: text(),
    version: integer().notNull().default(1),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
    /** The occupied unit of the resource, from 1; always 1 so far (docs/decisions/0005-what-a-booking-holds.md). */
    unit: smallint().notNull().default(1),
    /** The occupied time, half-open; null in a status that occupies none. */
    held: instantRange().generatedAlwaysAs(
      sql`case when status in ('PENDING', 'CONFIRMED', 'COMPLETED') then tstzrange(start_time, end_time, '[)') end`,
    ),
  },
  (table) => [
    // The exclusion constraint bookings_no_overlap is in the migration: drizzle cannot express it.
    check('bookings_time', sql`start_time < end_time and end_time - start_time <= interval '26 hours'`),
    index('bookings_by_tenant').on(table.tenantId, table.startTime, table.id),
    index('bookings_by_creation').on(table.tenantId, table.id),
    index('bookings_notes')
      .using('gin', table.tenantId, table.notes.op('gin_trgm_ops'))
      .where(sql`notes is not null`),
    index('bookings_by_status').on(table.tenantId, table.status, table.startTime, table.id),
    index('bookings_by_resource').on(table.resourceId, table.startTime, table.id),
    index('bookings_by_user').on(table.userId, table.startTime, table.id),
    index('bookings_by_client').on(table.clientId, table.startTime, table.id),
    index('bookings_by_series')
      .on(table.seriesId, table.startTime, table.id)
      .where(sql`series_id is not null`),
  ],
);

/**
 * Raised in the transaction of every change to a resource's occupied times: cached entries with a lower version are stale
 * (docs/decisions/0008-availability-is-kept-by-version.md).
 */
export const resourceVersions = pgTable(
  'resource_versions',
  {
    resourceId: uuid().primaryKey(),
    tenantId: uuid().notNull(),
    version: bigint({ mode: 'number' }).notNull(),
  },
  (table) => [index('resource_versions_tenant').on(table.tenantId)],
);

/** Of completed requests, with the bookings that they made. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: uuid().notNull(),
    callerId: uuid().notNull(),
    key: text().notNull(),
    /** SHA-256 of the input, in hex. */
    inputHash: text().notNull(),
    /** By start. */
    bookingIds: uuid().array().notNull(),
    createdAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.callerId, table.key] }),
    index('idempotency_keys_created_at').on(table.createdAt),
  ],
);

/** Entities deleted in other subgraphs: refuses requests that looked them up before. Kept for TOMBSTONE_RETENTION_DAYS. */
export const tombstones = pgTable(
  'gone',
  { kind: tombstoneKind().notNull(), id: uuid().notNull(), goneAt: instant().notNull() },
  (table) => [primaryKey({ columns: [table.kind, table.id] }), index('gone_gone_at').on(table.goneAt)],
);

/** Without the columns that only SQL uses. */
export type BookingRow = Omit<typeof bookings.$inferSelect, 'unit' | 'held'>;
export type SeriesRow = typeof bookingSeries.$inferSelect;
export type TombstoneKind = (typeof tombstoneKind.enumValues)[number];
