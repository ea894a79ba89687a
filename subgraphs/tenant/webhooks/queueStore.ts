/**
 * SQL of the worker: which deliveries have their turn, and what became of them. Times are the worker's clock's, so that a test
 * can move it.
 */
import type { WebhookEventName } from '@drizzle/tenant/tables';
import { instantOfText } from '@libs/db/columns';
import type { Db } from '@libs/db/connect';
import { inTransaction, type Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/** Whoever gives out turns holds this advisory lock, so that all workers together keep within the limits. */
const TURNS_LOCK = 7_016_997;
/** Due deliveries of one webhook that are looked at for one that may go, oldest first. */
const LOOKED_AT = 200;
/** Failed attempts of an event during which later events of its booking wait for it. */
const WAITED_FOR_FAILURES = 1;
/** Rows that one statement removes. */
const REMOVAL_BATCH = 5_000;

/** How many attempts may be under way at once. */
export type Limits = {
  /** For one webhook, by all workers. */
  perWebhook: number;
  /** The same where its last attempts failed. */
  perFailingWebhook: number;
  /** For one tenant, by all workers. */
  perTenant: number;
};

/** A delivery that was given its turn. Secrets are sealed. */
export type Turn = {
  id: string;
  tenantId: string;
  webhookId: string;
  eventId: string;
  event: WebhookEventName;
  body: string;
  attempts: number;
  url: string;
  secret: string | null;
  /** Null too where it no longer signs. */
  previousSecret: string | null;
  isFailing: boolean;
};

export type TurnOptions = {
  limits: Limits;
  /** At most so many, and of these so many of webhooks whose last attempts failed. */
  most: number;
  mostFailing: number;
  now: Temporal.Instant;
  /** From then on the turn is over and somebody else's. */
  until: Temporal.Instant;
  claimId: string;
};

/**
 * Gives turns to deliveries that are due. In turn is what is on and within the limits, oldest first, one of each webhook before a
 * second of any. An event waits for those before it of its booking and webhook that are due, under way, or at their first retry:
 * they come in order while attempts succeed, and a receiver that refuses one event for hours still gets the next.
 *
 * The first part hops over the index from webhook to webhook, so the cost is by webhooks that have something pending, however much
 * that is.
 */
export function takeTurns(db: Db, options: TurnOptions): Promise<Turn[]> {
  const { limits, most, mostFailing, claimId } = options;
  const now = formatInstant(options.now);
  const until = formatInstant(options.until);
  return inTransaction(db, async ({ sql }) => {
    await sql`select pg_advisory_xact_lock(${TURNS_LOCK})`;
    const at = sql`${now}::text::timestamptz`;
    return sql<Turn[]>`
      with recursive waiting (webhook_id) as (
        (select webhook_id from webhook_deliveries where status = 'PENDING' order by webhook_id limit 1)
        union all
        select (select next.webhook_id from webhook_deliveries next
                where next.status = 'PENDING' and next.webhook_id > waiting.webhook_id order by next.webhook_id limit 1)
        from waiting where waiting.webhook_id is not null
      ), under_way as (
        select webhook_id, tenant_id from webhook_deliveries where claim_id is not null and claimed_until > ${at}
      ), ready as (
        select delivery.id, delivery.place, delivery.next_attempt_at, webhook.tenant_id,
               webhook.failing_since is not null as is_failing
        from waiting
        join webhooks webhook on webhook.id = waiting.webhook_id and webhook.is_active
        cross join lateral (
          select case when webhook.failing_since is null then ${limits.perWebhook}::int
                      else ${limits.perFailingWebhook}::int end - count(*) as free
          from under_way where under_way.webhook_id = webhook.id
        ) slots
        cross join lateral (
          select due.id, due.next_attempt_at, row_number() over (order by due.next_attempt_at, due.arrival) as place
          from (
            select * from webhook_deliveries
            where webhook_id = webhook.id and status = 'PENDING' and next_attempt_at <= ${at}
            order by next_attempt_at, arrival limit ${LOOKED_AT}
          ) due
          where (due.claimed_until is null or due.claimed_until <= ${at})
            and not exists (
              select from webhook_deliveries earlier
              where earlier.webhook_id = due.webhook_id and earlier.booking_id = due.booking_id
                and earlier.arrival < due.arrival and earlier.status = 'PENDING'
                and (earlier.attempts <= ${WAITED_FOR_FAILURES} or earlier.next_attempt_at <= ${at})
            )
          order by due.next_attempt_at, due.arrival
          limit greatest(slots.free, 0)
        ) delivery
      ), ranked as (
        select id, place, next_attempt_at, is_failing,
               row_number() over (partition by is_failing order by place, next_attempt_at) as place_of_kind,
               row_number() over (partition by tenant_id order by place, next_attempt_at)
                 + (select count(*) from under_way where under_way.tenant_id = ready.tenant_id) as place_of_tenant
        from ready
      ), chosen as (
        select id, is_failing from ranked
        where place_of_tenant <= ${limits.perTenant} and (not is_failing or place_of_kind <= ${mostFailing})
        order by place, next_attempt_at limit ${most}
      )
      update webhook_deliveries delivery
      set claim_id = ${claimId}, claimed_until = ${until}::text::timestamptz
      from chosen, webhooks webhook
      where delivery.id = chosen.id and webhook.id = delivery.webhook_id
      returning delivery.id, delivery.tenant_id as "tenantId", delivery.webhook_id as "webhookId",
                delivery.event_id as "eventId", delivery.event, delivery.body, delivery.attempts, webhook.url, webhook.secret,
                case when webhook.previous_secret_until > ${at} then webhook.previous_secret end as "previousSecret",
                chosen.is_failing as "isFailing"`;
  });
}

/** What an attempt came to. */
export type Settled = {
  status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  responseStatus: number | null;
  error: string | null;
  now: Temporal.Instant;
  /** Null where there is none. */
  nextAttemptAt: Temporal.Instant | null;
};

/** Records an attempt; false where the turn had passed to somebody else, or the delivery is gone. */
export async function settleTurn(
  db: Queryable,
  { id }: Pick<Turn, 'id'>,
  claimId: string,
  { status, responseStatus, error, now, nextAttemptAt }: Settled,
): Promise<boolean> {
  const settled = await db.sql`
    update webhook_deliveries
    set status = ${status}, attempts = attempts + 1, response_status = ${responseStatus}, error = ${error},
        last_attempt_at = ${formatInstant(now)}::text::timestamptz,
        next_attempt_at = ${nextAttemptAt && formatInstant(nextAttemptAt)}::text::timestamptz,
        claim_id = null, claimed_until = null
    where id = ${id} and claim_id = ${claimId}`;
  return settled.count > 0;
}

/** Gives a turn back unused. */
export async function returnTurn(db: Queryable, { id }: Pick<Turn, 'id'>, claimId: string): Promise<void> {
  await db.sql`
    update webhook_deliveries set claim_id = null, claimed_until = null where id = ${id} and claim_id = ${claimId}`;
}

/** Notes that an attempt succeeded; what was attempted at an address that has changed since tells nothing. */
export async function noteSuccess(db: Queryable, { webhookId, url }: Turn): Promise<void> {
  await db.sql`
    update webhooks set failing_since = null where id = ${webhookId} and url = ${url} and failing_since is not null`;
}

/** Notes that an attempt failed; returns since when all have, undefined where the address has changed since. */
export async function noteFailure(
  db: Queryable,
  { webhookId, url }: Turn,
  now: Temporal.Instant,
): Promise<Temporal.Instant | undefined> {
  await db.sql`
    update webhooks set failing_since = ${formatInstant(now)}::text::timestamptz
    where id = ${webhookId} and url = ${url} and failing_since is null`;
  const [row] = await db.sql<{ since: string | null }[]>`
    select failing_since as since from webhooks where id = ${webhookId} and url = ${url}`;
  return row?.since ? instantOfText(row.since) : undefined;
}

/** Turns a webhook off; false where it was off, or its address has changed since. */
export async function turnOff(
  db: Queryable,
  { webhookId, url }: Turn,
  now: Temporal.Instant,
): Promise<boolean> {
  const turned = await db.sql`
    update webhooks set is_active = false, updated_at = ${formatInstant(now)}::text::timestamptz
    where id = ${webhookId} and url = ${url} and is_active`;
  return turned.count > 0;
}

/** Removes some deliveries that are older than `before`. Returns how many. */
export async function removeOldDeliveries(db: Queryable, before: Temporal.Instant): Promise<number> {
  const removed = await db.sql`
    delete from webhook_deliveries where id in (
      select id from webhook_deliveries where created_at < ${formatInstant(before)}::text::timestamptz
      order by created_at limit ${REMOVAL_BATCH}
    )`;
  return removed.count;
}

/** Removes some of what deleted webhooks have left, and those that have left nothing. Returns how many rows. */
export async function removeDeleted(db: Queryable): Promise<number> {
  const deliveries = await db.sql`
    delete from webhook_deliveries where id in (
      select delivery.id from webhooks webhook join webhook_deliveries delivery on delivery.webhook_id = webhook.id
      where webhook.deleted_at is not null limit ${REMOVAL_BATCH}
    )`;
  const hooks = await db.sql`
    delete from webhooks webhook
    where deleted_at is not null and not exists (select from webhook_deliveries where webhook_id = webhook.id)`;
  return deliveries.count + hooks.count;
}

/** Deletions and old rows are removed by one worker at a time: true where this transaction's is the one. */
export async function isTending(db: Queryable): Promise<boolean> {
  const [row] = await db.sql<
    { held: boolean }[]
  >`select pg_try_advisory_xact_lock(${TURNS_LOCK + 1}) as held`;
  return row!.held;
}
