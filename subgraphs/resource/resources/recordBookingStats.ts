import type { BatchContext } from '@libs/events/reactions';
import { addToStatsOfAllTenants, type StatsChange } from './statsStore.ts';

/** A booking that moves stays counted at its first resource; its cancellation counts at its last. */
export async function recordBookingStats({
  tx,
  events,
}: BatchContext<'booking.created' | 'booking.cancelled'>): Promise<void> {
  const changes = events.map(({ type, tenantId, occurredAt, payload }): StatsChange => {
    const isNew = type === 'booking.created';
    return {
      tenantId,
      resourceId: payload.resource_id,
      created: isNew ? 1 : 0,
      cancelled: isNew ? 0 : 1,
      bookedAt: isNew ? occurredAt : null,
    };
  });
  await addToStatsOfAllTenants(tx, changes);
}
