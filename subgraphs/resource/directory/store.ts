/** SQL of tenants: only which of them are gone for good is kept here. */
import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, acquireSharedLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/**
 * Whether the tenant is not known to be gone. Until the transaction ends its deletion waits, so that what is made in it is either
 * deleted too or refused.
 */
export async function lockTenantForShare(tenantId: TenantId, db: Queryable): Promise<boolean> {
  await acquireSharedLocks(db, LOCK_KEYS.tenant(tenantId));
  // A statement of its own: it sees what was committed while the lock was waited for.
  const deleted = await db.sql`select from deleted_tenants where tenant_id = ${tenantId}`;
  return deleted.length === 0;
}

/** Lets nothing be made for the tenant any more; waits for the transactions that hold it. */
export async function markTenantDeleted(
  tenantId: TenantId,
  db: Queryable,
  deletedAt: Temporal.Instant,
): Promise<void> {
  await acquireLocks(db, LOCK_KEYS.tenant(tenantId));
  await db.sql`
    insert into deleted_tenants (tenant_id, deleted_at) values (${tenantId}, ${formatInstant(deletedAt)}::text::timestamptz)
    on conflict do nothing`;
}
