import { eraseDeadLetters, erasedPayload } from '@libs/events/erasedPayload';
import type { BatchContext } from '@libs/events/reactions';
import { eraseNotificationsOfAllTenants } from './store.ts';

/** About erased bookings, to whomever they were. Their texts are composed for sending, and not kept. */
export async function eraseNotifications({ tx, events }: BatchContext<'booking.erased'>): Promise<void> {
  const bookingIds = events.map(({ payload }) => payload.booking_id);
  await eraseNotificationsOfAllTenants(tx, bookingIds, (payload) => erasedPayload(tx, payload));
  await eraseDeadLetters(tx, bookingIds);
}
