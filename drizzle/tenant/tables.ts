import { id, instant } from '@libs/db/columns';
import type { DayOfWeek } from '@libs/time/days';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

export const tenantPlan = pgEnum('tenant_plan', ['BASIC', 'PROFESSIONAL', 'ENTERPRISE']);

/** Dates as 'YYYY-MM-DD', times as 'HH:MM:SS'. */
export type StoredSpecialHours = {
  from: string;
  to: string;
  ranges: { start: string; end: string }[];
  name: string | null;
};

/** Absent settings have their defaults. Times as 'HH:MM:SS'. */
/** Limits in place of the plan's. */
export type StoredLimits = {
  resources?: number;
  users?: number;
  webhooks?: number;
  apiKeys?: number;
  categories?: number;
};

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
  minimumNoticeMinutes?: number;
  minDurationMinutes?: number;
  maxDurationMinutes?: number;
  bufferBeforeMinutes?: number;
  bufferAfterMinutes?: number;
  approvalHours?: number;
  holdMinutes?: number;
  reminderHours?: number[];
  completeAutomatically?: boolean;
  overnight?: boolean;
  selfSignUp?: boolean;
  signInEmails?: boolean;
  specialHours?: StoredSpecialHours[];
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
    /** Null: https and the domain. */
    frontendUrl: text(),
    logoUrl: text(),
    themePrimaryColor: text(),
    plan: tenantPlan().notNull(),
    isActive: boolean().notNull().default(true),
    settings: jsonb().$type<StoredSettings>().notNull().default({}),
    limits: jsonb().$type<StoredLimits>().notNull().default({}),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
  },
  (table) => [
    uniqueIndex('tenants_domain_unique').on(table.domain),
    check('tenants_domain_lower_case', sql`${table.domain} = lower(${table.domain})`),
  ],
);

export type TenantRow = typeof tenants.$inferSelect;

export const webhookEvent = pgEnum('webhook_event', [
  'BOOKING_CREATED',
  'BOOKING_UPDATED',
  'BOOKING_CANCELLED',
  'BOOKING_STATUS_CHANGED',
  'BOOKING_REMINDER',
]);

export type WebhookEventName = (typeof webhookEvent.enumValues)[number];

/** Deletion is soft: the row stays, inactive and without secrets, until its deliveries have been purged. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: id(),
    /** No foreign key: a deleted tenant's webhooks are purged in batches after it. */
    tenantId: uuid().notNull(),
    url: text().notNull(),
    events: webhookEvent().array().notNull(),
    isActive: boolean().notNull(),
    /** Encrypted; see the subgraph's `secrets.ts`. */
    secret: text(),
    /** Encrypted; signs as well until `previousSecretUntil`. */
    previousSecret: text(),
    previousSecretUntil: instant(),
    /** Every attempt since then has failed; null while attempts succeed. */
    failingSince: instant(),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
    deletedAt: instant(),
  },
  (table) => [
    index('webhooks_tenant')
      .on(table.tenantId, table.id)
      .where(sql`${table.deletedAt} is null`),
    index('webhooks_deleted')
      .on(table.id)
      .where(sql`${table.deletedAt} is not null`),
    check('webhooks_deleted_are_silent', sql`${table.deletedAt} is null or not ${table.isActive}`),
  ],
);

export type WebhookRow = typeof webhooks.$inferSelect;

export const webhookDeliveryStatus = pgEnum('webhook_delivery_status', ['PENDING', 'SUCCEEDED', 'FAILED']);

/** One event for one webhook: a queue entry until it is delivered or given up, then a log entry. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: id(),
    tenantId: uuid().notNull(),
    webhookId: uuid()
      .notNull()
      .references(() => webhooks.id),
    eventId: uuid().notNull(),
    event: webhookEvent().notNull(),
    /** The ordering key. */
    bookingId: uuid().notNull(),
    /** For one booking, the order of its events. */
    arrival: bigint({ mode: 'bigint' }).notNull().generatedAlwaysAsIdentity(),
    /** The trace of the request that caused the event; null in rows of earlier releases. */
    traceId: text(),
    /** The request body, identical in every attempt. */
    body: text().notNull(),
    status: webhookDeliveryStatus().notNull().default('PENDING'),
    attempts: integer().notNull().default(0),
    responseStatus: smallint(),
    error: text(),
    createdAt: instant().notNull(),
    lastAttemptAt: instant(),
    /** Null once settled. */
    nextAttemptAt: instant(),
    /** The current claim, which alone may settle the row; expires at `claimedUntil`. */
    claimId: uuid(),
    claimedUntil: instant(),
  },
  (table) => [
    index('webhook_deliveries_log').on(table.webhookId, table.arrival),
    index('webhook_deliveries_log_by_status').on(table.webhookId, table.status, table.arrival),
    index('webhook_deliveries_due')
      .on(table.webhookId, table.nextAttemptAt, table.arrival)
      .where(sql`${table.status} = 'PENDING'`),
    index('webhook_deliveries_of_booking')
      .on(table.webhookId, table.bookingId, table.arrival)
      .where(sql`${table.status} = 'PENDING'`),
    index('webhook_deliveries_claimed')
      .on(table.webhookId)
      .where(sql`${table.claimId} is not null`),
    index('webhook_deliveries_age').on(table.createdAt),
    // For erasure.
    index('webhook_deliveries_about').on(table.bookingId),
    check(
      'webhook_deliveries_pending_have_a_time',
      sql`(${table.status} = 'PENDING') = (${table.nextAttemptAt} is not null)`,
    ),
    check('webhook_deliveries_claims_end', sql`(${table.claimId} is null) = (${table.claimedUntil} is null)`),
  ],
);

export type WebhookDeliveryRow = typeof webhookDeliveries.$inferSelect;

export const auditActorKind = pgEnum('audit_actor_kind', ['USER', 'API_KEY', 'GUEST', 'PLATFORM', 'SYSTEM']);

/** One row for each event. Triggers in the migration refuse changes, and deletion before `keptUntil`. */
export const auditEntries = pgTable(
  'audit_entries',
  {
    /** The event's. */
    id: uuid().primaryKey(),
    /** No foreign key: entries outlive their tenant. */
    tenantId: uuid().notNull(),
    occurredAt: instant().notNull(),
    /** The event type. */
    action: text().notNull(),
    subjectId: uuid().notNull(),
    /** The order of a booking's entries. Of other subjects 0. */
    subjectVersion: bigint({ mode: 'number' }).notNull(),
    actorKind: auditActorKind().notNull(),
    /** The id of a user, an API key or a platform administrator. */
    actorId: uuid(),
    changes: jsonb().$type<Record<string, unknown>>().notNull(),
    traceId: text().notNull(),
    keptUntil: instant().notNull(),
  },
  (table) => [
    index('audit_entries_by_time').on(table.tenantId, table.occurredAt, table.id),
    index('audit_entries_by_action').on(table.tenantId, table.action, table.occurredAt, table.id),
    index('audit_entries_by_actor')
      .on(table.tenantId, table.actorId, table.action, table.occurredAt, table.id)
      .where(sql`actor_id is not null`),
    index('audit_entries_by_subject').on(table.subjectId, table.subjectVersion, table.occurredAt, table.id),
    index('audit_entries_kept_until').on(table.keptUntil),
  ],
);

export type AuditEntryRow = typeof auditEntries.$inferSelect;
