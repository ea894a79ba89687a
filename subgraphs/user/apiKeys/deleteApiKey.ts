import { requireAdministrator } from '@libs/auth/caller';
import { isOfCallersTenant, tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { lockCaller } from '../users/lockCaller.ts';
import { apiKeyDeleted } from './events.ts';
import { apiKeyNotFound } from './rules.ts';
import { apiKeyOfAllTenants, deleteApiKeyRow } from './store.ts';

/** For good. Requires an administrator of the tenant whose session lives. Refuses NOT_FOUND. */
export async function deleteApiKey(ctx: Context, id: string): Promise<Outcome<string>> {
  requireAdministrator(ctx.caller);
  const notFound = refused(apiKeyNotFound(['id']));
  const found = await apiKeyOfAllTenants(ctx.db, id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;

  return inTransaction(ctx.db, async (tx) => {
    requireAdministrator((await lockCaller(ctx, tx)).caller);
    if (!(await deleteApiKeyRow(tenantOfRow(found), tx, id))) return notFound;
    await announce(tx, apiKeyDeleted(found), ctx);
    return done(id);
  });
}
