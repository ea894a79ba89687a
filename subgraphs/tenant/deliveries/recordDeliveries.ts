import type { ReactionContext } from '@libs/events/reactions';
import { EVENT_OF_FACT, type BookingFactType } from '../webhooks/rules.ts';
import { deliveryBell } from './bell.ts';
import { insertDeliveries } from './deliveryStore.ts';

/**
 * Records one delivery of the event for each webhook of its tenant that is on and wants it, in the transaction that consumes the
 * event: none is lost, and none recorded twice. The body is made once, so that every attempt sends and signs the same bytes.
 */
export async function recordDeliveries({ tx, fact, now }: ReactionContext<BookingFactType>): Promise<void> {
  const recorded = await insertDeliveries(fact.tenantId, tx, {
    eventId: fact.eventId,
    event: EVENT_OF_FACT[fact.type],
    bookingId: fact.payload.booking_id,
    body: JSON.stringify({ event: fact.type, data: fact.payload }),
    now,
  });
  if (recorded > 0) tx.afterCommit(deliveryBell.ring);
}
