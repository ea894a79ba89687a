import type { CategoryRow } from '@drizzle/resource/tables';
import { requirePermission } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import { inTransaction } from '@libs/db/inTransaction';
import { atLimitRefusals } from '@libs/outcome/tenantLimits';
import { announce } from '@libs/events/outbox';
import { done, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { lockTenantForShare } from '../directory/store.ts';
import { tenantNotFound, tenantUnavailableRefusals } from '../directory/tenantVisibility.ts';
import type { CreateResourceCategoryInput } from '../generated.ts';
import { categoryCreated } from './events.ts';
import { categoryRefusals } from './rules.ts';
import { countCategories, insertCategory } from './store.ts';

/** Creates a category. Requires canManageResources. Refuses INVALID, NOT_FOUND (tenant), INACTIVE (tenant), TOO_MANY. */
export async function createResourceCategory(
  ctx: Context,
  input: CreateResourceCategoryInput,
): Promise<Outcome<CategoryRow>> {
  requirePermission(ctx.caller, 'canManageResources');
  const tenantId = tenantFor(ctx.caller, input.tenantId);

  const tenant = await ctx.tenants.profile(tenantId);
  const refusals = [...tenantUnavailableRefusals(ctx.caller, tenant), ...categoryRefusals(input)];
  if (refusals.length > 0 || !tenant) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    if (!(await lockTenantForShare(tenantId, tx))) return refusedFor(tenantId, tenantNotFound());
    await acquireLocks(tx, LOCK_KEYS.limit('categories', tenantId));
    const tooMany = atLimitRefusals('categories', await countCategories(tenantId, tx), tenant.limits);
    if (tooMany.length > 0) return refusedFor(tenantId, ...tooMany);
    const row = await insertCategory(tenantId, tx, {
      name: input.name,
      description: input.description ?? null,
      type: input.type,
      icon: input.icon ?? null,
      color: input.color ?? null,
      createdAt: ctx.now,
      updatedAt: ctx.now,
    });
    await announce(tx, categoryCreated(row), ctx);
    return done(row);
  });
}
