import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, acquireSharedLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import type { Queryable } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';

/**
 * Whether the tenant is not known to be deleted. Its deletion waits until the transaction ends: rows created in it are deleted
 * too, or refused.
 */
export async function lockTenantForShare(tenantId: TenantId, db: Queryable): Promise<boolean> {
  await acquireSharedLocks(db, LOCK_KEYS.tenant(tenantId));
  // A separate statement sees what was committed during the wait.
  const deleted = await db.sql`select from deleted_tenants where tenant_id = ${tenantId}`;
  return deleted.length === 0;
}

/** Blocks new rows; waits for transactions that have the tenant locked. */
export async function markTenantDeleted(
  tenantId: TenantId,
  db: Queryable,
  deletedAt: Temporal.Instant,
): Promise<void> {
  await acquireLocks(db, LOCK_KEYS.tenant(tenantId));
  await db.sql`
    insert into deleted_tenants (tenant_id, deleted_at) values (${tenantId}, ${formatInstant(deletedAt)}::timestamptz)
    on conflict do nothing`;
}
