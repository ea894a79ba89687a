/** Lock order: user, then tokens. Of a token only its digest is stored. */
import { linkEmails, linkRequests, linkTokens, users, type LinkPurpose } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { queueDepth, type QueueDepth } from '@libs/queue/queueDepth';
import type { Claim, ClaimedJob } from '@libs/queue/worker';
import { formatInstant } from '@libs/time/instants';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';
import type { Recipient } from './rules.ts';

type NewRequest = Omit<typeof linkRequests.$inferInsert, 'id' | 'tenantId' | 'claimId' | 'claimedUntil'> & {
  id: string;
};

export async function insertLinkRequest(tenantId: TenantId, db: Queryable, row: NewRequest): Promise<void> {
  await db.drizzle.insert(linkRequests).values({ ...row, tenantId });
}

export type ClaimedRequest = ClaimedJob &
  Pick<typeof linkRequests.$inferSelect, 'kind' | 'email' | 'name' | 'phone' | 'passwordHash' | 'traceId'> & {
    tenantId: TenantId;
  };

/** Oldest first. */
export function claimLinkRequestsOfAllTenants(
  db: Queryable,
  { claimId, now, until }: Claim,
  limit: number,
): Promise<ClaimedRequest[]> {
  return db.sql<ClaimedRequest[]>`
    with due as (
      select id from link_requests
      where claimed_until is null or claimed_until <= ${formatInstant(now)}::timestamptz
      order by created_at
      limit ${limit}
      for update skip locked
    )
    update link_requests request
    set claim_id = ${claimId}, claimed_until = ${formatInstant(until)}::timestamptz
    from due where request.id = due.id
    returning request.id, claim_id as "claimId", tenant_id as "tenantId", kind, email, name, phone,
              password_hash as "passwordHash", trace_id as "traceId"`;
}

/** False if another worker holds the claim now. */
export async function removeLinkRequest(
  tenantId: TenantId,
  tx: Tx,
  { id, claimId }: ClaimedJob,
): Promise<boolean> {
  const removed = await tx.drizzle
    .delete(linkRequests)
    .where(
      and(eq(linkRequests.tenantId, tenantId), eq(linkRequests.id, id), eq(linkRequests.claimId, claimId)),
    )
    .returning({ id: linkRequests.id });
  return removed.length > 0;
}

/**
 * Counts one more e-mail to the address since `since`, unless it has got `max`. Concurrent e-mails to it wait for the transaction's end.
 */
export async function countLinkEmailOfAllTenants(
  tx: Tx,
  address: Buffer,
  { now, since, max }: { now: Temporal.Instant; since: Temporal.Instant; max: number },
): Promise<boolean> {
  const withinWindow = sql`array(select sent from unnest(${linkEmails.sentAt}) sent where sent > ${since.toString()}::timestamptz)`;
  const counted = await tx.drizzle
    .insert(linkEmails)
    .values({ address, sentAt: [now], lastSentAt: now })
    .onConflictDoUpdate({
      target: linkEmails.address,
      set: { sentAt: sql`${withinWindow} || excluded.sent_at`, lastSentAt: sql`excluded.last_sent_at` },
      setWhere: sql`cardinality(${withinWindow}) < ${max}`,
    })
    .returning({ lastSentAt: linkEmails.lastSentAt });
  return counted.length > 0;
}

const recipientColumns = {
  isActive: users.isActive,
  isAdministrator: sql<boolean>`${users.userType} = 'ADMIN'`,
  hasPassword: sql<boolean>`${users.passwordHash} is not null`,
  isInvited: sql<boolean>`${users.invitedAt} is not null`,
  isVerified: sql<boolean>`${users.emailVerifiedAt} is not null`,
  awaitsVerification: users.awaitsVerification,
};

/** Case-insensitive. */
export async function lockRecipient(
  tenantId: TenantId,
  tx: Tx,
  email: string,
): Promise<(Recipient & { id: string }) | undefined> {
  const [row] = await tx.drizzle
    .select({ id: users.id, ...recipientColumns })
    .from(users)
    .where(
      and(
        eq(users.tenantId, tenantId),
        sql`lower(${users.email}) = lower(${email})`,
        isNull(users.deletedAt),
      ),
    )
    .for('update');
  return row;
}

export type ClaimedEmail = ClaimedJob & { tenantId: TenantId; userId: string; address: string | null };

/** Whether the e-mail's worker still holds its claim: it is deleted where its link has become useless. */
export async function isEmailClaimed(
  tenantId: TenantId,
  tx: Tx,
  { id, claimId }: ClaimedJob,
): Promise<boolean> {
  const rows = await tx.sql`
    select from notifications where tenant_id = ${tenantId} and id = ${id} and claim_id = ${claimId}`;
  return rows.length > 0;
}

/** Replaces the token of an earlier attempt to send the e-mail. The user must be locked. */
export async function putLinkToken(
  tenantId: TenantId,
  tx: Tx,
  row: Omit<typeof linkTokens.$inferInsert, 'tenantId'>,
): Promise<void> {
  const { tokenHash, expiresAt } = row;
  await tx.drizzle
    .insert(linkTokens)
    .values({ ...row, tenantId })
    .onConflictDoUpdate({ target: linkTokens.notificationId, set: { tokenHash, expiresAt } });
}

/** The owner of a token that has not expired. */
export async function ownerOfLinkOfAllTenants(
  db: Queryable,
  tokenHash: Buffer,
  purpose: LinkPurpose,
  now: Temporal.Instant,
): Promise<{ tenantId: string; userId: string } | undefined> {
  const [row] = await db.drizzle
    .select({ tenantId: linkTokens.tenantId, userId: linkTokens.userId })
    .from(linkTokens)
    .where(
      and(
        eq(linkTokens.tokenHash, tokenHash),
        eq(linkTokens.purpose, purpose),
        gt(linkTokens.expiresAt, now),
      ),
    );
  return row;
}

/** Whether a sign-up with the user's address has not been answered yet. */
export async function isSignUpWaiting(tenantId: TenantId, db: Queryable, userId: string): Promise<boolean> {
  const rows = await db.drizzle
    .select({ id: linkRequests.id })
    .from(linkRequests)
    .innerJoin(
      users,
      and(
        eq(users.tenantId, linkRequests.tenantId),
        sql`lower(${users.email}) = lower(${linkRequests.email})`,
      ),
    )
    .where(and(eq(linkRequests.tenantId, tenantId), eq(linkRequests.kind, 'SIGN_UP'), eq(users.id, userId)))
    .limit(1);
  return rows.length > 0;
}

/** False if it was used or removed. The user must be locked. */
export async function removeLinkToken(tenantId: TenantId, tx: Tx, tokenHash: Buffer): Promise<boolean> {
  const removed = await tx.drizzle
    .delete(linkTokens)
    .where(and(eq(linkTokens.tenantId, tenantId), eq(linkTokens.tokenHash, tokenHash)))
    .returning({ userId: linkTokens.userId });
  return removed.length > 0;
}

/** The user must be locked. */
export async function removeLinkTokensOfUser(tenantId: TenantId, tx: Tx, userId: string): Promise<void> {
  await tx.drizzle
    .delete(linkTokens)
    .where(and(eq(linkTokens.tenantId, tenantId), eq(linkTokens.userId, userId)));
}

export const linkRequestDepthOfAllTenants = (db: Queryable): Promise<QueueDepth> =>
  queueDepth(db, db.sql`select created_at as at from link_requests`);
