/** What the user subgraph keeps: users, who administers the platform, the sessions of both, and what users are told by e-mail. */
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

/** A SHA-256 digest: what is kept of a secret that has enough entropy of its own. */
const digest = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const userType = pgEnum('user_type', ['ADMIN', 'USER']);

/** A deleted user's row stays, without personal data, for the bookings that refer to it. */
export const users = pgTable(
  'users',
  {
    id: id(),
    tenantId: uuid().notNull(),
    /** Empty once the user is deleted. */
    name: text().notNull(),
    email: text(),
    phone: text(),
    /** argon2id in PHC form; null: the user cannot sign in. */
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
    // Lists go by it, and the deletion of a tenant.
    index('users_tenant').on(table.tenantId, table.id),
    check('users_email_until_deleted', sql`(${table.email} is null) = (${table.deletedAt} is not null)`),
    check(
      'users_deleted_are_erased',
      sql`${table.deletedAt} is null or (not ${table.isActive}
      and ${table.name} = '' and ${table.phone} is null and ${table.passwordHash} is null and ${table.metadata} = '{}')`,
    ),
  ],
);

/** Tenants that are gone for good: whoever makes a user looks here, since the event may overtake the request. */
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
    /** Of the password that the environment last gave, so that a start changes nothing unless the environment did. */
    environmentPasswordHash: text().notNull(),
    createdAt: instant().notNull(),
    updatedAt: instant().notNull(),
  },
  (table) => [uniqueIndex('platform_administrators_email_unique').on(sql`lower(${table.email})`)],
);

/** A session is a user's, or a platform administrator's. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    userId: uuid().references(() => users.id, { onDelete: 'cascade' }),
    administratorId: uuid().references(() => platformAdministrators.id, { onDelete: 'cascade' }),
    /** The user's; null for a platform administrator. */
    tenantId: uuid(),
    createdAt: instant().notNull(),
    /** Moves on with every refresh. */
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

/** The refresh tokens of a session: the one that counts, and those that were used, which betray whoever uses them again. */
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

/** Wrong passwords of late, by account; the account is a digest of tenant and e-mail address, which need not exist. */
export const failedSignIns = pgTable(
  'failed_sign_ins',
  {
    account: digest().primaryKey(),
    failures: integer().notNull(),
    firstFailedAt: instant().notNull(),
  },
  (table) => [index('failed_sign_ins_first_failed_at').on(table.firstFailedAt)],
);

/** PENDING: to be sent. KEPT: there was no mail server to send it by. */
export const notificationStatus = pgEnum('notification_status', ['PENDING', 'SENT', 'FAILED', 'KEPT']);

/** What one user is told of one event, by e-mail. Nothing of the text is kept: it is composed when it is sent. */
export const notifications = pgTable(
  'notifications',
  {
    /** Its Message-ID too. */
    id: id(),
    /** The order of recording. */
    arrival: bigint({ mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    tenantId: uuid().notNull(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    eventId: uuid().notNull(),
    eventType: text().$type<NotifiedEventType>().notNull(),
    /** What the event is about, a booking or a webhook: of one thing a user is told in order. */
    subjectId: uuid().notNull(),
    /** The event's, as it stood in the stream. */
    payload: jsonb().notNull(),
    traceId: text().notNull(),
    status: notificationStatus().notNull(),
    /** Attempts begun. */
    attempts: integer().notNull().default(0),
    nextAttemptAt: instant(),
    /** Whose turn it is, and until when; null between attempts. */
    claimId: uuid(),
    claimedUntil: instant(),
    /** When the mail server was about to be told that the message is complete: from then on it may have taken it. */
    handedOverAt: instant(),
    /** What the last attempt failed by. */
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

/** The events that users are told of. */
export type NotifiedEventType =
  | 'booking.created'
  | 'booking.cancelled'
  | 'booking.status_changed'
  | 'webhook.disabled'
  /** Of this subgraph alone: recorded with the change, not consumed. */
  | 'user.email_changed';

/** A user as it may leave the store: without the password's hash. */
export type UserRow = Omit<typeof users.$inferSelect, 'passwordHash'>;
export type AdministratorRow = typeof platformAdministrators.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
