/** Times come from the caller's clock, so tests can move it. */
import { notifications, users, type NotifiedEventType } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Db } from '@libs/db/connect';
import { groupBy } from '@libs/db/groupBy';
import { newId } from '@libs/db/ids';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import { settleClaim, settleClaims } from '@libs/queue/claims';
import { queueDepth, type QueueDepth } from '@libs/queue/queueDepth';
import type { Claim, ClaimedJob } from '@libs/queue/worker';
import { formatInstant } from '@libs/time/instants';
import { and, eq, inArray } from 'drizzle-orm';
import type postgres from 'postgres';
import type { Temporal } from 'temporal-polyfill';

export type RecordedEvent = {
  eventId: string;
  type: NotifiedEventType;
  subjectId: string;
  payload: object;
  traceId: string;
  /** By default now; earlier ones overtake what waits. */
  dueAt?: Temporal.Instant;
};

/** For each active administrator of the tenant, once. Waits for concurrent deletions, as below. */
export async function insertNotificationsForAdministrators(
  tenantId: TenantId,
  tx: Tx,
  event: RecordedEvent,
  now: Temporal.Instant,
): Promise<void> {
  const found = await tx.drizzle
    .select({ userId: users.id })
    .from(users)
    .where(and(eq(users.tenantId, tenantId), eq(users.isActive, true), eq(users.userType, 'ADMIN')))
    .orderBy(users.id)
    .for('key share');
  const userIds = found.map(({ userId }) => userId);
  await insertOfAllTenants(tx, [{ ...event, tenantId, userIds }], now);
}

export type EventForUsers = RecordedEvent & {
  tenantId: TenantId;
  userIds: readonly string[];
  /** Events with equal keys share an e-mail. */
  emailKeyOf?: (userId: string) => string;
};

/**
 * For each active user of the event's tenant, once. Waits for concurrent deletions of a recipient, so that nothing is left for a
 * deleted user.
 */
export async function insertNotificationsOfAllTenants(
  tx: Tx,
  events: readonly EventForUsers[],
  now: Temporal.Instant,
): Promise<void> {
  const ids = [...new Set(events.flatMap(({ userIds }) => userIds))];
  const found = await tx.sql<{ id: string; tenantId: string }[]>`
    select id, tenant_id as "tenantId" from users
    where id = any(${ids}::uuid[]) and is_active and tenant_id is not null
    order by id
    for key share`;
  const tenantOf = new Map(found.map(({ id, tenantId }) => [id, tenantId]));
  const received = events.map((event) => ({
    ...event,
    userIds: event.userIds.filter((id) => tenantOf.get(id) === event.tenantId),
  }));
  await insertOfAllTenants(tx, received, now);
}

/** For a locked user, active or not. */
export const insertNotificationOf = (
  tenantId: TenantId,
  tx: Tx,
  userId: string,
  event: RecordedEvent,
  now: Temporal.Instant,
): Promise<void> => insertOfAllTenants(tx, [{ ...event, tenantId, userIds: [userId] }], now);

/** Inserts notifications in the order of the events. */
async function insertOfAllTenants(
  tx: Tx,
  events: readonly EventForUsers[],
  now: Temporal.Instant,
): Promise<void> {
  const firstOf = new Map<string, string>();
  const sentWith = (id: string, key: string): string | null => {
    const first = firstOf.get(key) ?? null;
    if (first === null) firstOf.set(key, id);
    return first;
  };
  const rows = events.flatMap(({ userIds, ...event }) =>
    userIds.map((userId) => {
      const id = newId();
      return {
        id,
        tenant_id: event.tenantId,
        user_id: userId,
        event_id: event.eventId,
        event_type: event.type,
        subject_id: event.subjectId,
        payload: event.payload,
        trace_id: event.traceId,
        sent_with: event.emailKeyOf ? sentWith(id, event.emailKeyOf(userId)) : null,
        next_attempt_at: formatInstant(event.dueAt ?? now),
      };
    }),
  );
  if (rows.length === 0) return;
  const at = formatInstant(now);
  await tx.sql`
    insert into notifications
      (id, tenant_id, user_id, event_id, event_type, subject_id, payload, trace_id, sent_with, status, next_attempt_at, created_at)
    select id, tenant_id, user_id, event_id, event_type, subject_id, payload, trace_id, sent_with,
           'PENDING', next_attempt_at, ${at}::timestamptz
    from rows from (
      jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as (
        id uuid, tenant_id uuid, user_id uuid, event_id uuid, event_type text, subject_id uuid, payload jsonb, trace_id text,
        sent_with uuid, next_attempt_at timestamptz
      )
    ) with ordinality as row(
      id, tenant_id, user_id, event_id, event_type, subject_id, payload, trace_id, sent_with, next_attempt_at, ordinal
    )
    order by ordinal
    on conflict do nothing`;
}

