import type { WebhookDeliveryRow } from '@drizzle/tenant/tables';
import { requirePermission } from '@libs/auth/caller';
import { isOfCallersTenant, tenantOfRow } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import { webhookRedelivered } from '../webhooks/events.ts';
import { deliverySignal } from './deliverySignal.ts';
import {
  bringForward,
  lockDelivery,
  insertRedelivery,
  ownerOfDeliveryOfAllTenants,
} from './deliveryStore.ts';

/**
 * Makes a pending delivery due now, or repeats a settled one as a new delivery of the same event id and body. Requires an
 * administrator of the tenant. Refuses NOT_FOUND, and INACTIVE for an inactive webhook.
 */
export async function redeliverWebhook(
  ctx: Context,
  deliveryId: string,
): Promise<Outcome<WebhookDeliveryRow>> {
  requirePermission(ctx.caller, 'canManageSettings');
  const notFound = refused(refusal('NOT_FOUND', 'webhook.deliveryNotFound', ['deliveryId']));
  const owner = await ownerOfDeliveryOfAllTenants(ctx.db, deliveryId);
  if (!owner || !isOfCallersTenant(ctx.caller, owner.tenantId)) return notFound;
  const tenantId = tenantOfRow(owner);
  if (!owner.isActive) {
    return refusedFor(tenantId, refusal('INACTIVE', 'webhook.inactive', ['deliveryId']));
  }

  return inTransaction(ctx.db, async (tx) => {
    const locked = await lockDelivery(tenantId, tx, deliveryId);
    if (!locked) return notFound;
    tx.afterCommit(() => void deliverySignal.emit('wakeUp'));
    const due =
      (await bringForward(tenantId, tx, locked, ctx.now)) ??
      (await insertRedelivery(tenantId, tx, locked, ctx.now));
    await announce(tx, webhookRedelivered(due), ctx);
    return done(due);
  });
}
