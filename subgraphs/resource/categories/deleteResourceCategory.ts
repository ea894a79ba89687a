import { requirePermission } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { hasResources } from '../resources/store.ts';
import { categoryDeleted } from './events.ts';
import { categoryInUse, categoryNotFound } from './rules.ts';
import { categoryOfAllTenants, lockCategory, updateCategoryRow } from './store.ts';

/**
 * Deletes a category without resources; its deleted resources still show it. Requires canManageResources. Refuses NOT_FOUND,
 * IN_USE. Returns its id.
 */
export async function deleteResourceCategory(ctx: Context, id: string): Promise<Outcome<string>> {
  requirePermission(ctx.caller, 'canManageResources');
  const notFound = refused(categoryNotFound('id'));
  const found = await categoryOfAllTenants(ctx.db, id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const { tenantId } = found;

  return inTransaction(ctx.db, async (tx) => {
    if (!(await lockCategory(tenantId, tx, id))) return notFound;
    // Verbs that add a resource lock the category too, so none can be added after this check.
    if (await hasResources(tenantId, tx, id)) return refusedFor(tenantId, categoryInUse());
    await updateCategoryRow(tenantId, tx, id, { isActive: false, updatedAt: ctx.now, deletedAt: ctx.now });
    await announce(tx, categoryDeleted(found), ctx);
    return done(id);
  });
}
