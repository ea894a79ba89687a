import type { CategoryRow } from '@drizzle/resource/tables';
import { requirePermission } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateResourceCategoryInput } from '../generated.ts';
import { resourcesOfCategoryChanged } from '../resources/events.ts';
import { resourceVersions } from '../resources/store.ts';
import { categoryChanges } from './events.ts';
import { categoryNotFound, updateCategoryRefusals } from './rules.ts';
import { categoryOfAllTenants, lockCategory, updateCategoryRow } from './store.ts';

/**
 * Changes a category; absent fields stay, null clears description, icon and color. Requires canManageResources. Refuses
 * NOT_FOUND, INVALID (every reason at once).
 */
export async function updateResourceCategory(
  ctx: Context,
  input: UpdateResourceCategoryInput,
): Promise<Outcome<CategoryRow>> {
  requirePermission(ctx.caller, 'canManageResources');
  const notFound = refused(categoryNotFound('input', 'id'));
  const found = await categoryOfAllTenants(ctx.db, input.id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const { tenantId } = found;

  const refusals = updateCategoryRefusals(input);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockCategory(tenantId, tx, input.id);
    if (!locked) return notFound;
    const row = await updateCategoryRow(tenantId, tx, input.id, {
      name: input.name ?? locked.name,
      description: input.description === undefined ? locked.description : input.description,
      type: input.type ?? locked.type,
      icon: input.icon === undefined ? locked.icon : input.icon,
      color: input.color === undefined ? locked.color : input.color,
      isActive: input.isActive ?? locked.isActive,
      updatedAt: ctx.now,
    });
    await announce(tx, categoryChanges(locked, row), ctx);
    if (row.isActive !== locked.isActive) {
      await announce(tx, resourcesOfCategoryChanged(await resourceVersions(tenantId, tx, row.id)), ctx);
    }
    tx.afterCommit(() => ctx.announceChange(row.id));
    return done(row);
  });
}
