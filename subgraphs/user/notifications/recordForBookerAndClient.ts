import type { ReactionContext } from '@libs/events/reactions';
import { recipientsOf, type BookingEventType } from './rules.ts';
import { insertNotifications } from './store.ts';

/**
 * Once if they are the same, in the transaction that consumes the event. The worker composes and sends the e-mails: hundreds of
 * cancellations block nobody.
 */
export async function recordForBookerAndClient({
  tx,
  event,
  now,
}: ReactionContext<BookingEventType>): Promise<void> {
  const { tenantId, eventId, type, payload, traceId } = event;
  const recorded = { eventId, type, subjectId: payload.booking_id, payload, traceId };
  await insertNotifications(tenantId, tx, { userIds: recipientsOf(event) }, recorded, now);
}
