import type { ResourceRow } from '@drizzle/resource/tables';
import { requirePermission } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { DEFAULT_SETTINGS } from '@libs/directory/defaultSettings';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import { inTransaction } from '@libs/db/inTransaction';
import { atLimitRefusals } from '@libs/outcome/tenantLimits';
import { announce } from '@libs/events/outbox';
import { done, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { lockCategoryForShare } from '../categories/store.ts';
import type { Context } from '../context.ts';
import { lockTenantForShare } from '../directory/store.ts';
import { tenantNotFound, tenantUnavailableRefusals } from '../directory/tenantVisibility.ts';
import type { CreateResourceInput } from '../generated.ts';
import { resourceCreated } from './events.ts';
import { withRules } from './ownRules.ts';
import { DEFAULT_BOOKING_MODE, DEFAULT_CAPACITY, resourceRefusals, targetCategoryNotFound } from './rules.ts';
import { storedSchedule } from './schedule.ts';
import { storedOverrides, storedSeasons } from './seasons.ts';
import { countResources, insertResource } from './store.ts';

/**
 * Creates a resource, also in an inactive category. Requires canManageResources. Refuses INVALID (every reason at once),
 * NOT_FOUND (category, tenant), INACTIVE (tenant), TOO_MANY (the tenant's limit).
 */
export async function createResource(
  ctx: Context,
  input: CreateResourceInput,
): Promise<Outcome<ResourceRow>> {
  requirePermission(ctx.caller, 'canManageResources');
  const tenantId = tenantFor(ctx.caller, input.tenantId);

  const tenant = await ctx.tenants.profile(tenantId);
  const refusals = [
    ...tenantUnavailableRefusals(ctx.caller, tenant),
    ...resourceRefusals(input, { own: {}, tenant: tenant?.settings ?? DEFAULT_SETTINGS }),
  ];
  if (refusals.length > 0 || !tenant) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    if (!(await lockTenantForShare(tenantId, tx))) return refusedFor(tenantId, tenantNotFound());
    if (!(await lockCategoryForShare(tenantId, tx, input.categoryId))) {
      return refusedFor(tenantId, targetCategoryNotFound());
    }
    await acquireLocks(tx, LOCK_KEYS.limit('resources', tenantId));
    const tooMany = atLimitRefusals('resources', await countResources(tenantId, tx), tenant.limits);
    if (tooMany.length > 0) return refusedFor(tenantId, ...tooMany);
    const row = await insertResource(tenantId, tx, {
      categoryId: input.categoryId,
      name: input.name,
      description: input.description ?? null,
      capacity: input.capacity ?? DEFAULT_CAPACITY,
      location: input.location ?? null,
      attributes: input.attributes ?? {},
      availabilitySchedule: storedSchedule(input.availabilitySchedule),
      bookingMode: input.bookingMode ?? DEFAULT_BOOKING_MODE,
      rules: withRules({}, input.rules),
      seasons: storedSeasons(input.seasons ?? []),
      scheduleOverrides: storedOverrides(input.scheduleOverrides ?? []),
      createdAt: ctx.now,
      updatedAt: ctx.now,
    });
    await announce(tx, resourceCreated(row), ctx);
    return done(row);
  });
}
