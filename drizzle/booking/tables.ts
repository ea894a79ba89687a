/** Hot paths use raw SQL: see `subgraphs/booking/bookings/store.ts`. Every key contains the tenant: docs/decisions/0029-allocations.md. */
import { generatedId, instant } from '@libs/db/columns';
import type { DayOfWeek } from '@libs/time/days';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  time,
  unique,
  uniqueIndex,
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
/** The contract's BookingSource. */
export const bookingSource = pgEnum('booking_source', [
  'USER',
  'STAFF',
  'API_KEY',
  'GUEST',
  'WAITLIST',
  'PLATFORM',
]);
export const holdPurpose = pgEnum('hold_purpose', ['CHECKOUT', 'WAITLIST_OFFER']);
/** In the order in which workers take them where several are due. */
export const dueKind = pgEnum('due_kind', ['APPROVAL', 'REMINDER', 'COMPLETION']);
export const recurrenceFrequency = pgEnum('recurrence_frequency', ['DAILY', 'WEEKLY', 'MONTHLY']);

export const tombstoneKind = pgEnum('tombstone_kind', ['TENANT', 'RESOURCE', 'USER']);

/** A local time: `timestamp` without a zone. */
const wallClock = customType<{ data: Temporal.PlainDateTime; driverData: string }>({
  dataType: () => 'timestamp (3)',
  toDriver: (value) => value.toString(),
  fromDriver: (text) => Temporal.PlainDateTime.from(text.replace(' ', 'T')),
});
/** The same as ISO 8601 text, 'YYYY-MM-DDTHH:MM:SS': hardly a reader of a booking needs more of it. */
const wallClockText = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp (3)',
  fromDriver: (text) => text.replace(' ', 'T'),
});

/** A half-open range of instants; only SQL reads it. */
const instantRange = customType<{ data: string; driverData: string }>({ dataType: () => 'tstzrange' });
/** Seats of a resource, from 1; only SQL reads it. */
const seatRanges = customType<{ data: string; driverData: string }>({ dataType: () => 'int4multirange' });

/** The contract's BookingOverride. `by` null: the platform. `at` in RFC 3339. */
export type StoredOverride = { rules: string[]; reason: string; by: string | null; at: string };
/** A resource that a booking or hold occupies; buffers in minutes. */
export type StoredResource = { resourceId: string; seats: number; bufferBefore: number; bufferAfter: number };
/** An occurrence that a series leaves out, with the codes and message keys of its refusals. */
export type StoredSkip = { startTime: string; endTime: string; refusals: object[] };

/** The recurrence rule of a series. Its bookings' instants are derived from `localStart` and `timezone`. */
export const bookingSeries = pgTable(
  'booking_series',
  {
    id: generatedId(),
    tenantId: uuid().notNull(),
    userId: uuid().notNull(),
    clientId: uuid().notNull(),
    frequency: recurrenceFrequency().notNull(),
    interval: integer().notNull(),
    endDate: instant(),
    /** Instead of `endDate`. */
    count: integer(),
    daysOfWeek: text().$type<DayOfWeek>().array(),
    /** WKST (RFC 5545 §3.3.10): Monday, until days are moved. */
    weekStart: text().$type<DayOfWeek>().notNull().default('MONDAY'),
    /** Local dates, 'YYYY-MM-DD', that were left out. */
    exceptDates: text().array(),
    timezone: text().notNull(),
    localStart: wallClock().notNull(),
    /** The series that this one was split from. */
    previousId: uuid(),
    createdAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.tenantId] }),
    index('booking_series_tenant').on(table.tenantId),
    index('booking_series_previous')
      .on(table.previousId)
      .where(sql`previous_id is not null`),
  ],
);

