import type { BatchContext } from '@libs/events/reactions';
import { WEBHOOK_EVENT_BY_TYPE, type WebhookEventType } from '../webhooks/rules.ts';
import { deliverySignal } from './deliverySignal.ts';
import { insertDeliveriesOfAllTenants } from './deliveryStore.ts';

/**
 * Runs in the transaction that consumes the events: no delivery is lost or doubled. A body is composed once, so that every
 * attempt sends and signs the same bytes.
 */
export async function recordDeliveries({ tx, events, now }: BatchContext<WebhookEventType>): Promise<void> {
  const contents = events.map(({ tenantId, eventId, type, payload, traceId }) => ({
    tenantId,
    eventId,
    event: WEBHOOK_EVENT_BY_TYPE[type],
    bookingId: payload.booking_id,
    traceId,
    body: JSON.stringify({ event: type, data: payload }),
  }));
  const recorded = await insertDeliveriesOfAllTenants(tx, contents, now);
  if (recorded > 0) tx.afterCommit(() => void deliverySignal.emit('wakeUp'));
}
