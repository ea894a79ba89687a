import type { TenantRow } from '@drizzle/tenant/tables';
import { requirePlatformAdministrator } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import { violatedConstraint } from '@libs/db/constraints';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { CreateTenantInput } from '../generated.ts';
import { tenantCreated } from './events.ts';
import { domainKey, domainTaken, tenantRefusals } from './rules.ts';
import { settingsRefusals, withSettings } from './settings.ts';
import { insertTenant } from './store.ts';

/** Platform administrators only. Refuses INVALID fields and a taken domain (ALREADY_EXISTS). */
export async function createTenant(ctx: Context, input: CreateTenantInput): Promise<Outcome<TenantRow>> {
  requirePlatformAdministrator(ctx.caller);

  const settings = input.settings ?? {};
  const refusals = [...tenantRefusals(input), ...settingsRefusals({}, settings, ['input', 'settings'])];
  if (refusals.length > 0) return refused(...refusals);

  try {
    return await inTransaction(ctx.db, async (tx) => {
      const row = await insertTenant(newId() as TenantId, tx, {
        name: input.name,
        domain: domainKey(input.domain),
        frontendUrl: input.frontendUrl ?? null,
        logoUrl: input.logoUrl ?? null,
        themePrimaryColor: input.themePrimaryColor ?? null,
        plan: input.plan ?? 'BASIC',
        settings: withSettings({}, settings),
        createdAt: ctx.now,
        updatedAt: ctx.now,
      });
      await announce(tx, tenantCreated(row), ctx);
      return done(row);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'tenants_domain_unique') return refused(domainTaken());
    throw error;
  }
}
