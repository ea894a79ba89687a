import type { ReactionContext } from '@libs/events/reactions';
import { addToStats } from './statsStore.ts';

/**
 * Counts a booking that was made or cancelled at its resource. A booking that later moves to another resource stays counted
 * where it was made, and its cancellation counts where it then is.
 */
export async function countBooking({
  tx,
  event,
}: ReactionContext<'booking.created' | 'booking.cancelled'>): Promise<void> {
  const { tenantId, occurredAt, payload } = event;
  await addToStats(
    tenantId,
    tx,
    payload.resource_id,
    event.type === 'booking.created' ? { created: 1, bookedAt: occurredAt } : { cancelled: 1 },
  );
}
