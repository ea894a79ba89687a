import type { CategoryRow } from '@drizzle/resource/tables';
import { need } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateResourceCategoryInput } from '../generated.ts';
import { categoryNotFound, updateRefusals } from './rules.ts';
import { categoryOfAllTenants, holdCategory, updateCategoryRow } from './store.ts';

/**
 * Changes a category; absent fields stay, null clears description, icon and color. Permission canManageResources. Refuses NOT_FOUND
 * and, with every reason at once, INVALID.
 */
export async function updateResourceCategory(
  ctx: Context,
  input: UpdateResourceCategoryInput,
): Promise<Outcome<CategoryRow>> {
  need(ctx.caller, 'canManageResources');
  const notFound = refused(categoryNotFound('input', 'id'));
  const found = await categoryOfAllTenants(ctx.db, input.id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const { tenantId } = found;

  const refusals = updateRefusals(input);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    const held = await holdCategory(tenantId, tx, input.id);
    if (!held) return notFound;
    const row = await updateCategoryRow(tenantId, tx, input.id, {
      name: input.name ?? held.name,
      description: input.description === undefined ? held.description : input.description,
      type: input.type ?? held.type,
      icon: input.icon === undefined ? held.icon : input.icon,
      color: input.color === undefined ? held.color : input.color,
      isActive: input.isActive ?? held.isActive,
      updatedAt: ctx.now,
    });
    return done(row);
  });
}