export const bookings = pgTable(
  'bookings',
  {
    id: generatedId(),
    tenantId: uuid().notNull(),
    resourceId: uuid().notNull(),
    /** In the order of the input; null: none. */
    additionalResources: jsonb().$type<StoredResource[]>(),
    /** Made the booking. */
    userId: uuid().notNull(),
    /** For whom it was made. */
    clientId: uuid().notNull(),
    seriesId: uuid(),
    startTime: instant().notNull(),
    endTime: instant().notNull(),
    /**
     * What the wall clock of `timezone` shows at its start and end, by the rules when they were set: it shall show that by later rules
     * too. All null: unknown. The trigger bookings_wall_clock removes them where a change of the time does not set them.
     */
    localStart: wallClockText(),
    localEnd: wallClockText(),
    timezone: text(),
    status: bookingStatus().notNull(),
    seats: integer().notNull().default(1),
    /** Whether the resource's mode was SESSION. */
    isSession: boolean().notNull().default(false),
    /** Minutes, as it was made or last moved. */
    bufferBefore: smallint().notNull().default(0),
    bufferAfter: smallint().notNull().default(0),
    notes: text(),
    metadata: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    source: bookingSource().notNull().default('USER'),
    override: jsonb().$type<StoredOverride>(),
    /** Where the series' rule put it; null outside of series. */
    originalStart: instant(),
    /** Whether it was moved individually, away from its series' rule. */
    isException: boolean().notNull().default(false),
    /** The hold that became this booking. */
    holdId: uuid(),
    /** When it is rejected unless somebody decides. The trigger bookings_deadlines removes it once the booking is not PENDING. */
    decisionDeadline: instant(),
    /** The same if it started later, as it was fixed when it was made. Null: without one, or made by a release that did not keep it. */
    approvalDeadline: instant(),
    /** Why it was rejected. */
    decisionReason: text(),
    /** Null if a platform administrator or a deletion cancelled it. */
    cancelledBy: uuid(),
    cancellationReason: text(),
    version: integer().notNull().default(1),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
    /** Since when it is CONFIRMED at this start; null in other statuses. Set by the trigger bookings_deadlines. */
    confirmedSince: instant(),
    occupies: boolean()
      .notNull()
      .generatedAlwaysAs(sql`status in ('PENDING', 'CONFIRMED', 'COMPLETED')`),
    /** Its id while it occupies its resource, for the foreign key bookings_allocated. */
    allocatedBy: uuid().generatedAlwaysAs(
      sql`case when status in ('PENDING', 'CONFIRMED', 'COMPLETED') then id end`,
    ),
  },
  (table) => [
    // The deferred foreign key bookings_allocated is in the migration: drizzle cannot express it.
    primaryKey({ columns: [table.id, table.tenantId] }),
    // For booking_resources.
    unique('bookings_state').on(table.id, table.occupies, table.startTime, table.endTime, table.tenantId),
    foreignKey({
      name: 'bookings_series',
      columns: [table.seriesId, table.tenantId],
      foreignColumns: [bookingSeries.id, bookingSeries.tenantId],
    }),
    // 31 days, one of which may be the longest of any zone.
    check('bookings_time', sql`start_time < end_time and end_time - start_time <= interval '746 hours'`),
    check('bookings_seats', sql`seats >= 1`),
    uniqueIndex('bookings_one_per_session')
      .on(table.resourceId, table.startTime, table.clientId, table.tenantId)
      .where(sql`occupies and is_session`),
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
    index('bookings_undecided')
      .on(table.decisionDeadline)
      .where(sql`decision_deadline is not null`),
    // Queries for a window of time look for bookings that began long before it here.
    index('bookings_long')
      .on(table.tenantId, table.startTime)
      .where(sql`end_time - start_time > interval '26 hours'`),
  ],
);

/**
 * The additional resources of bookings once more, for the guarantee that each has its allocation, and for lists by resource. They outlive
 * the allocations, and follow the booking's time and status.
 */
