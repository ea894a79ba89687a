/** SQL of the delivery queue. Times come from the worker's clock, so that tests can advance it. */
import type { WebhookEventName } from '@drizzle/tenant/tables';
import { acquireLocks, LOCK_KEYS, tryAcquireLock } from '@libs/db/advisoryLocks';
import { instantOfText } from '@libs/db/columns';
import type { Db } from '@libs/db/connect';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import { JITTER } from '@libs/queue/retries';
import { PURGE_BATCH, purgeOlderThan, settleClaim } from '@libs/queue/claims';
import { queueDepth, type QueueDepth } from '@libs/queue/queueDepth';
import type { Claim, ClaimedJob } from '@libs/queue/worker';
import { formatInstant } from '@libs/time/instants';
import type postgres from 'postgres';
import type { Temporal } from 'temporal-polyfill';
import { DELIVERY_RETRY_DELAYS_MS } from './deliveryBackoff.ts';

/** Due deliveries examined per webhook, oldest first. */
const CANDIDATES_PER_WEBHOOK = 200;
/** Later events of a booking wait for an event whose next attempt is due within this time: the longest delay after a first failure. */
const BLOCKING_WAIT_SECONDS = Math.ceil((DELIVERY_RETRY_DELAYS_MS[0]! * (1 + JITTER)) / 1_000);

/** Maximum attempts at once. */
export type Limits = {
  /** Per webhook, over all workers. */
  perWebhook: number;
  /** Per failing webhook, over all workers. */
  perFailingWebhook: number;
  /** Per tenant, over all workers. */
  perTenant: number;
};

/** A claimed delivery. Secrets are encrypted. */
export type ClaimedDelivery = ClaimedJob & {
  tenantId: string;
  webhookId: string;
  eventId: string;
  /** Null in rows of earlier releases. */
  traceId: string | null;
  event: WebhookEventName;
  body: string;
  attempts: number;
  url: string;
  secret: string | null;
  /** Null if there is none, or its grace period is over. */
  previousSecret: string | null;
  isFailing: boolean;
};

/**
 * Claims due deliveries of active webhooks within the limits: at most `limit`, of which at most `failingLimit` to failing
 * webhooks. Oldest first, one per webhook before a second of any. An event waits for earlier events of its booking and webhook
 * that are in progress, due, or due within BLOCKING_WAIT_SECONDS: events arrive in order while attempts succeed, and a receiver that rejects
 * one event for hours still gets the next. The earliest such event is claimed in its place, so that examining few deliveries is enough.
 * The recursive part skips through the index from webhook to webhook: the cost grows with the webhooks that have pending
 * deliveries, not with the deliveries.
 */
