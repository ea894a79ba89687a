import { id, instant } from '@libs/db/columns';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/** SHA-256, for secrets of high entropy. */
const digest = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const userType = pgEnum('user_type', ['ADMIN', 'USER']);

/** Deletion erases the personal data; the row stays for the bookings that refer to it. */
export const users = pgTable(
  'users',
  {
    id: id(),
    tenantId: uuid().notNull(),
    /** Empty once the user is deleted. */
    name: text().notNull(),
    email: text(),
    phone: text(),
    /** argon2id in PHC string format. Null: the user cannot sign in. */
    passwordHash: text(),
    userType: userType().notNull(),
    canBook: boolean().notNull(),
    canManageBookings: boolean().notNull(),
    canManageResources: boolean().notNull(),
    canManageUsers: boolean().notNull(),
    metadata: jsonb().$type<Record<string, unknown>>().notNull(),
    isActive: boolean().notNull(),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
    deletedAt: instant(),
  },
  (table) => [
    uniqueIndex('users_email_unique')
      .on(table.tenantId, sql`lower(${table.email})`)
      .where(sql`${table.deletedAt} is null`),

    index('users_tenant').on(table.tenantId, table.id),
    // The collation of `libs/db/keysetSql.ts`.
    index('users_by_name')
      .on(table.tenantId, sql`${table.name} collate "und-x-icu"`, table.id)
      .where(sql`${table.deletedAt} is null`),
    check('users_email_until_deleted', sql`(${table.email} is null) = (${table.deletedAt} is not null)`),
    check(
      'users_deleted_are_erased',
      sql`${table.deletedAt} is null or (not ${table.isActive}
      and ${table.name} = '' and ${table.phone} is null and ${table.passwordHash} is null and ${table.metadata} = '{}')`,
    ),
  ],
);

/** Checked when a user is created: a tenant's deletion may be consumed during the request. */
export const deletedTenants = pgTable('deleted_tenants', {
  tenantId: uuid().primaryKey(),
  deletedAt: instant().notNull(),
});

export const platformAdministrators = pgTable(
  'platform_administrators',
  {
    id: id(),
    email: text().notNull(),
    passwordHash: text().notNull(),
    /** Of the last password from the environment: a start changes the password only if the environment did. */
    environmentPasswordHash: text().notNull(),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
  },
  (table) => [uniqueIndex('platform_administrators_email_unique').on(sql`lower(${table.email})`)],
);

export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    administratorId: uuid().references(() => platformAdministrators.id, { onDelete: 'cascade' }),
    /** Null for a platform administrator. */
    tenantId: uuid(),
    createdAt: instant().notNull(),
    /** Extended on refresh. */
    expiresAt: instant().notNull(),
    endedAt: instant(),
  },
  (table) => [
    index('sessions_user').on(table.userId),
    index('sessions_administrator').on(table.administratorId),
    index('sessions_expires_at').on(table.expiresAt),
    index('sessions_ended')
      .on(table.endedAt)
      .where(sql`${table.endedAt} is not null`),
    check('sessions_of_one', sql`(${table.userId} is null) <> (${table.administratorId} is null)`),
    check('sessions_tenant_with_user', sql`(${table.userId} is null) = (${table.tenantId} is null)`),
  ],
);

/** A session's valid refresh token and its used ones, whose reuse reveals a theft. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    tokenHash: digest().primaryKey(),
    sessionId: uuid()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    expiresAt: instant().notNull(),
    usedAt: instant(),
  },
  (table) => [
    uniqueIndex('refresh_tokens_one_unused')
      .on(table.sessionId)
      .where(sql`${table.usedAt} is null`),
    index('refresh_tokens_session').on(table.sessionId),
    index('refresh_tokens_expires_at').on(table.expiresAt),
  ],
);

/** `account`: digest of the tenant and an e-mail address, which need not exist. */
export const failedSignIns = pgTable(
  'failed_sign_ins',
  {
    account: digest().primaryKey(),
    failures: integer().notNull(),
    firstFailedAt: instant().notNull(),
  },
  (table) => [index('failed_sign_ins_first_failed_at').on(table.firstFailedAt)],
);

/** KEPT: no mail server was configured. */
export const notificationStatus = pgEnum('notification_status', ['PENDING', 'SENT', 'FAILED', 'KEPT']);

/** One e-mail about one event to one user. The text is not stored: it is composed for sending. */
export const notifications = pgTable(
  'notifications',
  {
    /** Also used in the Message-ID. */
    id: id(),
    arrival: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    tenantId: uuid().notNull(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    eventId: uuid().notNull(),
    eventType: text().$type<NotifiedEventType>().notNull(),
    /** A booking or webhook. A user's e-mails about one subject are sent in order. */
    subjectId: uuid().notNull(),
    payload: jsonb().notNull(),
    traceId: text().notNull(),
    status: notificationStatus().notNull(),
    attempts: integer().notNull().default(0),
    nextAttemptAt: instant(),
    /** The claim of the current attempt; null between attempts. */
    claimId: uuid(),
    claimedUntil: instant(),
    /** Set just before the message is completed: from then on the mail server may have accepted it. */
    handedOverAt: instant(),
    error: text(),
    createdAt: instant().notNull(),
    settledAt: instant(),
  },
  (table) => [
    uniqueIndex('notifications_once').on(table.userId, table.eventId),
    index('notifications_due')
      .on(table.nextAttemptAt, table.arrival)
      .where(sql`${table.status} = 'PENDING'`),
    index('notifications_pending_of_subject')
      .on(table.userId, table.subjectId, table.arrival)
      .where(sql`${table.status} = 'PENDING'`),
    index('notifications_created_at').on(table.createdAt),
    check(
      'notifications_due_while_pending',
      sql`(${table.status} = 'PENDING') = (${table.nextAttemptAt} is not null)`,
    ),
    check('notifications_settled', sql`(${table.status} = 'PENDING') = (${table.settledAt} is null)`),
    check('notifications_claimed_until', sql`(${table.claimId} is null) = (${table.claimedUntil} is null)`),
  ],
);

export type NotifiedEventType =
  | 'booking.created'
  | 'booking.cancelled'
  | 'booking.status_changed'
  | 'webhook.disabled'
  /** Internal to this subgraph: recorded with the change, not consumed from a stream. */
  | 'user.email_changed';

/** The store never returns the password hash. */
export type UserRow = Omit<typeof users.$inferSelect, 'passwordHash'>;
export type SessionRow = typeof sessions.$inferSelect;
