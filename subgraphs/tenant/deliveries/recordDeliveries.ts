import type { ReactionContext } from '@libs/events/reactions';
import { WEBHOOK_EVENT_BY_TYPE, type WebhookEventType } from '../webhooks/rules.ts';
import { deliverySignal } from './deliverySignal.ts';
import { insertDeliveries } from './deliveryStore.ts';

/**
 * Runs in the transaction that consumes the event: no delivery is lost or doubled. The body is composed once, so that every
 * attempt sends and signs the same bytes.
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
