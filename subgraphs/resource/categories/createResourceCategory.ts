import type { CategoryRow } from '@drizzle/resource/tables';
import { requirePermission } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { lockTenantForShare } from '../directory/store.ts';
import { tenantNotFound, tenantUnavailableRefusals } from '../directory/tenantVisibility.ts';
import type { CreateResourceCategoryInput } from '../generated.ts';
import { categoryRefusals } from './rules.ts';
import { insertCategory } from './store.ts';

/** Creates a category. Requires canManageResources. Refuses INVALID, NOT_FOUND (tenant), INACTIVE (tenant). */
export async function createResourceCategory(
  ctx: Context,
  input: CreateResourceCategoryInput,
): Promise<Outcome<CategoryRow>> {
  requirePermission(ctx.caller, 'canManageResources');
  const tenantId = tenantFor(ctx.caller, input.tenantId);

  const refusals = [...(await tenantUnavailableRefusals(ctx, tenantId)), ...categoryRefusals(input)];
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    if (!(await lockTenantForShare(tenantId, tx))) return refusedFor(tenantId, tenantNotFound());
    const row = await insertCategory(tenantId, tx, {
      name: input.name,
      description: input.description ?? null,
      type: input.type,
      icon: input.icon ?? null,
      color: input.color ?? null,
      createdAt: ctx.now,
      updatedAt: ctx.now,
    });
    return done(row);
  });
}
