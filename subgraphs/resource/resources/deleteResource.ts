import { requirePermission } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { resourceDeleted } from './events.ts';
import { resourceNotFound } from './rules.ts';
import { lockResource, resourceOfAllTenants, updateResourceRow } from './store.ts';

/**
 * Deletes a resource; references still show it, and `resource.deleted` cancels its bookings. Requires canManageResources. Refuses
 * NOT_FOUND. Returns its id.
 */
export async function deleteResource(ctx: Context, id: string): Promise<Outcome<string>> {
  requirePermission(ctx.caller, 'canManageResources');
  const notFound = refused(resourceNotFound('id'));
  const found = await resourceOfAllTenants(ctx.db, id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const { tenantId } = found;

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockResource(tenantId, tx, id);
    if (!locked) return notFound;
    await updateResourceRow(tenantId, tx, id, { isActive: false, updatedAt: ctx.now, deletedAt: ctx.now });
    await announce(tx, resourceDeleted(locked), ctx);
    tx.afterCommit(() => ctx.announceChange(id));
    return done(id);
  });
}
