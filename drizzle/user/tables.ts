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
    /** argon2id in PHC string format. Null: the user cannot sign in, for instance after a repeated sign-up. */
    passwordHash: text(),
    /** Null once the address changes. */
    emailVerifiedAt: instant(),
    /** The time of the latest invitation; null without one, and once it is accepted. */
    invitedAt: instant(),
    /** Signed up by themselves: cannot sign in until the address is verified. */
    awaitsVerification: boolean().notNull().default(false),
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
    /** When data about a deleted user that others keep was first erased; null in rows of earlier releases. */
    erasedAt: instant(),
  },
  (table) => [
    uniqueIndex('users_email_unique')
      .on(table.tenantId, sql`lower(${table.email})`)
      .where(sql`${table.deletedAt} is null`),

    index('users_tenant').on(table.tenantId, table.id),
    // For the purge of sign-ups that nobody verified.
    index('users_awaiting_verification')
      .on(table.createdAt)
      .where(sql`${table.awaitsVerification}`),
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
    /** The hash of the last password from the environment: a start changes the password only if the environment did. */
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
    /** The User-Agent of the client that signed in, cut to a maximum length; null if it had none. */
    userAgent: text(),
    /** At most a minute old; null until it was used or refreshed a minute after the sign-in. */
    lastUsedAt: instant(),
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

/** The contract's ApiScope. */
export const apiScope = pgEnum('api_scope', [
  'BOOKINGS_READ',
  'BOOKINGS_WRITE',
  'BOOKINGS_OVERRIDE',
  'RESOURCES_WRITE',
  'USERS_READ',
  'USERS_WRITE',
  'SETTINGS_WRITE',
  'REPORTS_READ',
]);

/** Keys for tenants' servers. Scopes never change. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: id(),
    tenantId: uuid().notNull(),
    name: text().notNull(),
    /** Its public beginning. */
    prefix: text().notNull(),
    /** The digest of the whole key. */
    keyHash: digest().notNull(),
    scopes: apiScope().array().notNull(),
    isActive: boolean().notNull(),
    /** Null: a platform administrator. */
    createdBy: uuid().references(() => users.id, { onDelete: 'set null' }),
    createdAt: instant().notNull(),
    expiresAt: instant(),
    /** When it was last used, to the minute. */
    lastUsedAt: instant(),
  },
  (table) => [
    uniqueIndex('api_keys_key_hash').on(table.keyHash),
    index('api_keys_tenant').on(table.tenantId, table.createdAt),
    index('api_keys_created_by').on(table.createdBy),
    check('api_keys_have_scopes', sql`cardinality(${table.scopes}) > 0`),
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

export const linkPurpose = pgEnum('link_purpose', [
  'RESET_PASSWORD',
  'VERIFY_EMAIL',
  'ACCEPT_INVITATION',
  'EXPORT_TENANT',
]);
export type LinkPurpose = (typeof linkPurpose.enumValues)[number];

/** The unused token of an e-mail's link: each e-mail has one, which a new attempt to send it replaces. */
export const linkTokens = pgTable(
  'link_tokens',
  {
    tokenHash: digest().primaryKey(),
    notificationId: uuid().notNull(),
    tenantId: uuid().notNull(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    purpose: linkPurpose().notNull(),
    expiresAt: instant().notNull(),
  },
  (table) => [
    uniqueIndex('link_tokens_one_of_notification').on(table.notificationId),
    index('link_tokens_user').on(table.userId),
    index('link_tokens_expires_at').on(table.expiresAt),
  ],
);

export const linkRequestKind = pgEnum('link_request_kind', ['RESET_PASSWORD', 'VERIFY_EMAIL', 'SIGN_UP']);
export type LinkRequestKind = (typeof linkRequestKind.enumValues)[number];

/**
 * What somebody without a session asked for, until a worker has looked whether the address is known: a request costs the same for
 * every address.
 */
export const linkRequests = pgTable(
  'link_requests',
  {
    id: id(),
    tenantId: uuid().notNull(),
    kind: linkRequestKind().notNull(),
    email: text().notNull(),
    /** Only in sign-ups; null otherwise. */
    name: text(),
    phone: text(),
    passwordHash: text(),
    traceId: text().notNull(),
    createdAt: instant().notNull(),
    /** The claim of the current attempt; null between attempts. */
    claimId: uuid(),
    claimedUntil: instant(),
  },
  (table) => [
    index('link_requests_created_at').on(table.createdAt),
    check('link_requests_claimed_until', sql`(${table.claimId} is null) = (${table.claimedUntil} is null)`),
    check(
      'link_requests_sign_ups_have_a_password',
      sql`(${table.kind} = 'SIGN_UP') = (${table.passwordHash} is not null) and (${table.kind} = 'SIGN_UP') = (${table.name} is not null)`,
    ),
  ],
);

/** When an address got e-mails with links. `address`: digest of it in lower case. */
export const linkEmails = pgTable(
  'link_emails',
  {
    address: digest().primaryKey(),
    sentAt: instant().array().notNull(),
    lastSentAt: instant().notNull(),
  },
  (table) => [index('link_emails_last_sent_at').on(table.lastSentAt)],
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
    /** The notification of the same user whose e-mail is about this one's booking, too; it has no e-mail of its own. */
    sentWith: uuid(),
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
    index('notifications_due_of_tenant')
      .on(table.tenantId, table.nextAttemptAt, table.arrival)
      .where(sql`${table.status} = 'PENDING'`),
    index('notifications_pending_of_subject')
      .on(table.userId, table.subjectId, table.arrival)
      .where(sql`${table.status} = 'PENDING'`),
    index('notifications_sent_with')
      .on(table.sentWith)
      .where(sql`${table.sentWith} is not null`),
    index('notifications_created_at').on(table.createdAt),
    // For erasure.
    index('notifications_about').on(table.subjectId),
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
  /** Only of a booking that was moved because the rules of its time zone have changed. */
  | 'booking.updated'
  | 'booking.cancelled'
  | 'booking.status_changed'
  | 'booking.reminder'
  | 'webhook.disabled'
  /** Internal to this subgraph: what a `booking.updated` says to those who keep the booking, and to the client who no longer has it. */
  | 'booking.moved'
  | 'booking.reassigned'
  /** Internal to this subgraph: recorded with the change, not consumed from a stream. */
  | 'user.email_changed'
  | 'user.signed_in'
  | LinkEventType;

/** E-mails that somebody asked for, most of them with a link. */
export type LinkEventType =
  | 'user.password_reset'
  | 'user.email_verification'
  | 'user.invitation'
  | 'user.address_taken'
  | 'user.sign_up_repeated'
  | 'tenant.export_requested';

/** The store never returns the password hash. */
export type UserRow = Omit<typeof users.$inferSelect, 'passwordHash'>;
export type SessionRow = typeof sessions.$inferSelect;
/** The store never returns the hash. */
export type ApiKeyRow = Omit<typeof apiKeys.$inferSelect, 'keyHash'>;
