import type { ReactionContext } from '@libs/events/reactions';
import { partiesOf, type BookingEventType } from './rules.ts';
import { insertNotifications } from './store.ts';

/**
 * Records that whoever made the booking and its client are to be told of the event, each once, in the transaction that consumes it. Rows
 * only: letters are composed and sent by the worker, so that the cancellation of hundreds of bookings holds up nobody.
 */
export async function recordForParties({ tx, event, now }: ReactionContext<BookingEventType>): Promise<void> {
  const { tenantId, eventId, type, payload, traceId } = event;
  const recorded = { eventId, type, subjectId: payload.booking_id, payload, traceId };
  await insertNotifications(tenantId, tx, { userIds: partiesOf(event) }, recorded, now);
}