export function claimDueDeliveries(
  db: Db,
  claim: Claim,
  capacity: { limits: Limits; limit: number; failingLimit: number },
): Promise<ClaimedDelivery[]> {
  const { limits, limit, failingLimit } = capacity;
  const { claimId } = claim;
  const now = formatInstant(claim.now);
  const until = formatInstant(claim.until);
  return inTransaction(db, async ({ sql }) => {
    const at = sql`${now}::timestamptz`;
    const claimed = sql<ClaimedDelivery[]>`
      with recursive pending_webhooks (webhook_id) as (
        (select webhook_id from webhook_deliveries where status = 'PENDING' order by webhook_id limit 1)
        union all
        select (select next.webhook_id from webhook_deliveries next
                where next.status = 'PENDING' and next.webhook_id > pending_webhooks.webhook_id order by next.webhook_id limit 1)
        from pending_webhooks where pending_webhooks.webhook_id is not null
      ), in_progress as (
        select webhook_id, tenant_id, count(*) from webhook_deliveries
        where claim_id is not null and claimed_until > ${at} group by webhook_id, tenant_id
      ), tenants_in_progress as (
        select tenant_id, sum(count) as count from in_progress group by tenant_id
      ), ready as (
        select delivery.id, delivery.rank, delivery.next_attempt_at, webhook.tenant_id,
               webhook.failing_since is not null as is_failing, coalesce(of_tenant.count, 0) as in_progress_of_tenant
        from pending_webhooks
        join webhooks webhook on webhook.id = pending_webhooks.webhook_id and webhook.is_active
        left join in_progress of_webhook on of_webhook.webhook_id = webhook.id
        left join tenants_in_progress of_tenant on of_tenant.tenant_id = webhook.tenant_id
        cross join lateral (
          select first.id, min(due.next_attempt_at) as next_attempt_at,
                 row_number() over (order by min(due.next_attempt_at), min(due.arrival)) as rank
          from (
            select booking_id, next_attempt_at, arrival from webhook_deliveries
            where webhook_id = webhook.id and status = 'PENDING' and next_attempt_at <= ${at}
            order by next_attempt_at, arrival limit ${CANDIDATES_PER_WEBHOOK}
          ) due
          cross join lateral (
            select id, next_attempt_at, claimed_until from webhook_deliveries
            where webhook_id = webhook.id and booking_id = due.booking_id and status = 'PENDING'
              and next_attempt_at <= ${at} + make_interval(secs => ${BLOCKING_WAIT_SECONDS})
            order by arrival limit 1
          ) first
          where first.next_attempt_at <= ${at} and (first.claimed_until is null or first.claimed_until <= ${at})
          group by first.id
          order by rank
          limit greatest(case when webhook.failing_since is null then ${limits.perWebhook}::int
                              else ${limits.perFailingWebhook}::int end - coalesce(of_webhook.count, 0), 0)
        ) delivery
        where of_tenant.count is null or of_tenant.count < ${limits.perTenant}
      ), ranked as (
        select id, rank, next_attempt_at, is_failing,
               row_number() over (partition by is_failing order by rank, next_attempt_at) as rank_of_kind,
               row_number() over (partition by tenant_id order by rank, next_attempt_at) + in_progress_of_tenant as rank_of_tenant
        from ready
      ), chosen as (
        select id, is_failing from ranked
        where rank_of_tenant <= ${limits.perTenant} and (not is_failing or rank_of_kind <= ${failingLimit})
        order by rank, next_attempt_at limit ${limit}
      )
      update webhook_deliveries delivery
      set claim_id = ${claimId}, claimed_until = ${until}::timestamptz
      from chosen, webhooks webhook
      where delivery.id = chosen.id and webhook.id = delivery.webhook_id
      returning delivery.id, delivery.claim_id as "claimId", delivery.tenant_id as "tenantId", delivery.webhook_id as "webhookId",
                delivery.event_id as "eventId", delivery.event, delivery.body, delivery.attempts, delivery.trace_id as "traceId", webhook.url, webhook.secret,
                case when webhook.previous_secret_until > ${at} then webhook.previous_secret end as "previousSecret",
                chosen.is_failing as "isFailing"`;
    // Statements are sent when they are awaited: these in this order, in one round trip.
    const [, , deliveries] = await Promise.all([
      acquireLocks({ sql }, LOCK_KEYS.deliveryClaim),
      // Bitmap scans visit the rows of all claims since the last vacuum: only plain ones mark index entries as dead.
      sql`select set_config('enable_bitmapscan', 'off', true)`,
      claimed,
    ]);
    return deliveries;
  });
}

export type FailedAttempt = {
  /** FAILED: there is no further attempt. */
  status: 'PENDING' | 'FAILED';
  responseStatus: number | null;
  error: string;
  now: Temporal.Instant;
  nextAttemptAt: Temporal.Instant | null;
};

/** False if another worker has claimed it since, or it was deleted. */
export function settleFailedDelivery(
  db: Queryable,
  delivery: ClaimedDelivery,
  { status, responseStatus, error, now, nextAttemptAt }: FailedAttempt,
): Promise<boolean> {
  return settleClaim(db, 'webhook_deliveries', delivery, {
    status,
    attempts: delivery.attempts + 1,
    response_status: responseStatus,
    error,
    last_attempt_at: formatInstant(now),
    next_attempt_at: nextAttemptAt && formatInstant(nextAttemptAt),
  });
}

export type Success = { delivery: ClaimedDelivery; responseStatus: number; now: Temporal.Instant };

/**
 * Settles deliveries that succeeded, unless another worker has claimed them since, and notes that their webhooks do not fail, unless
 * their URLs have changed since.
 */
export async function settleSuccesses(db: Db, successes: readonly Success[]): Promise<void> {
  const rows = successes.map(({ delivery, responseStatus, now }) => ({
    id: delivery.id,
    claim: delivery.claimId,
    url: delivery.url,
    status: responseStatus,
    at: formatInstant(now),
  }));
  await inTransaction(
    db,
    ({ sql }) => sql`
      with settled as (
        update webhook_deliveries delivery
        set status = 'SUCCEEDED', attempts = delivery.attempts + 1, response_status = success.status, error = null,
            last_attempt_at = success.at, next_attempt_at = null, claim_id = null, claimed_until = null
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
          as success (id uuid, claim uuid, url text, status smallint, at timestamptz)
        where delivery.id = success.id and delivery.claim_id = success.claim
        returning delivery.webhook_id, success.url
      )
      update webhooks set failing_since = null from settled
      where webhooks.id = settled.webhook_id and webhooks.url = settled.url and webhooks.failing_since is not null`,
  );
}