export const bookingResources = pgTable(
  'booking_resources',
  {
    bookingId: uuid().notNull(),
    tenantId: uuid().notNull(),
    resourceId: uuid().notNull(),
    startTime: instant().notNull(),
    endTime: instant().notNull(),
    occupies: boolean().notNull(),
    allocatedBy: uuid().generatedAlwaysAs(sql`case when occupies then booking_id end`),
  },
  (table) => [
    // The deferred foreign key booking_resources_allocated is in the migration.
    primaryKey({ columns: [table.bookingId, table.resourceId, table.tenantId] }),
    foreignKey({
      name: 'booking_resources_follow',
      columns: [table.bookingId, table.occupies, table.startTime, table.endTime, table.tenantId],
      foreignColumns: [
        bookings.id,
        bookings.occupies,
        bookings.startTime,
        bookings.endTime,
        bookings.tenantId,
      ],
    })
      .onUpdate('cascade')
      .onDelete('cascade'),
    index('booking_resources_by_resource').on(table.resourceId, table.startTime, table.bookingId),
  ],
);

/** Times that are kept for a checkout. A day after its end, a hold is purged. */
export const holds = pgTable(
  'holds',
  {
    id: generatedId(),
    tenantId: uuid().notNull(),
    userId: uuid().notNull(),
    clientId: uuid().notNull(),
    /** The caller who made it; null: the platform. */
    createdBy: uuid(),
    startTime: instant().notNull(),
    endTime: instant().notNull(),
    seats: integer().notNull(),
    /** The main resource first. */
    resources: jsonb().$type<StoredResource[]>().notNull(),
    purpose: holdPurpose().notNull(),
    source: bookingSource().notNull(),
    override: jsonb().$type<StoredOverride>(),
    expiresAt: instant().notNull(),
    /** The booking that it became. */
    bookingId: uuid(),
    /** When it was confirmed, released, or found expired. */
    endedAt: instant(),
    createdAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.tenantId] }),
    index('holds_of_user')
      .on(table.userId, table.expiresAt)
      .where(sql`ended_at is null`),
    index('holds_by_expiry')
      .on(table.expiresAt)
      .where(sql`ended_at is null`),
  ],
);

/** The occupied times: one row for each resource of a booking that occupies it, or of a hold. */
export const allocations = pgTable(
  'allocations',
  {
    tenantId: uuid().notNull(),
    resourceId: uuid().notNull(),
    bookingId: uuid(),
    holdId: uuid(),
    startTime: instant().notNull(),
    endTime: instant().notNull(),
    /** With buffers. */
    occupied: instantRange().notNull(),
    /** A resource that is booked as a whole: '{[1,)}', all there will ever be. */
    seats: seatRanges().notNull(),
    /** In SESSION mode, the session's start and end in epoch milliseconds; else null. */
    session: text(),
    /** When a hold expires; null for a booking. */
    expiresAt: instant(),
  },
  (table) => [
    // The exclusion constraints allocations_no_overlap and allocations_one_session are in the migration.
    unique('allocations_of_booking').on(
      table.bookingId,
      table.resourceId,
      table.startTime,
      table.endTime,
      table.tenantId,
    ),
    foreignKey({
      name: 'allocations_booking',
      columns: [table.bookingId, table.tenantId],
      foreignColumns: [bookings.id, bookings.tenantId],
    }).onDelete('cascade'),
    foreignKey({
      name: 'allocations_hold',
      columns: [table.holdId, table.tenantId],
      foreignColumns: [holds.id, holds.tenantId],
    }).onDelete('cascade'),
    check('allocations_owner', sql`num_nonnulls(booking_id, hold_id) = 1`),
    check('allocations_expiry', sql`(hold_id is null) = (expires_at is null)`),
    check(
      'allocations_cover',
      sql`occupied @> tstzrange(start_time, end_time, '[)') and not isempty(seats) and lower(seats) >= 1`,
    ),
    index('allocations_of_hold')
      .on(table.holdId)
      .where(sql`hold_id is not null`),
    index('allocations_expired')
      .on(table.expiresAt)
      .where(sql`expires_at is not null`),
  ],
);

