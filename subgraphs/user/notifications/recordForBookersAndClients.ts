import type { BatchContext } from '@libs/events/reactions';
import { emailKeyOf, notificationsOf } from './recipients.ts';
import type { BookingEventType } from './rules.ts';
import { insertNotificationsOfAllTenants } from './store.ts';

/**
 * Each person once, in the transaction that consumes the events. The worker composes and sends the e-mails: hundreds of
 * cancellations block nobody. What one request did to several bookings, such as those of a series, becomes one e-mail; if its events
 * arrive in several batches, one for each.
 */
export async function recordForBookersAndClients({
  tx,
  events,
  now,
}: BatchContext<BookingEventType>): Promise<void> {
  const recorded = events.flatMap((announced) => {
    const { tenantId, eventId, traceId } = announced;
    return notificationsOf(announced, now).map(({ event, userIds }) => ({
      tenantId,
      userIds,
      emailKeyOf: (userId: string) => emailKeyOf(event, traceId, userId),
      eventId,
      type: event.type,
      subjectId: event.payload.booking_id,
      payload: event.payload,
      traceId,
    }));
  });
  await insertNotificationsOfAllTenants(tx, recorded, now);
}
