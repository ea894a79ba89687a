import type { BatchContext } from '@libs/events/reactions';
import { emailKeyOf, isMovedByZone, recipientsOf, type BookingEventType } from './rules.ts';
import { insertNotificationsOfAllTenants } from './store.ts';

/**
 * Once if they are the same, in the transaction that consumes the events. The worker composes and sends the e-mails: hundreds of
 * cancellations block nobody. What one request did to several bookings, such as those of a series, becomes one e-mail; if its events
 * arrive in several batches, one for each.
 */
export async function recordForBookersAndClients({
  tx,
  events,
  now,
}: BatchContext<BookingEventType>): Promise<void> {
  const recorded = events.map((event) => {
    const { tenantId, eventId, type, payload, traceId } = event;
    return {
      tenantId,
      userIds: recipientsOf(event),
      emailKeyOf: (userId: string) => emailKeyOf(event, userId),
      eventId,
      type,
      subjectId: payload.booking_id,
      payload,
      traceId,
    };
  });
  await insertNotificationsOfAllTenants(tx, recorded, now);
}

/** Whoever moves a booking speaks with its people; the clock does not. */
export const recordMovesByZone = ({ events, ...ctx }: BatchContext<'booking.updated'>): Promise<void> =>
  recordForBookersAndClients({ ...ctx, events: events.filter(isMovedByZone) });
