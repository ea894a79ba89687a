/** SQL of notifications. Times are the caller's clock's, so that a test can move it. */
import { notifications, users, type NotifiedEventType } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import { and, eq, inArray, lt } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

/** An event, as it is recorded for each of its recipients. */
export type NotifiedEvent = {
  eventId: string;
  type: NotifiedEventType;
  subjectId: string;
  payload: object;
  traceId: string;
};

/** Who is told: users by id, or the tenant's administrators. */
export type Recipients = { userIds: readonly string[] } | 'administrators';

/**
 * Records one notification of the event for each recipient of the tenant who is active, unless it is recorded already. Waits for whoever
 * is deleting one of them, so that nothing is left for a user who is gone.
 */
export async function insertNotifications(
  tenantId: TenantId,
  tx: Tx,
  recipients: Recipients,
  event: NotifiedEvent,
  now: Temporal.Instant,
): Promise<void> {
  const found = await tx.drizzle
    .select({ userId: users.id })
    .from(users)
    .where(
      and(
        eq(users.tenantId, tenantId),
        eq(users.isActive, true),
        recipients === 'administrators'
          ? eq(users.userType, 'ADMIN')
          : inArray(users.id, [...recipients.userIds]),
      ),
    )
    .orderBy(users.id)
    .for('key share');
  if (found.length === 0) return;
  const { type: eventType, ...plain } = event;
  const rows = found.map(({ userId }) => ({
    ...plain,
    eventType,
    id: newId(),
    tenantId,
    userId,
    status: 'PENDING' as const,
    nextAttemptAt: now,
    createdAt: now,
  }));
  await tx.drizzle.insert(notifications).values(rows).onConflictDoNothing();
}

/** A notification whose turn it is. The address and the name are the user's of now. */
export type Turn = {
  id: string;
  tenantId: TenantId;
  eventType: NotifiedEventType;
  payload: unknown;
  traceId: string;
  attempts: number;
  /** Whether an attempt before this one ended with the server perhaps having taken it. */
  wasHandedOver: boolean;
  /** Null where the user may not be told any more. */
  address: string | null;
  name: string;
};

/**
 * Takes the notification that has been due for longest, until `until`, and counts the attempt; undefined where none is due. Several
 * workers may ask at once. A user is told of one thing in order: what comes after waits until what came before is settled.
 */
export async function takeTurnOfAllTenants(
  db: Queryable,
  { now, until, claimId }: { now: Temporal.Instant; until: Temporal.Instant; claimId: string },
): Promise<Turn | undefined> {
  const at = formatInstant(now);
  const [turn] = await db.sql<Turn[]>`
    with due as (
      select id from notifications waiting
      where status = 'PENDING' and next_attempt_at <= ${at}::text::timestamptz
        and (claimed_until is null or claimed_until <= ${at}::text::timestamptz)
        and not exists (
          select from notifications earlier
          where earlier.user_id = waiting.user_id and earlier.subject_id = waiting.subject_id
            and earlier.arrival < waiting.arrival and earlier.status = 'PENDING'
        )
      order by next_attempt_at, arrival
      limit 1
      for update skip locked
    )
    update notifications notification
    set claim_id = ${claimId}, claimed_until = ${formatInstant(until)}::text::timestamptz, attempts = attempts + 1
    from due, users recipient
    where notification.id = due.id and recipient.id = notification.user_id
    returning notification.id, notification.tenant_id as "tenantId", notification.event_type as "eventType", payload,
              trace_id as "traceId", attempts, handed_over_at is not null as "wasHandedOver",
              case when recipient.is_active then recipient.email end as address, recipient.name`;
  return turn;
}

/** Notes that the server is about to be told that the message is complete; false where the turn, or the notification, is gone. */
export async function noteHandOverOfAllTenants(
  db: Queryable,
  id: string,
  claimId: string,
  now: Temporal.Instant,
): Promise<boolean> {
  const noted = await db.sql`
    update notifications set handed_over_at = ${formatInstant(now)}::text::timestamptz
    where id = ${id} and claim_id = ${claimId}`;
  return noted.count > 0;
}

/** What an attempt came to. `nextAttemptAt` while there is a further one. */
export type Settled =
  | { status: 'SENT' | 'KEPT'; error: null }
  | { status: 'FAILED'; error: string; mayHaveArrived: boolean }
  | { status: 'PENDING'; error: string; nextAttemptAt: Temporal.Instant };

/** Ends the turn; false where it had passed to somebody else, or the notification is gone. */
export async function settleTurnOfAllTenants(
  db: Queryable,
  id: string,
  claimId: string,
  settled: Settled,
  now: Temporal.Instant,
): Promise<boolean> {
  const isPending = settled.status === 'PENDING';
  const nextAttemptAt = isPending ? formatInstant(settled.nextAttemptAt) : null;
  // The mark stays where the server took it, or may have.
  const keepsMark = settled.status === 'SENT' || (settled.status === 'FAILED' && settled.mayHaveArrived);
  const done = await db.sql`
    update notifications
    set status = ${settled.status}, error = ${settled.error}, next_attempt_at = ${nextAttemptAt}::text::timestamptz,
        settled_at = ${isPending ? null : formatInstant(now)}::text::timestamptz, claim_id = null, claimed_until = null,
        handed_over_at = case when ${keepsMark} then handed_over_at end
    where id = ${id} and claim_id = ${claimId}`;
  return done.count > 0;
}

/** Gives a turn back unused: the attempt was broken off before the server had the whole message. */
export async function returnTurnOfAllTenants(db: Queryable, id: string, claimId: string): Promise<void> {
  await db.sql`
    update notifications set claim_id = null, claimed_until = null, handed_over_at = null, attempts = attempts - 1
    where id = ${id} and claim_id = ${claimId}`;
}

/** Names of users of the tenant by id; a deleted user's is empty. */
export async function namesOfUsers(
  tenantId: TenantId,
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.drizzle
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(and(eq(users.tenantId, tenantId), inArray(users.id, [...ids])));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Removes what a user was told, and what they were to be told. */
export async function removeNotificationsOfUser(tenantId: TenantId, tx: Tx, userId: string): Promise<void> {
  await tx.drizzle
    .delete(notifications)
    .where(and(eq(notifications.tenantId, tenantId), eq(notifications.userId, userId)));
}

/** Removes notifications that were recorded before `before`, `most` at most; returns how many. */
export async function removeOldNotificationsOfAllTenants(
  db: Db,
  before: Temporal.Instant,
  most: number,
): Promise<number> {
  const old = db.drizzle
    .select({ id: notifications.id })
    .from(notifications)
    .where(lt(notifications.createdAt, before))
    .limit(most);
  const removed = await db.drizzle
    .delete(notifications)
    .where(inArray(notifications.id, old))
    .returning({ id: notifications.id });
  return removed.length;
}
