/** What the booking subgraph keeps. Written and read by raw SQL on the hot path: see `subgraphs/booking/bookings/store.ts`. */
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
/** What can be deleted elsewhere while it is still referred to here. */
export const tombstoneKind = pgEnum('gone_kind', ['TENANT', 'RESOURCE', 'USER']);

/** timestamp without a zone: what a wall clock shows. */
const wallClock = customType<{ data: Temporal.PlainDateTime; driverData: string }>({
  dataType: () => 'timestamp (3)',
  toDriver: (value) => value.toString(),
  fromDriver: (text) => Temporal.PlainDateTime.from(text.replace(' ', 'T')),
});

/** A half-open range of instants; only SQL looks into it. */
const instantRange = customType<{ data: string; driverData: string }>({ dataType: () => 'tstzrange' });

/** The rule that a series was made by. It keeps its local start and its zone; its bookings' instants are derived. */
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
    /** Who made it. */
    userId: uuid().notNull(),
    /** For whom. */
    clientId: uuid().notNull(),
    seriesId: uuid().references(() => bookingSeries.id),
    startTime: instant().notNull(),
    endTime: instant().notNull(),
    status: bookingStatus().notNull(),
    notes: text(),
    /** The tenant's user who cancelled it; null where the platform or a deletion did. */
    cancelledBy: uuid(),
    cancellationReason: text(),
    version: integer().notNull().default(1),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
    /** Which of the resource's units it takes, from 1; all have one so far (docs/decisions/0005-what-a-booking-holds.md). */
    unit: smallint().notNull().default(1),
    /** The time that it keeps from others, half-open; null in a status that keeps nothing. */
    held: instantRange().generatedAlwaysAs(
      sql`case when status in ('PENDING', 'CONFIRMED', 'COMPLETED') then tstzrange(start_time, end_time, '[)') end`,
    ),
  },
  (table) => [
    // The exclusion constraint bookings_no_overlap is in the migration: drizzle has no word for it.
    check('bookings_time', sql`start_time < end_time and end_time - start_time <= interval '26 hours'`),
    index('bookings_by_tenant').on(table.tenantId, table.startTime, table.id),
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
 * Goes up with every change of what holds a resource, in the transaction of the change: what was kept of the resource elsewhere under
 * a lower version is old (docs/decisions/0008-availability-is-kept-by-version.md).
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

/** Requests that were done and may come again: a key per tenant and caller, with what it made. */
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

/**
 * What was deleted elsewhere, from the moment on that its deletion was consumed here: whoever still books for it, knowing it from
 * before, is refused. Kept for TOMBSTONE_RETENTION_DAYS.
 */
export const tombstones = pgTable(
  'gone',
  { kind: tombstoneKind().notNull(), id: uuid().notNull(), goneAt: instant().notNull() },
  (table) => [primaryKey({ columns: [table.kind, table.id] }), index('gone_gone_at').on(table.goneAt)],
);

/** A booking as it is handled here; unit and held are SQL's business. */
export type BookingRow = Omit<typeof bookings.$inferSelect, 'unit' | 'held'>;
export type SeriesRow = typeof bookingSeries.$inferSelect;
export type TombstoneKind = (typeof tombstoneKind.enumValues)[number];
