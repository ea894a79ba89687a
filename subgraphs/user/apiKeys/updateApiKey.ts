import type { ApiKeyRow } from '@drizzle/user/tables';
import { requireAdministrator } from '@libs/auth/caller';
import { isOfCallersTenant, tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateApiKeyInput } from '../generated.ts';
import { lockCaller } from '../users/lockCaller.ts';
import { apiKeyChanges } from './events.ts';
import { apiKeyNotFound, updateApiKeyRefusals } from './rules.ts';
import { apiKeyOfAllTenants, updateApiKeyRow } from './store.ts';

/** Absent fields stay. Requires an administrator of the tenant whose session lives. Refuses NOT_FOUND, INVALID. */
export async function updateApiKey(ctx: Context, input: UpdateApiKeyInput): Promise<Outcome<ApiKeyRow>> {
  requireAdministrator(ctx.caller);
  const notFound = refused(apiKeyNotFound(['input', 'id']));
  const found = await apiKeyOfAllTenants(ctx.db, input.id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const tenantId = tenantOfRow(found);
  const refusals = updateApiKeyRefusals(input);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    requireAdministrator((await lockCaller(ctx, tx)).caller);
    const row = await updateApiKeyRow(tenantId, tx, input.id, {
      ...(input.name != null && { name: input.name }),
      ...(input.isActive != null && { isActive: input.isActive }),
    });
    if (!row) return notFound;
    await announce(tx, apiKeyChanges(found, row), ctx);
    return done(row);
  });
}
