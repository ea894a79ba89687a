import type { ResourceRow } from '@drizzle/resource/tables';
import { requirePermission } from '@libs/auth/caller';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { DEFAULT_SETTINGS } from '@libs/directory/defaultSettings';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { lockCategoryForShare } from '../categories/store.ts';
import type { Context } from '../context.ts';
import type { UpdateResourceInput } from '../generated.ts';
import { resourceChanges } from './events.ts';
import { withRules } from './ownRules.ts';
import {
  dependsOnTenant,
  resourceNotFound,
  targetCategoryNotFound,
  updateResourceRefusals,
} from './rules.ts';
import { storedSchedule } from './schedule.ts';
import { storedOverrides, storedSeasons } from './seasons.ts';
import { lockResource, resourceOfAllTenants, updateResourceRow } from './store.ts';

/**
 * Changes a resource; absent fields stay, null clears description, location and schedule. Requires canManageResources. Refuses
 * NOT_FOUND (resource, new category), INVALID (every reason at once).
 */
export async function updateResource(
  ctx: Context,
  input: UpdateResourceInput,
): Promise<Outcome<ResourceRow>> {
  requirePermission(ctx.caller, 'canManageResources');
  const notFound = refused(resourceNotFound('input', 'id'));
  const found = await resourceOfAllTenants(ctx.db, input.id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const { tenantId } = found;

  const profile = dependsOnTenant(input) ? await ctx.tenants.profile(tenantId) : undefined;
  const tenant = profile?.settings ?? DEFAULT_SETTINGS;

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockResource(tenantId, tx, input.id);
    if (!locked) return notFound;
    const refusals = updateResourceRefusals(input, { own: locked.rules, tenant });
    if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
    const categoryId = input.categoryId ?? locked.categoryId;
    if (categoryId !== locked.categoryId && !(await lockCategoryForShare(tenantId, tx, categoryId))) {
      return refusedFor(tenantId, targetCategoryNotFound());
    }
    const row = await updateResourceRow(tenantId, tx, input.id, {
      categoryId,
      name: input.name ?? locked.name,
      description: input.description === undefined ? locked.description : input.description,
      capacity: input.capacity ?? locked.capacity,
      location: input.location === undefined ? locked.location : input.location,
      attributes: input.attributes ?? locked.attributes,
      availabilitySchedule:
        input.availabilitySchedule === undefined
          ? locked.availabilitySchedule
          : storedSchedule(input.availabilitySchedule),
      bookingMode: input.bookingMode ?? locked.bookingMode,
      rules: withRules(locked.rules, input.rules),
      seasons: input.seasons ? storedSeasons(input.seasons) : locked.seasons,
      scheduleOverrides: input.scheduleOverrides
        ? storedOverrides(input.scheduleOverrides)
        : locked.scheduleOverrides,
      isActive: input.isActive ?? locked.isActive,
      updatedAt: ctx.now,
    });
    await announce(tx, resourceChanges(locked, row), ctx);
    tx.afterCommit(() => ctx.announceChange(row.id));
    return done(row);
  });
}
