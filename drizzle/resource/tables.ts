/** What the resource subgraph keeps. */
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

/** A deleted row stays, with `deletedAt` set and `isActive` false: deleted resources still name their category. */
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
    // What resources refer to: the tenant is part of it, so that none can lie in another tenant's category.
    unique('resource_categories_tenant_id_unique').on(table.tenantId, table.id),
    check(
      'resource_categories_deleted_is_inactive',
      sql`${table.deletedAt} is null or not ${table.isActive}`,
    ),
  ],
);

export type CategoryRow = typeof categories.$inferSelect;

/** A weekly range as it is kept; times as 'HH:MM:SS', `end` up to '24:00:00'. */
export type StoredRange = { day: DayOfWeek; start: string; end: string };

/** A deleted row stays, with `deletedAt` set and `isActive` false: bookings that were cancelled with it still show it. */
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
    /** Null: the tenant's working hours; empty: never bookable. */
    availabilitySchedule: jsonb().$type<StoredRange[]>(),
    isActive: boolean().notNull().default(true),
    /** Goes up by one with every change of the row. */
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
    // The lists: a tenant's and a category's resources by id. The second has deleted rows too: the foreign key looks there
    // for what refers to a category.
    index('resources_of_tenant')
      .on(table.tenantId, table.id)
      .where(sql`deleted_at is null`),
    index('resources_of_category').on(table.tenantId, table.categoryId, table.id),
    // `attributes @> {…}`; path_ops is smaller than the default class, and serves just that.
    index('resources_attributes')
      .using('gin', table.attributes.op('jsonb_path_ops'))
      .where(sql`deleted_at is null`),
  ],
);

export type ResourceRow = typeof resources.$inferSelect;

/** Counted from booking events, apart from `resources`: a booking neither waits for a change of the resource nor makes one. */
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

/** Tenants that are gone for good: whatever comes late for one of them is refused. */
export const deletedTenants = pgTable('deleted_tenants', {
  tenantId: uuid().primaryKey(),
  deletedAt: instant().notNull(),
});
