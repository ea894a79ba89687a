import type { ReactionContext } from '@libs/events/reactions';
import { addToStats } from './statsStore.ts';

/** A booking that moves stays counted at its first resource; its cancellation counts at its last. */
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