/** The aborted attempt does not count. */
export async function releaseDelivery(db: Queryable, delivery: ClaimedDelivery): Promise<void> {
  await settleClaim(db, 'webhook_deliveries', delivery, {});
}

/**
 * Returns since when all attempts have failed; undefined if the webhook's URL has changed since. The time after the last attempt of one
 * delivery and before the first of the next is no failure: there were no attempts.
 */
export async function recordFailure(
  db: Queryable,
  { id, webhookId, url, attempts }: ClaimedDelivery,
  now: Temporal.Instant,
): Promise<Temporal.Instant | undefined> {
  const at = db.sql`${formatInstant(now)}::timestamptz`;
  await db.sql`
    update webhooks set failing_since = ${at}
    where id = ${webhookId} and url = ${url} and (
      failing_since is null
      or ${attempts === 0} and not exists (
        select from webhook_deliveries other
        where other.webhook_id = webhooks.id and other.status = 'PENDING' and other.next_attempt_at > ${at} and other.id <> ${id}
      )
    )`;
  const [row] = await db.sql<{ since: string | null }[]>`
    select failing_since as since from webhooks where id = ${webhookId} and url = ${url}`;
  return row?.since ? instantOfText(row.since) : undefined;
}

/** False if it was inactive, or its URL has changed since. */
export async function deactivateWebhook(
  db: Queryable,
  { webhookId, url }: ClaimedDelivery,
  now: Temporal.Instant,
): Promise<boolean> {
  const updated = await db.sql`
    update webhooks set is_active = false, updated_at = ${formatInstant(now)}::timestamptz
    where id = ${webhookId} and url = ${url} and is_active`;
  return updated.count > 0;
}

export const purgeOldDeliveries = (db: Queryable, before: Temporal.Instant): Promise<boolean> =>
  purgeOlderThan(db, 'webhook_deliveries', before);

/**
 * Erases in the `data` of the bodies. A pending delivery is sent without what is erased. Locked first, because a redelivery that copies one
 * of them at the same moment is seen by the second statement only.
 */
export async function eraseDeliveriesOfAllTenants(
  { sql }: Tx,
  bookingIds: readonly string[],
  erased: (data: postgres.Fragment) => postgres.Fragment,
): Promise<void> {
  await sql`
    select from webhook_deliveries where booking_id = any(${bookingIds as string[]}::uuid[]) order by id for no key update`;
  await sql`
    update webhook_deliveries
    set body = jsonb_set(body::jsonb, '{data}', ${erased(sql`(body::jsonb -> 'data')`)})::text
    where booking_id = any(${bookingIds as string[]}::uuid[])`;
}

/** Purges a batch of deliveries of deleted webhooks, then the deleted webhooks that have none left. Returns whether there may be more. */
export async function purgeDeletedWebhooks(db: Queryable): Promise<boolean> {
  const deliveries = await db.sql`
    delete from webhook_deliveries where id in (
      select delivery.id from webhooks webhook join webhook_deliveries delivery on delivery.webhook_id = webhook.id
      where webhook.deleted_at is not null limit ${PURGE_BATCH}
    )`;
  const webhooks = await db.sql`
    delete from webhooks webhook
    where deleted_at is not null and not exists (select from webhook_deliveries where webhook_id = webhook.id)`;
  return deliveries.count + webhooks.count > 0;
}

/** One worker purges at a time. */
export const tryPurgeLock = (db: Queryable): Promise<boolean> => tryAcquireLock(db, LOCK_KEYS.deliveryPurge);

/** Without those to webhooks that fail: they wait for their receiver, not for us. */
export const deliveryDepthOfAllTenants = (db: Queryable): Promise<QueueDepth> =>
  queueDepth(
    db,
    db.sql`
      select next_attempt_at as at from webhook_deliveries delivery
      join webhooks webhook on webhook.id = delivery.webhook_id and webhook.is_active and webhook.failing_since is null
      where delivery.status = 'PENDING' and delivery.next_attempt_at <= now()`,
  );

export async function countFailingWebhooksOfAllTenants({ sql }: Queryable): Promise<number> {
  const [row] = await sql<[{ count: number }]>`
    select count(*)::int as count from webhooks
    where is_active and deleted_at is null and failing_since is not null`;
  return row.count;
}
