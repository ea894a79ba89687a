import { announce } from '@libs/events/outbox';
import type { ReactionContext } from '@libs/events/reactions';
import { eraseBookingsOfClient, eraseHoldsAndKeys, NO_ID } from './store.ts';

/** Bookings per statement. */
const ERASE_BATCH = 500;

/**
 * Erases what people wrote in the person's bookings, and announces each, so that others erase it from what they keep of its events. Those
 * are consumed before, since all have the booking's key. A booking that the person made for somebody else is that client's.
 */
export async function eraseBookingsOfPerson(ctx: ReactionContext<'user.erased'>): Promise<void> {
  const { tx, event } = ctx;
  const { tenantId } = event;
  const { user_id: personId } = event.payload;
  await eraseHoldsAndKeys(tenantId, tx, personId);
  for (let after = NO_ID; ;) {
    const erased = await eraseBookingsOfClient(tenantId, tx, personId, { after, limit: ERASE_BATCH });
    await announce(
      tx,
      erased.map(({ id, version }) => ({
        type: 'booking.erased' as const,
        payload: { booking_id: id, tenant_id: tenantId, booking_version: version },
      })),
      ctx,
    );
    if (erased.length < ERASE_BATCH) return;
    after = erased.at(-1)!.id;
  }
}
