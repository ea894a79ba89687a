/** SQL of the queue of what is due. Times come from the worker's clock, so that tests can move it. */
import type { DueKind } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { instantOfText } from '@libs/db/columns';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { purgeOlderThan, settleClaim } from '@libs/queue/claims';
import { queueDepth, type QueueDepth } from '@libs/queue/queueDepth';
import type { Claim, ClaimedJob } from '@libs/queue/worker';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { Due } from './rules.ts';

export type ClaimedDue = ClaimedJob & Due & { tenantId: TenantId; bookingId: string };

/** Approvals first, then by time. */
export async function claimDueOfAllTenants(
  db: Queryable,
  { claimId, now, until }: Claim,
  { kinds, limit }: { kinds: readonly DueKind[]; limit: number },
): Promise<ClaimedDue[]> {
  const at = formatInstant(now);
  const claimed = await db.sql<(Omit<ClaimedDue, 'dueAt'> & { dueAt: string })[]>`
    with next as (
      select id from due
      where done_at is null and kind = any(${[...kinds]}::text[]::due_kind[]) and due_at <= ${at}::timestamptz
        and (claimed_until is null or claimed_until <= ${at}::timestamptz)
      order by kind, due_at
      limit ${limit}
      for update skip locked
    )
    update due set claim_id = ${claimId}::uuid, claimed_until = ${formatInstant(until)}::timestamptz
    from next where due.id = next.id
    returning due.id, claim_id as "claimId", tenant_id as "tenantId", kind, subject_id as "bookingId", hours, due_at as "dueAt"`;
  return claimed.map((row) => ({ ...row, dueAt: instantOfText(row.dueAt) }));
}

/** False if another worker has claimed it since. */
export async function deleteDue(tenantId: TenantId, tx: Tx, { id, claimId }: ClaimedJob): Promise<boolean> {
  const deleted = await tx.sql`
    delete from due where id = ${id}::uuid and tenant_id = ${tenantId}::uuid and claim_id = ${claimId}::uuid`;
  return deleted.count > 0;
}

/** The row stays, so that it is not added again. False if another worker has claimed it since. */
export const markReminded = (tx: Tx, job: ClaimedJob, now: Temporal.Instant): Promise<boolean> =>
  settleClaim(tx, 'due', job, { done_at: formatInstant(now) });

/** Longer than the longest time between a reminder and the start. */
const DUE_RETENTION_HOURS = 8 * 24;

/** Purges one batch; what is still due is found again. Returns whether there may be more. */
export const purgeDueOfAllTenants = (db: Queryable, now: Temporal.Instant): Promise<boolean> =>
  purgeOlderThan(db, 'due', now.subtract({ hours: DUE_RETENTION_HOURS }), { column: 'due_at' });

export const dueDepthOfAllTenants = (db: Queryable): Promise<QueueDepth> =>
  queueDepth(db, db.sql`select due_at as at from due where done_at is null and due_at <= now()`);
