import { id, instant } from '@libs/db/columns';
import type { DayOfWeek } from '@libs/time/days';
import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

export const categoryType = pgEnum('resource_category_type', ['PHYSICAL', 'HUMAN']);

/** Deletion is soft, since deleted resources still refer to their category. */
export const categories = pgTable(
  'resource_categories',
  {
    id: id(),
    tenantId: uuid().notNull(),
    name: text().notNull(),
    description: text(),
    type: categoryType().notNull(),
    icon: text(),
    color: text(),
    isActive: boolean().notNull().default(true),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
    deletedAt: instant(),
  },
  (table) => [
    // For the foreign key, which includes the tenant: a resource cannot be in another tenant's category.
    unique('resource_categories_tenant_id_unique').on(table.tenantId, table.id),
    check(
      'resource_categories_deleted_is_inactive',
      sql`${table.deletedAt} is null or not ${table.isActive}`,
    ),
  ],
);

export type CategoryRow = typeof categories.$inferSelect;

export const resourceBookingMode = pgEnum('resource_booking_mode', ['EXCLUSIVE', 'SHARED', 'SESSION']);

type StoredTimeRange = { start: string; end: string };
/** A weekly range; times as 'HH:MM:SS', `end` up to '24:00:00'. */
export type StoredRange = StoredTimeRange & { day: DayOfWeek };

/** Absent rules are the tenant's. */
export type StoredRules = {
  bookingInterval?: number;
  advanceBookingDays?: number;
  minimumNoticeMinutes?: number;
  minDurationMinutes?: number;
  maxDurationMinutes?: number;
  bufferBeforeMinutes?: number;
  bufferAfterMinutes?: number;
  cancellationHours?: number;
  autoConfirm?: boolean;
  approvalHours?: number;
};

/** Dates as 'YYYY-MM-DD', inclusive. */
type StoredDates = { from: string; to: string; name: string | null };
export type StoredSeason = StoredDates & { ranges: StoredRange[] };
export type StoredOverride = StoredDates & { ranges: StoredTimeRange[] };

/** Deletion is soft, since the bookings that it cancels still show the resource. */
export const resources = pgTable(
  'resources',
  {
    id: id(),
    tenantId: uuid().notNull(),
    categoryId: uuid().notNull(),
    name: text().notNull(),
    description: text(),
    capacity: integer().notNull(),
    location: text(),
    attributes: jsonb().$type<Record<string, unknown>>().notNull(),
    /** Null: the tenant's working hours. Empty: never bookable. */
    availabilitySchedule: jsonb().$type<StoredRange[]>(),
    bookingMode: resourceBookingMode().notNull().default('EXCLUSIVE'),
    rules: jsonb().$type<StoredRules>().notNull().default({}),
    seasons: jsonb().$type<StoredSeason[]>().notNull().default([]),
    scheduleOverrides: jsonb().$type<StoredOverride[]>().notNull().default([]),
    isActive: boolean().notNull().default(true),
    /** Raised by every change. */
    version: integer().notNull().default(1),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
    deletedAt: instant(),
  },
  (table) => [
    foreignKey({
      name: 'resources_category_fk',
      columns: [table.tenantId, table.categoryId],
      foreignColumns: [categories.tenantId, categories.id],
    }),
    check('resources_capacity_positive', sql`${table.capacity} >= 1`),
    check('resources_deleted_is_inactive', sql`${table.deletedAt} is null or not ${table.isActive}`),
    // Lists by id. The second index has deleted rows too, since the foreign key's checks use it.
    index('resources_of_tenant')
      .on(table.tenantId, table.id)
      .where(sql`deleted_at is null`),
    // The collation of `libs/db/keysetSql.ts`.
    index('resources_by_name')
      .on(table.tenantId, sql`${table.name} collate "und-x-icu"`, table.id)
      .where(sql`deleted_at is null`),
    index('resources_of_category').on(table.tenantId, table.categoryId, table.id),
    // jsonb_path_ops is smaller than the default class and supports `attributes @> {…}`.
    index('resources_attributes')
      .using('gin', table.attributes.op('jsonb_path_ops'))
      .where(sql`deleted_at is null`),
  ],
);

export type ResourceRow = typeof resources.$inferSelect;

/** Separate from `resources`, so that counting neither locks a resource nor raises its version. */
export const resourceStats = pgTable('resource_stats', {
  resourceId: uuid()
    .primaryKey()
    .references(() => resources.id, { onDelete: 'cascade' }),
  tenantId: uuid().notNull(),
  bookingsCreated: integer().notNull().default(0),
  bookingsCancelled: integer().notNull().default(0),
  lastBookedAt: instant(),
});

export type StatsRow = typeof resourceStats.$inferSelect;

/** Requests and events that arrive for one of these tenants are refused. */
export const deletedTenants = pgTable('deleted_tenants', {
  tenantId: uuid().primaryKey(),
  deletedAt: instant().notNull(),
});
