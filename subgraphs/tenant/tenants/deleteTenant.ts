import { requirePlatformAdministrator } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { markWebhooksDeleted } from '../webhooks/store.ts';
import { tenantDeleted } from './events.ts';
import { removeTenant } from './store.ts';

/**
 * Also deletes its webhooks, whose deliveries the worker purges; other subgraphs react to `tenant.deleted`. Platform
 * administrators only.
 */
export async function deleteTenant(ctx: Context, id: string): Promise<Outcome<string>> {
  requirePlatformAdministrator(ctx.caller);
  const tenantId = tenantFor(ctx.caller, id);

  return inTransaction(ctx.db, async (tx) => {
    if (!(await removeTenant(tenantId, tx)))
      return refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['id']));
    await markWebhooksDeleted(tenantId, tx, ctx.now);
    await announce(tx, tenantDeleted(tenantId), ctx);
    tx.afterCommit(() => ctx.invalidateSettings(tenantId));
    return done(tenantId);
  });
}