/** One that has no e-mail of its own: another's is about its booking, too. */
type SentWith = ClaimedJob & { payload: unknown };

/** Has the user's current name and address; if the address was changed, the old one. */
export type ClaimedNotification = ClaimedJob & {
  tenantId: TenantId;
  userId: string;
  eventId: string;
  eventType: NotifiedEventType;
  payload: unknown;
  traceId: string;
  /** In the order of their events. */
  others: readonly SentWith[];
  attempts: number;
  /** Whether the mail server may have accepted the message of an earlier attempt. */
  wasHandedOver: boolean;
  /** Null if the user may no longer receive e-mails. */
  address: string | null;
  /** '' to an address that may be a stranger's to whoever chose the name: nobody writes there in the tenant's name by it. */
  name: string;
};

/**
 * Counts the attempts. One of each tenant before a second of any, those of `running` included, then the longest due first: the e-mails of
 * a tenant that cancels a thousand bookings do not hold up the others'. A user's notifications of one subject are sent in order: a later one
 * waits until the earlier ones are settled. Where the notification that another is `sent_with` does not exist, because its event had been
 * recorded before or it was purged, the other is sent by itself. "offset 0" keeps these look-ups from becoming joins of all that is pending.
 * The recursive part skips through the index from tenant to tenant.
 */
export function claimDueNotificationsOfAllTenants(
  db: Db,
  claim: Claim,
  limit: number,
  running: readonly { tenantId: TenantId }[] = [],
): Promise<ClaimedNotification[]> {
  return inTransaction(db, async ({ sql }) => {
    // Statements are sent when they are awaited: these in this order, in one round trip.
    const [, rows] = await Promise.all([
      acquireLocks({ sql }, LOCK_KEYS.notificationClaim),
      claimDue(sql, claim, limit, running),
    ]);
    const byFirst = groupBy(rows, ({ first }) => first);
    return rows
      .filter(({ id, first }) => id === first)
      .map(({ first, ...row }) => ({ ...row, others: byFirst.get(first)!.filter(({ id }) => id !== first) }));
  });
}

function claimDue(
  sql: Tx['sql'],
  { claimId, now, until }: Claim,
  limit: number,
  running: readonly { tenantId: TenantId }[],
): postgres.PendingQuery<(Omit<ClaimedNotification, 'others'> & { first: string })[]> {
  const at = formatInstant(now);
  return sql`
    with recursive pending_tenants (tenant_id) as (
      (select tenant_id from notifications where status = 'PENDING' order by tenant_id limit 1)
      union all
      select (select next.tenant_id from notifications next
              where next.status = 'PENDING' and next.tenant_id > pending_tenants.tenant_id order by next.tenant_id limit 1)
      from pending_tenants where pending_tenants.tenant_id is not null
    ), in_progress as (
      select tenant_id, count(*) from unnest(${running.map(({ tenantId }) => tenantId)}::uuid[]) as tenant_id group by tenant_id
    ), due as (
      select ranked.id
      from pending_tenants
      left join in_progress using (tenant_id)
      cross join lateral (
        select id, next_attempt_at, arrival, row_number() over (order by next_attempt_at, arrival) as rank
        from (
          select id, next_attempt_at, arrival from notifications waiting
          where tenant_id = pending_tenants.tenant_id and status = 'PENDING' and next_attempt_at <= ${at}::timestamptz
            and (claimed_until is null or claimed_until <= ${at}::timestamptz)
            and not exists (select from notifications first where first.id = waiting.sent_with offset 0)
            and not exists (
              select from (
                select waiting.subject_id as id
                union all
                select other.subject_id from notifications other where other.sent_with = waiting.id
              ) as subject, lateral (
                select from notifications earlier
                where earlier.user_id = waiting.user_id and earlier.subject_id = subject.id
                  and earlier.arrival < waiting.arrival and earlier.status = 'PENDING'
                offset 0
              ) as earlier
              offset 0
            )
          order by next_attempt_at, arrival
          limit ${limit}
        ) oldest
      ) ranked
      order by rank + coalesce(in_progress.count, 0), next_attempt_at, arrival
      limit ${limit}
    ), claimed as (
      select id, id as first from due
      union all
      select other.id, due.id from due join notifications other on other.sent_with = due.id
    )
    update notifications notification
    set claim_id = ${claimId}, claimed_until = ${formatInstant(until)}::timestamptz, attempts = attempts + 1
    from claimed, users recipient
    where notification.id = claimed.id and recipient.id = notification.user_id
    returning notification.id, claimed.first, notification.claim_id as "claimId", notification.tenant_id as "tenantId",
              notification.user_id as "userId",
              notification.event_type as "eventType", notification.event_id as "eventId", payload, trace_id as "traceId", attempts,
              handed_over_at is not null as "wasHandedOver",
              case when notification.event_type = 'user.email_changed' then payload->>'old_email'
                   when recipient.is_active then recipient.email end as address,
              case when recipient.awaits_verification or notification.event_type = 'user.email_verification' then ''
                   else recipient.name end as name`;
}

