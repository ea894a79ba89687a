import type { TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import { refusal, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Span } from '@libs/time/spans';
import type { Context } from '../../context.ts';
import { resourcesInUse } from './closedTimeStore.ts';
import { lockTenantAgainstBookings } from './tombstoneStore.ts';

/**
 * Runs `work` in a transaction that waits for everyone who books for the tenant, so that it sees what they made, and makes the others wait
 * until it ends. Refuses NOT_FOUND for a deleted tenant. Throws SERVICE_UNAVAILABLE if too many requests wait.
 */
export function whileNobodyBooks<T>(
  ctx: Context,
  tenantId: TenantId,
  work: (tx: Tx) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  return ctx.bulkhead.run([tenantId], () =>
    inTransaction(ctx.db, async (tx) => {
      if (await lockTenantAgainstBookings(tenantId, tx)) return work(tx);
      return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
    }),
  );
}

/** The resources that bookings and holds occupy within the time. */
export const occupiedResources = (tenantId: TenantId, db: Queryable, span: Span): Promise<string[]> =>
  resourcesInUse(tenantId, db, span);
