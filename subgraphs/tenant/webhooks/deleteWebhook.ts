import { requireAdministrator } from '@libs/auth/caller';
import { isOfCallersTenant, tenantOfRow } from '@libs/auth/tenantId';
import { done, refused, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { webhookNotFound } from './rules.ts';
import { markWebhookDeleted, webhookOfAllTenants } from './store.ts';

/** Takes effect at once; the worker purges the deliveries in batches. Requires an administrator of the tenant. Refuses NOT_FOUND. */
export async function deleteWebhook(ctx: Context, id: string): Promise<Outcome<string>> {
  requireAdministrator(ctx.caller);
  const notFound = refused(webhookNotFound(['id']));
  const found = await webhookOfAllTenants(ctx.db, id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;

  const isMarked = await markWebhookDeleted(tenantOfRow(found), ctx.db, id, ctx.now);
  return isMarked ? done(id) : notFound;
}