/**
 * Marks that the mail server is about to get the end of the message. False if another worker holds the claim now, or the
 * notification is gone.
 */
export async function recordHandOverOfAllTenants(
  db: Queryable,
  { id, claimId }: ClaimedJob,
  now: Temporal.Instant,
): Promise<boolean> {
  const noted = await db.sql`
    update notifications set handed_over_at = ${formatInstant(now)}::timestamptz
    where id = ${id} and claim_id = ${claimId}`;
  return noted.count > 0;
}

export type NotificationResult =
  | { status: 'SENT'; error: null }
  | { status: 'FAILED'; error: string; mayHaveArrived: boolean }
  | { status: 'PENDING'; error: string; nextAttemptAt: Temporal.Instant };

/** False if another worker holds the claim now, or the notification is gone. */
export async function settleNotificationOfAllTenants(
  db: Queryable,
  notification: ClaimedNotification,
  result: NotificationResult,
  now: Temporal.Instant,
): Promise<boolean> {
  const { status, error } = result;
  const keepsMark = status === 'SENT' || (status === 'FAILED' && result.mayHaveArrived);
  // Those that are sent with it are claimed again with it.
  const jobs = status === 'PENDING' ? [notification] : [notification, ...notification.others];
  const settled = await settleClaims(db, 'notifications', jobs, {
    status,
    error,
    next_attempt_at: status === 'PENDING' ? formatInstant(result.nextAttemptAt) : null,
    settled_at: status === 'PENDING' ? null : formatInstant(now),
    ...(keepsMark ? {} : { handed_over_at: null }),
  });
  return settled.has(notification.id);
}

/** Settles notifications for which there is no mail server. Returns the ids of those that were still claimed. */
export function settleKeptOfAllTenants(
  db: Queryable,
  notifications: readonly ClaimedNotification[],
  now: Temporal.Instant,
): Promise<Set<string>> {
  const jobs = notifications.flatMap((one) => [one, ...one.others]);
  return settleClaims(db, 'notifications', jobs, {
    status: 'KEPT',
    error: null,
    next_attempt_at: null,
    settled_at: formatInstant(now),
    handed_over_at: null,
  });
}

/** The aborted attempt does not count. */
export async function releaseNotificationOfAllTenants(
  db: Queryable,
  notification: ClaimedNotification,
): Promise<void> {
  const attempts = notification.attempts - 1;
  await settleClaim(db, 'notifications', notification, { attempts, handed_over_at: null });
}

/** '' for deleted users. */
export function namesOfUsersOfAllTenants(
  db: Queryable,
  ids: readonly string[],
): Promise<{ id: string; tenantId: string | null; name: string }[]> {
  return db.sql`select id, tenant_id as "tenantId", name from users where id = any(${ids as string[]}::uuid[])`;
}

export async function removeNotificationsOfUser(tenantId: TenantId, tx: Tx, userId: string): Promise<void> {
  await tx.drizzle
    .delete(notifications)
    .where(and(eq(notifications.tenantId, tenantId), eq(notifications.userId, userId)));
}

/** Erases in the payloads of what is about these bookings. */
export async function eraseNotificationsOfAllTenants(
  { sql }: Tx,
  bookingIds: readonly string[],
  erased: (payload: postgres.Fragment) => postgres.Fragment,
): Promise<void> {
  await sql`
    update notifications set payload = ${erased(sql`payload`)}
    where subject_id = any(${bookingIds as string[]}::uuid[])`;
}

/** Removes even those that a worker is about to send: it notices before the mail server has the whole message. */
export async function removePendingNotifications(
  tenantId: TenantId,
  tx: Tx,
  userId: string,
  types: readonly NotifiedEventType[],
): Promise<void> {
  await tx.drizzle
    .delete(notifications)
    .where(
      and(
        eq(notifications.tenantId, tenantId),
        eq(notifications.userId, userId),
        eq(notifications.status, 'PENDING'),
        inArray(notifications.eventType, [...types]),
      ),
    );
}

/** Without those that wait for an earlier one of their subject. Links are due before they are made, so that they come first. */
export const notificationDepthOfAllTenants = (db: Queryable): Promise<QueueDepth> =>
  queueDepth(
    db,
    db.sql`
      select greatest(next_attempt_at, created_at) as at from notifications waiting
      where status = 'PENDING' and sent_with is null and next_attempt_at <= now()
        and not exists (
          select from notifications earlier
          where earlier.user_id = waiting.user_id and earlier.subject_id = waiting.subject_id
            and earlier.arrival < waiting.arrival and earlier.status = 'PENDING'
        )`,
  );
