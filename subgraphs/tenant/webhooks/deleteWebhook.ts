import { requirePermission } from '@libs/auth/caller';
import { isOfCallersTenant, tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refused, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { webhookDeleted } from './events.ts';
import { webhookNotFound } from './rules.ts';
import { markWebhookDeleted, webhookOfAllTenants } from './store.ts';

/** Takes effect at once; the worker purges the deliveries in batches. Requires an administrator of the tenant. Refuses NOT_FOUND. */
export async function deleteWebhook(ctx: Context, id: string): Promise<Outcome<string>> {
  requirePermission(ctx.caller, 'canManageSettings');
  const notFound = refused(webhookNotFound(['id']));
  const found = await webhookOfAllTenants(ctx.db, id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;

  return inTransaction(ctx.db, async (tx) => {
    if (!(await markWebhookDeleted(tenantOfRow(found), tx, id, ctx.now))) return notFound;
    await announce(tx, webhookDeleted(found), ctx);
    return done(id);
  });
}
