import type { ResourceRow } from '@drizzle/resource/tables';
import { need } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { holdCategoryForResource } from '../categories/store.ts';
import type { Context } from '../context.ts';
import type { UpdateResourceInput } from '../generated.ts';
import { categoryNotFound, resourceNotFound, updateRefusals } from './rules.ts';
import { storedSchedule } from './schedule.ts';
import { holdResource, resourceOfAllTenants, updateResourceRow } from './store.ts';

/**
 * Changes a resource; absent fields stay, null clears description, location and schedule. Permission canManageResources. Refuses
 * NOT_FOUND (resource, new category) and, with every reason at once, INVALID.
 */
export async function updateResource(
  ctx: Context,
  input: UpdateResourceInput,
): Promise<Outcome<ResourceRow>> {
  need(ctx.caller, 'canManageResources');
  const notFound = refused(resourceNotFound('input', 'id'));
  const found = await resourceOfAllTenants(ctx.db, input.id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const { tenantId } = found;

  const refusals = updateRefusals(input);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    const held = await holdResource(tenantId, tx, input.id);
    if (!held) return notFound;
    const categoryId = input.categoryId ?? held.categoryId;
    if (categoryId !== held.categoryId && !(await holdCategoryForResource(tenantId, tx, categoryId))) {
      return refusedFor(tenantId, categoryNotFound());
    }
    const row = await updateResourceRow(tenantId, tx, input.id, {
      categoryId,
      name: input.name ?? held.name,
      description: input.description === undefined ? held.description : input.description,
      capacity: input.capacity ?? held.capacity,
      location: input.location === undefined ? held.location : input.location,
      attributes: input.attributes ?? held.attributes,
      availabilitySchedule:
        input.availabilitySchedule === undefined
          ? held.availabilitySchedule
          : storedSchedule(input.availabilitySchedule),
      isActive: input.isActive ?? held.isActive,
      updatedAt: ctx.now,
    });
    return done(row);
  });
}
