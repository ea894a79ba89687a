import type { ResourceRow } from '@drizzle/resource/tables';
import { requirePermission } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { lockCategoryForShare } from '../categories/store.ts';
import type { Context } from '../context.ts';
import { lockTenantForShare } from '../directory/store.ts';
import { tenantNotFound, tenantUnavailableRefusals } from '../directory/tenantVisibility.ts';
import type { CreateResourceInput } from '../generated.ts';
import { targetCategoryNotFound, DEFAULT_CAPACITY, resourceRefusals } from './rules.ts';
import { storedSchedule } from './schedule.ts';
import { insertResource } from './store.ts';

/**
 * Creates a resource, also in an inactive category. Requires canManageResources. Refuses INVALID (every reason at once),
 * NOT_FOUND (category, tenant), INACTIVE (tenant).
 */
export async function createResource(
  ctx: Context,
  input: CreateResourceInput,
): Promise<Outcome<ResourceRow>> {
  requirePermission(ctx.caller, 'canManageResources');
  const tenantId = tenantFor(ctx.caller, input.tenantId);

  const refusals = [...(await tenantUnavailableRefusals(ctx, tenantId)), ...resourceRefusals(input)];
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    if (!(await lockTenantForShare(tenantId, tx))) return refusedFor(tenantId, tenantNotFound());
    if (!(await lockCategoryForShare(tenantId, tx, input.categoryId))) {
      return refusedFor(tenantId, targetCategoryNotFound());
    }
    const row = await insertResource(tenantId, tx, {
      categoryId: input.categoryId,
      name: input.name,
      description: input.description ?? null,
      capacity: input.capacity ?? DEFAULT_CAPACITY,
      location: input.location ?? null,
      attributes: input.attributes ?? {},
      availabilitySchedule: storedSchedule(input.availabilitySchedule),
      createdAt: ctx.now,
      updatedAt: ctx.now,
    });
    return done(row);
  });
}
