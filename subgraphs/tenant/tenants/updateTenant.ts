import type { TenantRow } from '@drizzle/tenant/tables';
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { violatedConstraint } from '@libs/db/constraints';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateTenantInput } from '../generated.ts';
import { assertCanUpdateTenant } from './access.ts';
import { tenantChanges } from './events.ts';
import { changedLimits, ownLimitRefusals } from './planLimits.ts';
import { domainKey, domainTaken, tenantRefusals } from './rules.ts';
import { lockTenant, updateTenantRow } from './store.ts';

/**
 * Absent fields stay, null clears logo and color, and returns frontendUrl to its default. Requires an administrator of the tenant, for plan,
 * isActive and limits of the platform.
 * Refuses NOT_FOUND, INVALID, ALREADY_EXISTS.
 */
export async function updateTenant(ctx: Context, input: UpdateTenantInput): Promise<Outcome<TenantRow>> {
  assertCanUpdateTenant(ctx.caller, input);
  const tenantId = input.id;
  const notFound = refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'id']));
  if (!isOfCallersTenant(ctx.caller, tenantId)) return notFound;

  const refusals = [...tenantRefusals(input), ...ownLimitRefusals(input.limits)];
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  try {
    return await inTransaction(ctx.db, async (tx) => {
      const locked = await lockTenant(tenantId, tx);
      if (!locked) return notFound;
      tx.afterCommit(() => ctx.invalidateSettings(tenantId));
      const row = await updateTenantRow(tenantId, tx, {
        name: input.name ?? locked.name,
        domain: input.domain == null ? locked.domain : domainKey(input.domain),
        frontendUrl: input.frontendUrl === undefined ? locked.frontendUrl : input.frontendUrl,
        logoUrl: input.logoUrl === undefined ? locked.logoUrl : input.logoUrl,
        themePrimaryColor:
          input.themePrimaryColor === undefined ? locked.themePrimaryColor : input.themePrimaryColor,
        plan: input.plan ?? locked.plan,
        isActive: input.isActive ?? locked.isActive,
        limits: changedLimits(locked.limits, input.limits),
        updatedAt: ctx.now,
      });
      await announce(tx, tenantChanges(locked, row), ctx);
      return done(row);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'tenants_domain_unique') return refusedFor(tenantId, domainTaken());
    throw error;
  }
}