/** Times in which nothing may be booked, by the tenant's wall clock on each of the dates. */
export const closures = pgTable(
  'closures',
  {
    id: generatedId(),
    tenantId: uuid().notNull(),
    name: text().notNull(),
    fromDate: date({ mode: 'string' }).notNull(),
    toDate: date({ mode: 'string' }).notNull(),
    /** Null: 00:00. */
    startTime: time(),
    /** Null: 24:00. */
    endTime: time(),
    /** With `categoryIds` null as well: everything is closed. */
    resourceIds: uuid().array(),
    categoryIds: uuid().array(),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.tenantId] }),
    check('closures_dates', sql`from_date <= to_date`),
    index('closures_by_date').on(table.tenantId, table.fromDate, table.id),
    index('closures_by_end').on(table.tenantId, table.toDate),
  ],
);

/**
 * Raised in the transaction of every change to a resource's occupied times: cached entries with another version are stale
 * (docs/decisions/0008-availability-is-kept-by-version.md).
 */
export const resourceVersions = pgTable(
  'resource_versions',
  {
    resourceId: uuid().notNull(),
    tenantId: uuid().notNull(),
    version: bigint({ mode: 'bigint' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.resourceId, table.tenantId] }),
    index('resource_versions_tenant').on(table.tenantId),
  ],
);

/** Keys of completed requests, with the bookings or the hold that they made. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    tenantId: uuid().notNull(),
    callerId: uuid().notNull(),
    key: text().notNull(),
    /** SHA-256 of the input, in hex. */
    inputHash: text().notNull(),
    /** Bookings by start. */
    resultIds: uuid().array().notNull(),
    /** What a series left out. */
    skipped: jsonb().$type<StoredSkip[]>(),
    createdAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.callerId, table.key] }),
    index('idempotency_keys_created_at').on(table.createdAt),
  ],
);

/**
 * What the clock does to bookings, for workers: "look at this booking, this is due". Filled from the bookings
 * (docs/decisions/0031-deadlines.md). A row is deleted when it is settled; that of a reminder stays, so that it is sent once.
 */
export const due = pgTable(
  'due',
  {
    id: generatedId(),
    tenantId: uuid().notNull(),
    kind: dueKind().notNull(),
    /** The booking. */
    subjectId: uuid().notNull(),
    /** For a reminder: how long before the start; else 0. */
    hours: smallint().notNull().default(0),
    dueAt: instant().notNull(),
    /** When the reminder was sent. */
    doneAt: instant(),
    createdAt: instant().notNull(),
    /** The claim of the current attempt; null between attempts. */
    claimId: uuid(),
    claimedUntil: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.id, table.tenantId] }),
    unique('due_once').on(table.subjectId, table.kind, table.hours, table.dueAt, table.tenantId),
    index('due_to_claim')
      .on(table.kind, table.dueAt)
      .where(sql`done_at is null`),
    index('due_by_time').on(table.dueAt),
    index('due_tenant').on(table.tenantId),
    check('due_claimed_until', sql`(claim_id is null) = (claimed_until is null)`),
  ],
);

/** How far the bookings of a tenant have been searched for reminders of so many hours. */
export const reminderProgress = pgTable(
  'reminder_progress',
  {
    tenantId: uuid().notNull(),
    hours: smallint().notNull(),
    /** Reminders from before this instant are not sent: the tenant did not want them yet. */
    since: instant().notNull(),
    searchedUntil: instant().notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.hours] })],
);

/** Entities deleted in other subgraphs: refuses requests that looked them up before. Kept for TOMBSTONE_RETENTION_DAYS. */
export const tombstones = pgTable(
  'tombstones',
  {
    kind: tombstoneKind().notNull(),
    id: uuid().notNull(),
    tenantId: uuid().notNull(),
    deletedAt: instant().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.id, table.tenantId] }),
    index('tombstones_deleted_at').on(table.deletedAt),
  ],
);

/** Without the columns that only SQL uses. */
export type BookingRow = Omit<typeof bookings.$inferSelect, 'occupies' | 'allocatedBy' | 'confirmedSince'>;
export type SeriesRow = typeof bookingSeries.$inferSelect;
export type HoldRow = typeof holds.$inferSelect;
export type ClosureRow = typeof closures.$inferSelect;
export type DueKind = (typeof dueKind.enumValues)[number];
export type TombstoneKind = (typeof tombstoneKind.enumValues)[number];
