/** Reactions to other subgraphs' events. */
import { eraseDeadLetters } from '@libs/events/erasedPayload';
import type { BatchContext, Reactions } from '@libs/events/reactions';
import { purgeTenant } from './directory/purgeTenant.ts';
import { recordBookingStats } from './resources/recordBookingStats.ts';

const stats = { applyAll: recordBookingStats };

/** This subgraph keeps nothing of bookings but counts. */
const eraseBookings = ({ tx, events }: BatchContext<'booking.erased'>): Promise<void> =>
  eraseDeadLetters(
    tx,
    events.map(({ payload }) => payload.booking_id),
  );

export const reactions: Reactions = {
  'booking.created': stats,
  'booking.cancelled': stats,
  'booking.erased': { applyAll: eraseBookings },
  'tenant.deleted': purgeTenant,
};
