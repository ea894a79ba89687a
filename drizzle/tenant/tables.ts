/** What the tenant subgraph keeps. */
import { id, instant } from '@libs/db/columns';
import type { DayOfWeek } from '@libs/time/days';
import { sql } from 'drizzle-orm';
import { boolean, check, jsonb, pgEnum, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';

export const tenantPlan = pgEnum('tenant_plan', ['BASIC', 'PROFESSIONAL', 'ENTERPRISE']);

/** The settings that were ever set; the others follow the defaults. Times as 'HH:MM:SS'. */
export type StoredSettings = {
  businessType?: string;
  timezone?: string;
  locale?: string;
  workingHoursStart?: string;
  workingHoursEnd?: string;
  workingDays?: DayOfWeek[];
  bookingInterval?: number;
  advanceBookingDays?: number;
  cancellationHours?: number;
  autoConfirm?: boolean;
  customLabels?: {
    resourceSingular?: string;
    resourcePlural?: string;
    bookingLabel?: string;
    userLabel?: string;
  };
};

export const tenants = pgTable(
  'tenants',
  {
    id: id(),
    name: text().notNull(),
    domain: text().notNull(),
    logoUrl: text(),
    themePrimaryColor: text(),
    plan: tenantPlan().notNull(),
    isActive: boolean().notNull().default(true),
    settings: jsonb().$type<StoredSettings>().notNull().default({}),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
  },
  (table) => [
    uniqueIndex('tenants_domain_unique').on(table.domain),
    check('tenants_domain_lower_case', sql`${table.domain} = lower(${table.domain})`),
  ],
);

export type TenantRow = typeof tenants.$inferSelect;
