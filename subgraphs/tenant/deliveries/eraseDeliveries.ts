import { eraseDeadLetters, erasedPayload } from '@libs/events/erasedPayload';
import type { BatchContext } from '@libs/events/reactions';
import { eraseDeliveriesOfAllTenants } from './queueStore.ts';

/** Erases what deliveries say of erased bookings. What was delivered before is in the hands of its receiver. */
export async function eraseDeliveries({ tx, events }: BatchContext<'booking.erased'>): Promise<void> {
  const bookingIds = events.map(({ payload }) => payload.booking_id);
  await eraseDeliveriesOfAllTenants(tx, bookingIds, (data) => erasedPayload(tx, data));
  await eraseDeadLetters(tx, bookingIds);
}
