import type { TenantRow } from '@drizzle/tenant/tables';
import { requirePermission } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { OrganizationSettingsInput } from '../generated.ts';
import { tenantChanges } from './events.ts';
import { settingsRefusals, withSettings } from './settings.ts';
import { lockTenant, updateTenantRow } from './store.ts';

/** Absent fields stay. Requires an administrator of the tenant. Refuses NOT_FOUND, INVALID (every reason at once). */
export async function updateOrganizationSettings(
  ctx: Context,
  requestedId: string | null | undefined,
  input: OrganizationSettingsInput,
): Promise<Outcome<TenantRow>> {
  requirePermission(ctx.caller, 'canManageSettings');
  const tenantId = tenantFor(ctx.caller, requestedId);

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockTenant(tenantId, tx);
    if (!locked) return refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['tenantId']));
    const refusals = settingsRefusals(locked.settings, input, ['input']);
    if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
    tx.afterCommit(() => ctx.invalidateSettings(tenantId));
    const row = await updateTenantRow(tenantId, tx, {
      settings: withSettings(locked.settings, input),
      updatedAt: ctx.now,
    });
    await announce(tx, tenantChanges(locked, row), ctx);
    return done(row);
  });
}
