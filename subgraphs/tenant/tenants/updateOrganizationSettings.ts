import type { TenantRow } from '@drizzle/tenant/tables';
import { needAdministrator } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { OrganizationSettingsInput } from '../generated.ts';
import { settingsRefusals, withSettings } from './settings.ts';
import { holdTenant, updateTenantRow } from './store.ts';

/**
 * Changes the tenant's rules and labels; absent fields stay. Administrators of the tenant. Refuses NOT_FOUND and, with every
 * reason at once, INVALID.
 */
export async function updateOrganizationSettings(
  ctx: Context,
  asked: string | null | undefined,
  input: OrganizationSettingsInput,
): Promise<Outcome<TenantRow>> {
  needAdministrator(ctx.caller);
  const tenantId = tenantFor(ctx.caller, asked);

  return inTransaction(ctx.db, async (tx) => {
    const held = await holdTenant(tenantId, tx);
    if (!held) return refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['tenantId']));
    const refusals = settingsRefusals(held.settings, input, ['input']);
    if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
    tx.afterCommit(() => ctx.forgetSettings(tenantId));
    return done(
      await updateTenantRow(tenantId, tx, {
        settings: withSettings(held.settings, input),
        updatedAt: ctx.now,
      }),
    );
  });
}
