import type { ReactionContext } from '@libs/events/reactions';
import { addToStats } from './statsStore.ts';

/**
 * Counts a created or cancelled booking at its resource. A booking that moves later stays counted where it was created; its
 * cancellation counts where it is then.
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
