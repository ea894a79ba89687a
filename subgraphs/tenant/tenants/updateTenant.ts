import type { TenantRow } from '@drizzle/tenant/tables';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { violatedConstraint } from '@libs/db/constraints';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateTenantInput } from '../generated.ts';
import { assertCanUpdateTenant } from './access.ts';
import { domainKey, domainTaken, tenantRefusals } from './rules.ts';
import { lockTenant, updateTenantRow } from './store.ts';

/**
 * Absent fields stay, null clears logo and color. Requires an administrator of the tenant, for plan and isActive of the platform.
 * Refuses NOT_FOUND, INVALID, ALREADY_EXISTS.
 */
export async function updateTenant(ctx: Context, input: UpdateTenantInput): Promise<Outcome<TenantRow>> {
  assertCanUpdateTenant(ctx.caller, input);
  const tenantId = input.id;
  const notFound = refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'id']));
  if (!isOfCallersTenant(ctx.caller, tenantId)) return notFound;

  const refusals = tenantRefusals(input);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  try {
    return await inTransaction(ctx.db, async (tx) => {
      const locked = await lockTenant(tenantId, tx);
      if (!locked) return notFound;
      tx.afterCommit(() => ctx.invalidateSettings(tenantId));
      const row = await updateTenantRow(tenantId, tx, {
        name: input.name ?? locked.name,
        domain: input.domain == null ? locked.domain : domainKey(input.domain),
        logoUrl: input.logoUrl === undefined ? locked.logoUrl : input.logoUrl,
        themePrimaryColor:
          input.themePrimaryColor === undefined ? locked.themePrimaryColor : input.themePrimaryColor,
        plan: input.plan ?? locked.plan,
        isActive: input.isActive ?? locked.isActive,
        updatedAt: ctx.now,
      });
      return done(row);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'tenants_domain_unique') return refusedFor(tenantId, domainTaken());
    throw error;
  }
}
