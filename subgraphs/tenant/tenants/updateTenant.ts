import type { TenantRow } from '@drizzle/tenant/tables';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { violatedConstraint } from '@libs/db/constraints';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateTenantInput } from '../generated.ts';
import { needUpdate } from './access.ts';
import { domainKey, domainTaken, tenantRefusals } from './rules.ts';
import { holdTenant, updateTenantRow } from './store.ts';

/**
 * Changes a tenant's own fields; absent ones stay, null clears logo and colour. Administrators of the tenant; plan and isActive
 * are the platform's. Refuses NOT_FOUND, INVALID, ALREADY_EXISTS.
 */
export async function updateTenant(ctx: Context, input: UpdateTenantInput): Promise<Outcome<TenantRow>> {
  needUpdate(ctx.caller, input);
  const tenantId = input.id;
  const notFound = refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'id']));
  if (!isOfCallersTenant(ctx.caller, tenantId)) return notFound;

  const refusals = tenantRefusals(input);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  try {
    return await inTransaction(ctx.db, async (tx) => {
      const held = await holdTenant(tenantId, tx);
      if (!held) return notFound;
      tx.afterCommit(() => ctx.forgetSettings(tenantId));
      const row = await updateTenantRow(tenantId, tx, {
        name: input.name ?? held.name,
        domain: input.domain == null ? held.domain : domainKey(input.domain),
        logoUrl: input.logoUrl === undefined ? held.logoUrl : input.logoUrl,
        themePrimaryColor:
          input.themePrimaryColor === undefined ? held.themePrimaryColor : input.themePrimaryColor,
        plan: input.plan ?? held.plan,
        isActive: input.isActive ?? held.isActive,
        updatedAt: ctx.now,
      });
      return done(row);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'tenants_domain_unique') return refusedFor(tenantId, domainTaken());
    throw error;
  }
}
