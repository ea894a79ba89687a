import type { WebhookRow } from '@drizzle/tenant/tables';
import { requirePermission } from '@libs/auth/caller';
import { tenantFor } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { atLimitRefusals } from '@libs/outcome/tenantLimits';
import type { Context } from '../context.ts';
import type { CreateWebhookInput } from '../generated.ts';
import { limitsOf } from '../tenants/planLimits.ts';
import { webhookCreated } from './events.ts';
import { eventsOf, webhookRefusals } from './rules.ts';
import { countWebhooks, lockTenantForWebhooks, insertWebhook } from './store.ts';

/**
 * Requires an administrator of the tenant. Refuses NOT_FOUND and INACTIVE (tenant), INVALID (every reason at once), TOO_MANY
 * (the tenant's limit).
 */
export async function createWebhook(ctx: Context, input: CreateWebhookInput): Promise<Outcome<WebhookRow>> {
  requirePermission(ctx.caller, 'canManageSettings');
  const tenantId = tenantFor(ctx.caller, input.tenantId);

  const refusals = webhookRefusals(input, await ctx.guard.faultOf(input.url));
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  return inTransaction(ctx.db, async (tx) => {
    const tenant = await lockTenantForWebhooks(tenantId, tx);
    if (!tenant) return refused(refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
    if (!tenant.isActive) return refusedFor(tenantId, refusal('INACTIVE', 'shared.tenantInactive'));
    const tooMany = atLimitRefusals(
      'webhooks',
      await countWebhooks(tenantId, tx),
      limitsOf(tenant, ctx.planLimits),
    );
    if (tooMany.length > 0) return refusedFor(tenantId, ...tooMany);
    const id = newId();
    const row = await insertWebhook(tenantId, tx, {
      id,
      url: input.url,
      events: eventsOf(input.events),
      isActive: input.isActive ?? true,
      secret: input.secret == null ? null : ctx.secrets.encrypt(id, input.secret),
      createdAt: ctx.now,
      updatedAt: ctx.now,
    });
    await announce(tx, webhookCreated(row), ctx);
    return done(row);
  });
}
