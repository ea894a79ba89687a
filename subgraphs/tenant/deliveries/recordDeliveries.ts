import type { ReactionContext } from '@libs/events/reactions';
import { WEBHOOK_EVENT_BY_TYPE, type WebhookEventType } from '../webhooks/rules.ts';
import { deliverySignal } from './deliverySignal.ts';
import { insertDeliveries } from './deliveryStore.ts';

/**
 * Records one delivery of the event for each webhook of its tenant that is on and wants it, in the transaction that consumes the
 * event: none is lost, and none recorded twice. The body is made once, so that every attempt sends and signs the same bytes.
 */
export async function recordDeliveries({ tx, event, now }: ReactionContext<WebhookEventType>): Promise<void> {
  const recorded = await insertDeliveries(event.tenantId, tx, {
    eventId: event.eventId,
    event: WEBHOOK_EVENT_BY_TYPE[event.type],
    bookingId: event.payload.booking_id,
    body: JSON.stringify({ event: event.type, data: event.payload }),
    now,
  });
  if (recorded > 0) tx.afterCommit(() => void deliverySignal.emit('wakeUp'));
}
